"""U-Net with batch norm; channel counts double at every level."""

import torch
from torch import nn


class DoubleConv(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.block = nn.Sequential(
            nn.Conv2d(cin, cout, kernel_size=3, padding=1, bias=False),
            nn.BatchNorm2d(cout),
            nn.ReLU(inplace=True),
            nn.Conv2d(cout, cout, kernel_size=3, padding=1, bias=False),
            nn.BatchNorm2d(cout),
            nn.ReLU(inplace=True),
        )

    def forward(self, x):
        return self.block(x)


class UNet(nn.Module):
    def __init__(self, in_channels=1, base=32, depth=4):
        super().__init__()
        widths = [base * 2**i for i in range(depth)]
        self.down = nn.ModuleList()
        c = in_channels
        for w in widths:
            self.down.append(DoubleConv(c, w))
            c = w
        self.pool = nn.MaxPool2d(2)
        self.bottom = DoubleConv(c, c * 2)
        self.up = nn.ModuleList()
        self.merge = nn.ModuleList()
        c = c * 2
        for w in reversed(widths):
            self.up.append(nn.ConvTranspose2d(c, w, kernel_size=2, stride=2))
            self.merge.append(DoubleConv(2 * w, w))
            c = w
        self.out = nn.Conv2d(c, 1, kernel_size=1)

    def forward(self, x):
        skips = []
        for stage in self.down:
            x = stage(x)
            skips.append(x)
            x = self.pool(x)
        x = self.bottom(x)
        for up, merge, skip in zip(self.up, self.merge, reversed(skips)):
            x = up(x)
            x = merge(torch.cat([skip, x], dim=1))
        return self.out(x)
