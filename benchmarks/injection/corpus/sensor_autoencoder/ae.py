from collections import OrderedDict

import torch
from torch import nn


def he_(module):
    if isinstance(module, nn.Linear):
        torch.nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
        torch.nn.init.constant_(module.bias, 0.05)


class AutoEncoder(nn.Module):
    def __init__(self, n_channels, code=8):
        super().__init__()
        self.encoder = nn.Sequential(OrderedDict([
            ("fc1", nn.Linear(n_channels, 128)),
            ("act1", nn.ReLU()),
            ("fc2", nn.Linear(128, 96)),
            ("act2", nn.ReLU()),
            ("fc3", nn.Linear(96, 64)),
            ("act3", nn.ReLU()),
            ("fc4", nn.Linear(64, 32)),
            ("act4", nn.ReLU()),
            ("code", nn.Linear(32, code)),
        ]))
        self.decoder = nn.Sequential(OrderedDict([
            ("fc5", nn.Linear(code, 32)),
            ("act5", nn.ReLU()),
            ("fc6", nn.Linear(32, 64)),
            ("act6", nn.ReLU()),
            ("fc7", nn.Linear(64, 96)),
            ("act7", nn.ReLU()),
            ("fc8", nn.Linear(96, 128)),
            ("act8", nn.ReLU()),
            ("rec", nn.Linear(128, n_channels)),
        ]))
        self.apply(he_)

    def forward(self, x):
        return self.decoder(self.encoder(x))
