from torch import nn


class DeepRegressor(nn.Module):
    """A plain stack of ReLU layers, kept alive by He initialisation."""

    def __init__(self, n_inputs, width, depth):
        super().__init__()
        self.inp = nn.Linear(n_inputs, width)
        self.mid = nn.ModuleList([nn.Linear(width, width) for _ in range(depth - 2)])
        self.out = nn.Linear(width, 1)
        self.relu = nn.ReLU()
        self.reset()

    def reset(self):
        nn.init.kaiming_normal_(self.inp.weight, nonlinearity="relu")
        nn.init.constant_(self.inp.bias, 0.01)
        for layer in self.mid:
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.constant_(layer.bias, 0.01)

    def forward(self, x):
        h = self.relu(self.inp(x))
        for layer in self.mid:
            h = self.relu(layer(h))
        return self.out(h)
