"""The two networks that predict a house's standardised price."""

from torch import nn

ACTIVATIONS = {
    "relu": nn.ReLU,
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
}


class PriceNet(nn.Module):
    """A regularised MLP: (batch, features) to (batch, 1)."""

    def __init__(self, in_features, widths, activation="relu", dropout=0.1):
        super().__init__()
        make_activation = ACTIVATIONS[activation]
        layers = []
        for width in widths:
            layers.append(nn.Linear(in_features, width, bias=False))
            layers.append(nn.BatchNorm1d(width))
            layers.append(make_activation())
            in_features = width
        self.body = nn.Sequential(*layers)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(in_features, 1)

    def forward(self, x):
        return self.head(self.dropout(self.body(x)))


def init_weights(module):
    if isinstance(module, nn.Linear):
        nn.init.kaiming_uniform_(module.weight, nonlinearity="relu")


class DeepPriceNet(nn.Module):
    """A deep, plain ReLU network: (batch, features) to (batch, 1)."""

    def __init__(self, in_features, width=64, depth=10):
        super().__init__()
        self.first = nn.Linear(in_features, width)
        self.hidden = nn.ModuleList([nn.Linear(width, width) for _ in range(depth - 1)])
        self.head = nn.Linear(width, 1)
        self.relu = nn.ReLU()
        self.apply(init_weights)

    def forward(self, x):
        x = self.relu(self.first(x))
        for layer in self.hidden:
            x = self.relu(layer(x))
        return self.head(x)
