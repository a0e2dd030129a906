import torch.nn as nn
import torch.nn.functional as F


class CausalConv(nn.Conv1d):
    def __init__(self, c_in, c_out, kernel, dilation):
        super().__init__(c_in, c_out, kernel, dilation=dilation)
        self.left = (kernel - 1) * dilation

    def forward(self, x):
        return super().forward(F.pad(x, (self.left, 0)))


class Level(nn.Module):
    def __init__(self, channels, dilation, kernel=3):
        super().__init__()
        self.conv1 = CausalConv(channels, channels, kernel, dilation)
        self.conv2 = CausalConv(channels, channels, kernel, dilation)

    def forward(self, x):
        y = F.relu(self.conv1(x))
        y = F.relu(self.conv2(y))
        return x + y


class TCN(nn.Module):
    def __init__(self, n_features, channels, levels):
        super().__init__()
        self.inp = nn.Conv1d(n_features, channels, 1)
        self.levels = nn.ModuleList(Level(channels, 2 ** i) for i in range(levels))
        self.out = nn.Linear(channels, 1)

    def forward(self, x):
        h = self.inp(x.transpose(1, 2))
        for level in self.levels:
            h = level(h)
        return self.out(h[:, :, -1])
