"""Principal neighbourhood aggregation of PyTorch Geometric (2.8): networks before and after what neighbours say is
aggregated in several ways.

https://pytorch-geometric.readthedocs.io/en/latest/generated/torch_geometric.nn.conv.PNAConv.html
"""

import torch
import torch.nn.functional as F
from torch import nn
from torch_geometric.nn.conv import Linear, MessagePassing, spread

class PNAConv(MessagePassing):
    def __init__(
        self,
        in_channels,
        out_channels,
        aggregators,
        scalers,
        deg,
        edge_dim=None,
        towers=1,
        pre_layers=1,
        post_layers=1,
        divide_input=False,
        act="relu",
        act_kwargs=None,
        train_norm=False,
        **kwargs,
    ):
        super().__init__()
        self.act, self.edge_dim = act, edge_dim
        self.ways = len(aggregators) * len(scalers)
        wide = in_channels // towers if divide_input else in_channels
        narrow = out_channels // towers
        if edge_dim is not None:
            self.edge_encoder = Linear(edge_dim, wide)
        ends = 2 if edge_dim is None else 3
        self.pre_nns = nn.ModuleList([_deep(ends * wide, wide, pre_layers) for _ in range(towers)])
        self.post_nns = nn.ModuleList(
            [_deep((self.ways + 1) * wide, narrow, post_layers) for _ in range(towers)]
        )
        self.lin = Linear(out_channels, out_channels)

    def forward(self, x, edge_index, edge_attr=None):
        ends = [x, x] if self.edge_dim is None else [x, x, self.edge_encoder(edge_attr)]
        said = [_through(layers, torch.cat(ends, dim=-1), self.act) for layers in self.pre_nns]
        known = torch.cat([x] + [spread(said[0])] * self.ways, dim=-1)
        out = [_through(layers, known, self.act) for layers in self.post_nns]
        return self.lin(torch.cat(out, dim=-1))

def _deep(inputs, outputs, layers):
    return nn.ModuleList([Linear(inputs if n == 0 else outputs, outputs) for n in range(layers)])

def _through(layers, x, act):
    for number, layer in enumerate(layers):
        if number:
            x = getattr(F, act)(x) if isinstance(act, str) else act(x)
        x = layer(x)
    return x
