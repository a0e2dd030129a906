import torch
from torch import nn

from .base import Backbone


class MultiTaskRegressor(Backbone):
    """One shared trunk and one small head for every molecular property."""

    def __init__(self, n_in, tasks, n_hidden=256, n_layers=4):
        super().__init__(n_in, n_hidden, n_layers)
        self.heads = nn.ModuleList([self.make_head(n_hidden) for _ in tasks])
        self.tasks = list(tasks)

    @staticmethod
    def make_head(n_hidden):
        return nn.Sequential(nn.Linear(n_hidden, 64), nn.ReLU(), nn.Linear(64, 1))

    def forward(self, x):
        h = self.features(x)
        return torch.cat([head(h) for head in self.heads], dim=1)
