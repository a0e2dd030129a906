from torch import nn

__all__ = ["stack", "Head"]


def _unit(i, o, pool):
    unit = nn.Sequential()
    unit.add_module("conv", nn.Conv2d(i, o, 3, padding=1, bias=False))
    unit.add_module("norm", nn.BatchNorm2d(o))
    unit.add_module("act", nn.ReLU(inplace=True))
    if pool:
        unit.add_module("pool", nn.MaxPool2d(2))
    return unit


def stack(channels, in_channels=1):
    pairs = zip([in_channels] + channels[:-1], channels)
    return nn.Sequential(*(nn.Sequential(_unit(i, o, False), _unit(o, o, True)) for i, o in pairs))


class Head(nn.Module):
    def __init__(self, channels, classes, dropout):
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d((1, 1))
        self.dropout = nn.Dropout(dropout)
        self.linear = nn.Linear(channels, classes)

    def forward(self, maps):
        return self.linear(self.dropout(self.pool(maps).squeeze(-1).squeeze(-1)))
