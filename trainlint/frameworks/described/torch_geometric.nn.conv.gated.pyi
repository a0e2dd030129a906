"""Convolutions of PyTorch Geometric (2.8) with gates or several networks."""

import torch
import torch.nn.functional as F
from torch import nn
from torch_geometric.nn.conv import Linear, MessagePassing, first, last, source, spread

class ResGatedGraphConv(MessagePassing):
    def __init__(
        self, in_channels, out_channels, act=None, edge_dim=None, root_weight=True, bias=True, **kwargs
    ):
        super().__init__()
        self.in_channels, self.out_channels, self.root_weight = in_channels, out_channels, root_weight
        extra = 0 if edge_dim is None else edge_dim
        self.lin_key = Linear(last(in_channels) + extra, out_channels)
        self.lin_query = Linear(first(in_channels) + extra, out_channels)
        self.lin_value = Linear(first(in_channels) + extra, out_channels)
        if root_weight:
            self.lin_skip = Linear(last(in_channels), out_channels, bias=False)
        if bias:
            self.bias = nn.Parameter(torch.zeros(out_channels))

    def forward(self, x, edge_index, edge_attr=None):
        x = source(x)
        with_edges = x if edge_attr is None else torch.cat([x, edge_attr], dim=-1)
        gate = torch.sigmoid(self.lin_key(with_edges) + self.lin_query(with_edges))
        out = spread(gate * self.lin_value(with_edges))
        return out + self.lin_skip(x) if self.root_weight else out

class ClusterGCNConv(MessagePassing):
    def __init__(self, in_channels, out_channels, diag_lambda=0.0, add_self_loops=True, bias=True, **kwargs):
        super().__init__()
        self.in_channels, self.out_channels = in_channels, out_channels
        self.lin_out = Linear(in_channels, out_channels, bias=bias, weight_initializer="glorot")
        self.lin_root = Linear(in_channels, out_channels, bias=False, weight_initializer="glorot")

    def forward(self, x, edge_index):
        return self.lin_out(spread(source(x))) + self.lin_root(source(x))

class MFConv(MessagePassing):
    def __init__(self, in_channels, out_channels, max_degree=10, bias=True, **kwargs):
        super().__init__()
        self.in_channels, self.out_channels = in_channels, out_channels
        degrees = range(max_degree + 1)
        self.lins_l = nn.ModuleList([Linear(first(in_channels), out_channels, bias=bias) for _ in degrees])
        self.lins_r = nn.ModuleList([Linear(last(in_channels), out_channels, bias=False) for _ in degrees])

    def forward(self, x, edge_index, size=None):
        x = source(x)
        sides = zip(self.lins_l, self.lins_r)
        return sum(left(spread(x)) + right(x) for left, right in sides)

class GENConv(MessagePassing):
    def __init__(
        self,
        in_channels,
        out_channels,
        aggr="softmax",
        t=1.0,
        learn_t=False,
        p=1.0,
        learn_p=False,
        msg_norm=False,
        learn_msg_scale=False,
        norm="batch",
        num_layers=2,
        expansion=2,
        eps=1e-7,
        bias=False,
        edge_dim=None,
        **kwargs,
    ):
        super().__init__()
        self.in_channels, self.out_channels = in_channels, out_channels
        if first(in_channels) != out_channels:
            self.lin_src = Linear(first(in_channels), out_channels, bias=bias)
        if edge_dim is not None and edge_dim != out_channels:
            self.lin_edge = Linear(edge_dim, out_channels, bias=bias)
        if last(in_channels) != out_channels:
            self.lin_dst = Linear(last(in_channels), out_channels, bias=bias)
        wide = [out_channels] + [out_channels * expansion] * (num_layers - 1) + [out_channels]
        norms = {"batch": nn.BatchNorm1d, "layer": nn.LayerNorm, "instance": nn.InstanceNorm1d}
        parts = []
        for place, (start, end) in enumerate(zip(wide[:-1], wide[1:])):
            parts.append(Linear(start, end, bias=bias))
            if place < num_layers - 1:
                parts.extend([norms[norm](end), nn.ReLU()])
        self.mlp = nn.Sequential(*parts)

    def forward(self, x, edge_index, edge_attr=None, size=None):
        x = source(x)
        start = self.lin_src(x) if hasattr(self, "lin_src") else x
        if edge_attr is not None:
            edges = self.lin_edge(edge_attr) if hasattr(self, "lin_edge") else edge_attr
            start = start + edges
        out = spread(F.relu(start)) + (self.lin_dst(x) if hasattr(self, "lin_dst") else x)
        return self.mlp(out)
