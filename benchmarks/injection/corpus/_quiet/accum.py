"""Accumulation by continue, and a step with scaler and clipping in a function."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
net = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 2))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
dl = DataLoader(TensorDataset(torch.randn(512, 8), torch.randint(0, 2, (512,))), 16, shuffle=True)
k = 4
for epoch in range(5):
    for i, (x, y) in enumerate(dl):
        loss = nn.functional.cross_entropy(net(x), y) / k
        loss.backward()
        if (i + 1) % k:
            continue
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        opt.step()
        opt.zero_grad()
scaler = torch.amp.GradScaler()
def step(loss, optimizer, scaler=scaler, clip=1.0):
    scaler.scale(loss).backward()
    scaler.unscale_(optimizer)
    nn.utils.clip_grad_norm_(net.parameters(), clip)
    scaler.step(optimizer)
    scaler.update()
    optimizer.zero_grad(set_to_none=True)
for x, y in dl:
    step(nn.functional.cross_entropy(net(x), y), opt)
