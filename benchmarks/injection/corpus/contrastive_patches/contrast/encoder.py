from functools import partial

import torch
from torch import nn

conv3 = partial(nn.Conv2d, kernel_size=3, padding=1, bias=False)
norm = partial(nn.BatchNorm2d, eps=1e-5)


class BasicBlock(nn.Module):
    expansion = 1

    def __init__(self, c_in: int, c_out: int, stride: int = 1):
        super().__init__()
        self.main = nn.Sequential(conv3(c_in, c_out, stride=stride), norm(c_out), nn.ReLU(inplace=True), conv3(c_out, c_out), norm(c_out))
        self.skip = nn.Sequential()
        if stride != 1 or c_in != c_out:
            self.skip = nn.Sequential(nn.Conv2d(c_in, c_out, 1, stride, bias=False), norm(c_out))

    def forward(self, x):
        return torch.relu(self.main(x) + self.skip(x))


class SmallResNet(nn.Module):
    def __init__(self, widths=(32, 64, 128), blocks=(2, 2, 2)):
        super().__init__()
        self.stem = nn.Sequential(conv3(3, widths[0]), norm(widths[0]), nn.ReLU(inplace=True))
        stages, c = [], widths[0]
        for i, (w, n) in enumerate(zip(widths, blocks)):
            strides = [1 if i == 0 else 2] + [1] * (n - 1)
            for s in strides:
                stages.append(BasicBlock(c, w, s))
                c = w
        self.stages = nn.Sequential(*stages)
        self.out_dim = c

    def forward(self, x):
        return self.stages(self.stem(x)).mean(dim=(2, 3))


class ProjectionHead(nn.Module):
    def __init__(self, dim_in, dim_hidden=256, dim_out=64):
        super().__init__()
        self.fc1 = nn.Linear(dim_in, dim_hidden, bias=False)
        self.bn = nn.BatchNorm1d(dim_hidden)
        self.fc2 = nn.Linear(dim_hidden, dim_out)

    def forward(self, h):
        return nn.functional.normalize(self.fc2(torch.relu(self.bn(self.fc1(h)))), dim=-1)
