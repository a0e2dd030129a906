import torch
from torch import nn


class TrainableModel(nn.Module):
    """What all our models share: saving, loading, counting."""

    def save(self, path):
        torch.save(self.state_dict(), path)

    def load(self, path):
        self.load_state_dict(torch.load(path, weights_only=True))

    @property
    def n_parameters(self):
        return sum(p.numel() for p in self.parameters() if p.requires_grad)


class Backbone(TrainableModel):
    def __init__(self, n_in, n_out, n_layers):
        super().__init__()
        self.first = nn.Linear(n_in, n_out)
        self.rest = nn.ModuleList()
        for _ in range(n_layers - 1):
            self.rest.append(nn.Linear(n_out, n_out))
        self.norm = nn.LayerNorm(n_out)

    def features(self, x):
        h = torch.relu(self.first(x))
        for layer in self.rest:
            h = h + torch.relu(layer(h))
        return self.norm(h)
