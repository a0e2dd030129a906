import torch
from torch import nn


class GatedNet(nn.Module):
    """A gated recurrent cell written out, and a linear read-out."""

    def __init__(self, n_in, units):
        super().__init__()
        self.gates = nn.Linear(n_in + units, 2 * units)
        self.candidate = nn.Linear(n_in + units, units)
        self.readout = nn.Linear(units, 1)
        self.units = units

    def forward(self, sequence):
        h = sequence.new_zeros(sequence.size(1), self.units)
        for x in sequence:
            z, r = torch.sigmoid(self.gates(torch.cat([x, h], dim=1))).chunk(2, dim=1)
            c = torch.tanh(self.candidate(torch.cat([x, r * h], dim=1)))
            h = (1 - z) * h + z * c
        return self.readout(h)
