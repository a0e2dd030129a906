"""Probabilities that belong: a decoder's output, channel attention, soft targets, distillation."""
import torch
from torch import nn
enc = nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 32))
dec = nn.Sequential(nn.ReLU(), nn.Linear(32, 128), nn.ReLU(), nn.Linear(128, 784), nn.Sigmoid())
class SE(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.f = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(c, c // 4, 1), nn.ReLU(), nn.Conv2d(c // 4, c, 1), nn.Sigmoid())
    def forward(self, x): return x * self.f(x)
class Attn(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.score = nn.Linear(d, 1)
        self.out = nn.Linear(d, 3)
    def forward(self, x):
        a = torch.softmax(self.score(x), dim=1)
        return self.out((a * x).sum(1))
m = nn.Sequential(nn.Conv2d(3, 32, 3, bias=False), nn.BatchNorm2d(32), nn.ReLU(), SE(32), nn.Flatten(2))
at = Attn(32)
opt = torch.optim.Adam([*enc.parameters(), *dec.parameters(), *m.parameters(), *at.parameters()], lr=1e-3)
bce, mse = nn.BCELoss(), nn.MSELoss()
kd = nn.KLDivLoss(reduction="batchmean")
for i in range(100):
    x = torch.rand(16, 1, 28, 28)
    r = dec(enc(x))
    logits = at(m(torch.randn(16, 3, 16, 16)).transpose(1, 2))
    with torch.no_grad():
        teacher = torch.softmax(torch.randn(16, 3), dim=1)
    loss = bce(r, x.flatten(1)) + mse(r, x.flatten(1)) + nn.functional.cross_entropy(logits, teacher) + kd(torch.log_softmax(logits, 1), teacher)
    opt.zero_grad()
    loss.backward()
    opt.step()
    acc = (torch.softmax(logits, 1).argmax(1) == teacher.argmax(1)).float().mean()
