import torch
from torch import nn


class SqueezeExcite(nn.Module):
    def __init__(self, c, r=8):
        super().__init__()
        self.fc1 = nn.Linear(c, c // r)
        self.fc2 = nn.Linear(c // r, 2 * c)

    def forward(self, x):
        s = torch.relu(self.fc1(x.mean((2, 3))))
        w, b = self.fc2(s)[:, :, None, None].chunk(2, dim=1)
        return torch.sigmoid(w) * x + b


class Tower(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.c1 = nn.Conv2d(c, c, 3, 1, 1, bias=False)
        self.b1 = nn.BatchNorm2d(c)
        self.c2 = nn.Conv2d(c, c, 3, 1, 1, bias=False)
        self.b2 = nn.BatchNorm2d(c)
        self.se = SqueezeExcite(c)

    def forward(self, x):
        y = self.b1(self.c1(x)).relu()
        y = self.se(self.b2(self.c2(y)))
        return (x + y).relu()


class ValueNet(nn.Module):
    """Win, draw or loss of a position given as 12 planes."""

    def __init__(self, filters, blocks):
        super().__init__()
        self.entry = nn.Sequential(nn.Conv2d(12, filters, 3, 1, 1, bias=False), nn.BatchNorm2d(filters), nn.ReLU())
        self.tower = nn.Sequential(*[Tower(filters) for _ in range(blocks)])
        self.value = nn.Sequential(nn.Flatten(), nn.Linear(filters * 64, 128), nn.ReLU(), nn.Linear(128, 3))

    def forward(self, planes):
        return self.value(self.tower(self.entry(planes)))
