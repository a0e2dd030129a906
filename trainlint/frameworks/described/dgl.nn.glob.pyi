"""What dgl.nn (2.x, torch) makes of all nodes of a graph, and of the relations between kinds of nodes."""

import torch
from torch import nn

class HeteroGraphConv(nn.Module):
    def __init__(self, mods, aggregate="sum"):
        super().__init__()
        self.mods = nn.ModuleDict({str(key): mod for key, mod in mods.items()})

    def forward(self, g, inputs, mod_args=None, mod_kwargs=None):
        sources = inputs[0] if isinstance(inputs, tuple) else inputs
        found = {}
        for key, source in sources.items():
            out = 0
            for mod in self.mods.values():
                out = out + mod(g, source)
            found[key] = out
        return found

class _Pooling(nn.Module):
    def __init__(self, *args, **kwargs):
        super().__init__()

class SumPooling(_Pooling):
    def forward(self, graph, feat):
        return torch.sum(feat, dim=0, keepdim=True)

class AvgPooling(_Pooling):
    def forward(self, graph, feat):
        return torch.mean(feat, dim=0, keepdim=True)

class MaxPooling(_Pooling):
    def forward(self, graph, feat):
        return torch.amax(feat, dim=0, keepdim=True)

class GlobalAttentionPooling(nn.Module):
    def __init__(self, gate_nn, feat_nn=None):
        super().__init__()
        self.gate_nn, self.feat_nn = gate_nn, feat_nn

    def forward(self, graph, feat, get_attention=False):
        gate = torch.softmax(self.gate_nn(feat), dim=0)
        if self.feat_nn is not None:
            feat = self.feat_nn(feat)
        out = (feat * gate).sum(dim=0, keepdim=True)
        return (out, gate) if get_attention else out

class WeightAndSum(nn.Module):
    def __init__(self, in_feats):
        super().__init__()
        self.atom_weighting = nn.Sequential(nn.Linear(in_feats, 1), nn.Sigmoid())

    def forward(self, g, feats):
        return (feats * self.atom_weighting(feats)).sum(dim=0, keepdim=True)
