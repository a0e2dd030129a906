"""Attentional convolutions of PyTorch Geometric as its documentation (2.8) describes them."""

import torch
import torch.nn.functional as F
from torch import nn
from torch_geometric.nn.conv import Linear, MessagePassing, first, glorot, last, source, spread

class GATConv(MessagePassing):
    def __init__(
        self,
        in_channels,
        out_channels,
        heads=1,
        concat=True,
        negative_slope=0.2,
        dropout=0.0,
        add_self_loops=True,
        edge_dim=None,
        fill_value="mean",
        bias=True,
        residual=False,
        **kwargs,
    ):
        super().__init__()
        self.in_channels, self.out_channels, self.heads, self.concat, self.residual = (
            in_channels,
            out_channels,
            heads,
            concat,
            residual,
        )
        if isinstance(in_channels, tuple):
            self.lin_src = glorot(in_channels[0], heads * out_channels)
            self.lin_dst = glorot(in_channels[1], heads * out_channels)
        else:
            self.lin = glorot(in_channels, heads * out_channels)
        self.att_src = nn.Parameter(nn.init.xavier_uniform_(torch.empty(1, heads, out_channels)))
        self.att_dst = nn.Parameter(nn.init.xavier_uniform_(torch.empty(1, heads, out_channels)))
        if edge_dim is not None:
            self.lin_edge = glorot(edge_dim, heads * out_channels)
        if residual:
            self.res = glorot(last(in_channels), out_channels * (heads if concat else 1))
        if bias:
            self.bias = nn.Parameter(torch.zeros(out_channels * (heads if concat else 1)))

    def forward(self, x, edge_index, edge_attr=None, size=None, return_attention_weights=None):
        if isinstance(self.in_channels, tuple):
            out = self.lin_src(x[0]) + self.lin_dst(x[1])
        else:
            out = self.lin(source(x))
        if edge_attr is not None and hasattr(self, "lin_edge"):
            out = out + self.lin_edge(edge_attr)
        if self.residual:
            out = out + self.res(source(x))
        out = spread(out)
        return out if return_attention_weights is None else (out, (edge_index, out))

class SuperGATConv(GATConv):
    def __init__(
        self,
        in_channels,
        out_channels,
        heads=1,
        concat=True,
        negative_slope=0.2,
        dropout=0.0,
        add_self_loops=True,
        bias=True,
        attention_type="MX",
        neg_sample_ratio=0.5,
        edge_sample_ratio=1.0,
        is_undirected=False,
        **kwargs,
    ):
        super().__init__(in_channels, out_channels, heads, concat, bias=bias)

class GATv2Conv(MessagePassing):
    def __init__(
        self,
        in_channels,
        out_channels,
        heads=1,
        concat=True,
        negative_slope=0.2,
        dropout=0.0,
        add_self_loops=True,
        edge_dim=None,
        fill_value="mean",
        bias=True,
        share_weights=False,
        residual=False,
        **kwargs,
    ):
        super().__init__()
        self.in_channels, self.out_channels, self.heads, self.residual = (
            in_channels,
            out_channels,
            heads,
            residual,
        )
        self.lin_l = glorot(first(in_channels), heads * out_channels, bias)
        self.lin_r = self.lin_l if share_weights else glorot(last(in_channels), heads * out_channels, bias)
        self.att = nn.Parameter(nn.init.xavier_uniform_(torch.empty(1, heads, out_channels)))
        if edge_dim is not None:
            self.lin_edge = glorot(edge_dim, heads * out_channels)
        if residual:
            self.res = glorot(last(in_channels), out_channels * (heads if concat else 1))
        if bias:
            self.bias = nn.Parameter(torch.zeros(out_channels * (heads if concat else 1)))

    def forward(self, x, edge_index, edge_attr=None, size=None, return_attention_weights=None):
        x = source(x)
        out = self.lin_l(x) + self.lin_r(x)
        if edge_attr is not None and hasattr(self, "lin_edge"):
            out = out + self.lin_edge(edge_attr)
        if self.residual:
            out = out + self.res(x)
        out = spread(out)
        return out if return_attention_weights is None else (out, (edge_index, out))

class TransformerConv(MessagePassing):
    def __init__(
        self,
        in_channels,
        out_channels,
        heads=1,
        concat=True,
        beta=False,
        dropout=0.0,
        edge_dim=None,
        bias=True,
        root_weight=True,
        **kwargs,
    ):
        super().__init__()
        self.in_channels, self.out_channels, self.heads = in_channels, out_channels, heads
        self.lin_key = Linear(first(in_channels), heads * out_channels, bias=bias)
        self.lin_query = Linear(last(in_channels), heads * out_channels, bias=bias)
        self.lin_value = Linear(first(in_channels), heads * out_channels, bias=bias)
        if edge_dim is not None:
            self.lin_edge = Linear(edge_dim, heads * out_channels, bias=False)
        self.lin_skip = Linear(last(in_channels), out_channels * (heads if concat else 1), bias=bias)

    def forward(self, x, edge_index, edge_attr=None, return_attention_weights=None):
        x = source(x)
        weights = F.softmax(self.lin_query(x) * self.lin_key(x), dim=-1)
        out = self.lin_value(x)
        if edge_attr is not None and hasattr(self, "lin_edge"):
            out = out + self.lin_edge(edge_attr)
        out = spread(out * weights) + self.lin_skip(x)
        return out if return_attention_weights is None else (out, (edge_index, weights))
