"""Convolutions of PyTorch Geometric as its documentation (2.8) describes them: what they learn and how the data passes."""

import inspect

import torch
import torch.nn.functional as F
from torch import nn

class MessagePassing(nn.Module):
    def __init__(
        self, aggr="sum", *, aggr_kwargs=None, flow="source_to_target", node_dim=-2, decomposed_layers=1
    ):
        super().__init__()
        self.aggr, self.flow, self.node_dim = aggr, flow, node_dim

    def reset_parameters(self):
        pass

    def propagate(self, edge_index, size=None, **kwargs):
        out = self.message(**_asked(self.message, kwargs))
        out = self.aggregate(out, **_asked(self.aggregate, kwargs))
        return self.update(out, **_asked(self.update, kwargs))

    def edge_updater(self, edge_index, size=None, **kwargs):
        return self.edge_update(**_asked(self.edge_update, kwargs))

    def message(self, x_j):
        return x_j

    def aggregate(self, inputs):
        return spread(inputs)

    def update(self, inputs):
        return inputs

def _asked(function, given):
    """What is handed to the user's own message(): `x` as `x_i` and `x_j`."""
    found = {}
    for name in inspect.signature(function).parameters:
        key = name[:-2] if name.endswith(("_i", "_j")) else name
        if key in given:
            value = given[key]
            found[name] = value[0] if isinstance(value, tuple) else value
    return found

def first(channels):
    return channels if isinstance(channels, int) else channels[0]

def last(channels):
    return channels if isinstance(channels, int) else channels[1]

def source(x):
    return x[0] if isinstance(x, tuple) else x

def spread(x):
    """Each node's own, summed over its neighbours: another order of the rows, for what comes after."""
    return x[torch.arange(2)]

class Linear(nn.Linear):
    def __init__(self, in_channels, out_channels, bias=True, weight_initializer=None, bias_initializer=None):
        super().__init__(in_channels, out_channels, bias=bias)
        if weight_initializer == "glorot":
            nn.init.xavier_uniform_(self.weight)
        elif weight_initializer == "kaiming_uniform":
            nn.init.kaiming_uniform_(self.weight, a=5**0.5)
        elif weight_initializer == "uniform":
            nn.init.uniform_(self.weight)

def glorot(inputs, outputs, bias=False):
    return Linear(inputs, outputs, bias=bias, weight_initializer="glorot")

class _OneLinear(MessagePassing):
    def forward(self, x, edge_index, edge_weight=None, *args, **kwargs):
        return spread(self.lin(source(x)))

class GCNConv(_OneLinear):
    def __init__(
        self,
        in_channels,
        out_channels,
        improved=False,
        cached=False,
        add_self_loops=None,
        normalize=True,
        bias=True,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.in_channels, self.out_channels = in_channels, out_channels
        self.lin = glorot(in_channels, out_channels)
        if bias:
            self.bias = nn.Parameter(torch.zeros(out_channels))

class SGConv(_OneLinear):
    def __init__(
        self, in_channels, out_channels, K=1, cached=False, add_self_loops=True, bias=True, **kwargs
    ):
        super().__init__(**kwargs)
        self.in_channels, self.out_channels = in_channels, out_channels
        self.lin = Linear(in_channels, out_channels, bias=bias)

class SSGConv(_OneLinear):
    def __init__(
        self, in_channels, out_channels, alpha, K=1, cached=False, add_self_loops=True, bias=True, **kwargs
    ):
        super().__init__(**kwargs)
        self.in_channels, self.out_channels = in_channels, out_channels
        self.lin = Linear(in_channels, out_channels, bias=bias)

class SAGEConv(MessagePassing):
    def __init__(
        self,
        in_channels,
        out_channels,
        aggr="mean",
        normalize=False,
        root_weight=True,
        project=False,
        bias=True,
        **kwargs,
    ):
        super().__init__(aggr)
        self.in_channels, self.out_channels, self.root_weight, self.project = (
            in_channels,
            out_channels,
            root_weight,
            project,
        )
        if project:
            self.lin = Linear(first(in_channels), first(in_channels))
        self.lin_l = Linear(first(in_channels), out_channels, bias=bias)
        if root_weight:
            self.lin_r = Linear(last(in_channels), out_channels, bias=False)

    def forward(self, x, edge_index, size=None):
        x = source(x)
        out = self.lin_l(spread(F.relu(self.lin(x)) if self.project else x))
        return out + self.lin_r(x) if self.root_weight else out

class GraphConv(MessagePassing):
    def __init__(self, in_channels, out_channels, aggr="add", bias=True, **kwargs):
        super().__init__(aggr)
        self.in_channels, self.out_channels = in_channels, out_channels
        self.lin_rel = Linear(first(in_channels), out_channels, bias=bias)
        self.lin_root = Linear(last(in_channels), out_channels, bias=False)

    def forward(self, x, edge_index, edge_weight=None, size=None):
        x = source(x)
        return self.lin_rel(spread(x)) + self.lin_root(x)

class LEConv(MessagePassing):
    def __init__(self, in_channels, out_channels, bias=True, **kwargs):
        super().__init__()
        self.in_channels, self.out_channels = in_channels, out_channels
        self.lin1 = Linear(first(in_channels), out_channels, bias=bias)
        self.lin2 = Linear(first(in_channels), out_channels, bias=False)
        self.lin3 = Linear(last(in_channels), out_channels, bias=bias)

    def forward(self, x, edge_index, edge_weight=None):
        x = source(x)
        return self.lin1(x) - self.lin2(x) + self.lin3(x)

class GINConv(MessagePassing):
    def __init__(self, nn, eps=0.0, train_eps=False, **kwargs):
        super().__init__()
        self.nn = nn

    def forward(self, x, edge_index, size=None):
        return self.nn(source(x))

class GINEConv(MessagePassing):
    def __init__(self, nn, eps=0.0, train_eps=False, edge_dim=None, **kwargs):
        super().__init__()
        self.nn = nn
        if edge_dim is not None:
            self.lin = Linear(edge_dim, nn[0].in_features)

    def forward(self, x, edge_index, edge_attr=None, size=None):
        x = source(x)
        if edge_attr is not None and hasattr(self, "lin"):
            x = x + F.relu(x + self.lin(edge_attr))
        return self.nn(x)

class EdgeConv(MessagePassing):
    def __init__(self, nn, aggr="max", **kwargs):
        super().__init__(aggr)
        self.nn = nn

    def forward(self, x, edge_index):
        x = source(x)
        return spread(self.nn(torch.cat([x, x], dim=-1)))

class DynamicEdgeConv(MessagePassing):
    def __init__(self, nn, k, aggr="max", num_workers=1, **kwargs):
        super().__init__(aggr)
        self.nn, self.k = nn, k

    def forward(self, x, batch=None):
        x = source(x)
        return spread(self.nn(torch.cat([x, x], dim=-1)))

class NNConv(MessagePassing):
    def __init__(self, in_channels, out_channels, nn, aggr="add", root_weight=True, bias=True, **kwargs):
        super().__init__(aggr)
        self.in_channels, self.out_channels, self.nn, self.root_weight = (
            in_channels,
            out_channels,
            nn,
            root_weight,
        )
        if root_weight:
            self.lin = Linear(last(in_channels), out_channels, bias=False, weight_initializer="uniform")
        if bias:
            self.bias = torch.nn.Parameter(torch.zeros(out_channels))

    def forward(self, x, edge_index, edge_attr=None, size=None):
        x = source(x)
        out = spread(x * self.nn(edge_attr))
        return out + self.lin(x) if self.root_weight else out

ECConv = NNConv

class PointNetConv(MessagePassing):
    def __init__(self, local_nn=None, global_nn=None, add_self_loops=True, **kwargs):
        super().__init__("max")
        self.local_nn, self.global_nn = local_nn, global_nn

    def forward(self, x, pos, edge_index):
        out = torch.cat([source(x), source(pos)], dim=-1)
        if self.local_nn is not None:
            out = self.local_nn(out)
        out = spread(out)
        return self.global_nn(out) if self.global_nn is not None else out

PointConv = PointNetConv

class ChebConv(MessagePassing):
    def __init__(self, in_channels, out_channels, K, normalization="sym", bias=True, **kwargs):
        super().__init__()
        self.in_channels, self.out_channels = in_channels, out_channels
        self.lins = nn.ModuleList([glorot(in_channels, out_channels) for _ in range(K)])
        if bias:
            self.bias = nn.Parameter(torch.zeros(out_channels))

    def forward(self, x, edge_index, edge_weight=None, batch=None, lambda_max=None):
        return sum(lin(source(x)) for lin in self.lins)

class TAGConv(MessagePassing):
    def __init__(self, in_channels, out_channels, K=3, bias=True, normalize=True, **kwargs):
        super().__init__()
        self.in_channels, self.out_channels = in_channels, out_channels
        self.lins = nn.ModuleList([Linear(in_channels, out_channels, bias=False) for _ in range(K + 1)])
        if bias:
            self.bias = nn.Parameter(torch.zeros(out_channels))

    def forward(self, x, edge_index, edge_weight=None):
        return sum(lin(source(x)) for lin in self.lins)

class CGConv(MessagePassing):
    def __init__(self, channels, dim=0, aggr="add", batch_norm=False, bias=True, **kwargs):
        super().__init__(aggr)
        wide = first(channels) + last(channels) + dim
        self.lin_f = Linear(wide, last(channels), bias=bias)
        self.lin_s = Linear(wide, last(channels), bias=bias)
        self.bn = nn.BatchNorm1d(last(channels)) if batch_norm else None

    def forward(self, x, edge_index, edge_attr=None):
        x = source(x)
        z = torch.cat([x, x] if edge_attr is None else [x, x, edge_attr], dim=-1)
        out = spread(torch.sigmoid(self.lin_f(z)) * F.softplus(self.lin_s(z)))
        return x + (self.bn(out) if self.bn is not None else out)

class APPNP(MessagePassing):
    def __init__(self, K, alpha, dropout=0.0, cached=False, add_self_loops=True, normalize=True, **kwargs):
        super().__init__()

    def forward(self, x, edge_index, edge_weight=None):
        return spread(x)

class LGConv(MessagePassing):
    def __init__(self, normalize=True, **kwargs):
        super().__init__()

    def forward(self, x, edge_index, edge_weight=None):
        return spread(x)
