from torch import nn


class RainNet(nn.Module):
    def __init__(self, width, hidden, dropout=0.0, act=nn.ReLU):
        super().__init__()
        sizes = [width, *hidden]
        self.blocks = nn.ModuleDict({
            f"block{i}": nn.Sequential(nn.Linear(a, b), act(), nn.Dropout(dropout))
            for i, (a, b) in enumerate(zip(sizes[:-1], sizes[1:]))
        })
        self.mm = nn.Linear(sizes[-1], 1)

    def forward(self, x):
        for block in self.blocks.values():
            x = block(x)
        return self.mm(x)
