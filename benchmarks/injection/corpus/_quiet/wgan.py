"""Critic and generator with their own number of updates, and a gradient penalty."""
import torch
from torch import nn, autograd
G = nn.Sequential(nn.Linear(8, 64), nn.ReLU(), nn.Linear(64, 2))
D = nn.Sequential(nn.Linear(2, 64), nn.LeakyReLU(0.2), nn.Linear(64, 64), nn.LeakyReLU(0.2), nn.Linear(64, 1))
og = torch.optim.Adam(G.parameters(), lr=1e-4, betas=(0, 0.9))
od = torch.optim.Adam(D.parameters(), lr=1e-4, betas=(0, 0.9))
def penalty(real, fake):
    e = torch.rand(len(real), 1)
    mid = (e * real + (1 - e) * fake).requires_grad_()
    g = autograd.grad(D(mid).sum(), mid, create_graph=True)[0]
    return ((g.norm(dim=1) - 1) ** 2).mean()
for step in range(3000):
    for _ in range(5):
        real = torch.randn(64, 2)
        fake = G(torch.randn(64, 8)).detach()
        loss_d = D(fake).mean() - D(real).mean() + 10 * penalty(real, fake)
        od.zero_grad()
        loss_d.backward()
        od.step()
    og.zero_grad()
    loss_g = -D(G(torch.randn(64, 8))).mean()
    loss_g.backward()
    og.step()
