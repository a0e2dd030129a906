"""Layers of PyTorch Geometric (2.8) for graphs of several kinds of nodes and edges.

https://pytorch-geometric.readthedocs.io/en/latest/modules/nn.html#heterogeneous-convolutional-layers
"""

from torch import nn
from torch_geometric.nn.conv import Linear

class HeteroConv(nn.Module):
    """A convolution for each kind of edges; what comes to a kind of nodes is added up."""

    def __init__(self, convs, aggr="sum"):
        super().__init__()
        self.kinds = list(convs.keys())
        self.convs = nn.ModuleList(list(convs.values()))
        self.aggr = aggr

    def forward(self, x_dict, edge_index_dict, *args, **kwargs):
        found = {}
        for kind, conv in zip(self.kinds, self.convs):
            source, _, target = kind
            ends = x_dict[source] if source == target else (x_dict[source], x_dict[target])
            came = conv(ends, edge_index_dict[kind])
            found[target] = found[target] + came if target in found else came
        return found

class HeteroDictLinear(nn.Module):
    """A linear layer for each kind of nodes."""

    def __init__(self, in_channels, out_channels, types=None, **kwargs):
        super().__init__()
        wide = in_channels if isinstance(in_channels, dict) else dict.fromkeys(types, in_channels)
        self.kinds = list(wide.keys())
        self.lins = nn.ModuleList([Linear(each, out_channels, **kwargs) for each in wide.values()])

    def forward(self, x_dict):
        return {kind: lin(x_dict[kind]) for kind, lin in zip(self.kinds, self.lins)}
