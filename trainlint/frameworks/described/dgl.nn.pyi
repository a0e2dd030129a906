"""Layers of dgl.nn (2.x, torch) as its sources make them: what they learn and how the data passes."""

import torch
import torch.nn.functional as F
from torch import nn

def _pair(feats):
    return feats if isinstance(feats, tuple) else (feats, feats)

def _source(feat):
    return feat[0] if isinstance(feat, tuple) else feat

def _own(feat):
    return feat[1] if isinstance(feat, tuple) else feat

def _spread(x):
    """Each node's own, summed over its neighbours: another order of the rows, for what comes after."""
    return x[torch.arange(2)]

def _linear(wide, out, bias=False):
    made = nn.Linear(wide, out, bias=bias)
    nn.init.xavier_uniform_(made.weight, gain=2**0.5)
    return made

def _normal(wide, out, bias=False):
    made = nn.Linear(wide, out, bias=bias)
    nn.init.xavier_normal_(made.weight, gain=2**0.5)
    if bias:
        nn.init.zeros_(made.bias)
    return made

class GraphConv(nn.Module):
    def __init__(
        self,
        in_feats,
        out_feats,
        norm="both",
        weight=True,
        bias=True,
        activation=None,
        allow_zero_in_degree=False,
    ):
        super().__init__()
        self._in_feats, self._out_feats, self._norm, self._activation = in_feats, out_feats, norm, activation
        self._weighted = weight
        if weight:
            self.lin = nn.Linear(in_feats, out_feats, bias=False)
            nn.init.xavier_uniform_(self.lin.weight)
        self.bias = nn.Parameter(torch.zeros(out_feats)) if bias else None

    def set_allow_zero_in_degree(self, set_value):
        pass

    def forward(self, graph, feat, weight=None, edge_weight=None):
        out = _spread(_source(feat))
        if self._weighted:
            out = self.lin(out)
        elif weight is not None:
            out = torch.matmul(out, weight)
        if self.bias is not None:
            out = out + self.bias
        return out if self._activation is None else self._activation(out)

class SAGEConv(nn.Module):
    def __init__(
        self, in_feats, out_feats, aggregator_type, feat_drop=0.0, bias=True, norm=None, activation=None
    ):
        super().__init__()
        source, own = _pair(in_feats)
        self._aggre_type, self.norm, self.activation = aggregator_type, norm, activation
        self._in_src_feats, self._in_dst_feats, self._out_feats = source, own, out_feats
        self.feat_drop = nn.Dropout(feat_drop)
        if aggregator_type == "pool":
            self.fc_pool = _linear(source, source, bias=True)
        if aggregator_type == "lstm":
            self.lstm = nn.LSTM(source, source, batch_first=True)
        self.fc_neigh = _linear(source, out_feats)
        if aggregator_type != "gcn":
            self.fc_self = _linear(own, out_feats, bias=bias)
        elif bias:
            self.bias = nn.Parameter(torch.zeros(out_feats))

    def forward(self, graph, feat, edge_weight=None):
        source, own = self.feat_drop(_source(feat)), self.feat_drop(_own(feat))
        if self._aggre_type == "pool":
            source = F.relu(self.fc_pool(source))
        elif self._aggre_type == "lstm":
            source = self.lstm(source.unsqueeze(1))[0]
        out = self.fc_neigh(_spread(source))
        if self._aggre_type != "gcn":
            out = self.fc_self(_spread(own)) + out
        if self.activation is not None:
            out = self.activation(out)
        return out if self.norm is None else self.norm(out)

class GATConv(nn.Module):
    def __init__(
        self,
        in_feats,
        out_feats,
        num_heads,
        feat_drop=0.0,
        attn_drop=0.0,
        negative_slope=0.2,
        residual=False,
        activation=None,
        allow_zero_in_degree=False,
        bias=True,
    ):
        super().__init__()
        self._num_heads, self._out_feats, self.activation, self._residual = (
            num_heads,
            out_feats,
            activation,
            residual,
        )
        self._two = isinstance(in_feats, tuple)
        source, own = _pair(in_feats)
        if self._two:
            self.fc_src = _normal(source, out_feats * num_heads)
            self.fc_dst = _normal(own, out_feats * num_heads)
        else:
            self.fc = _normal(source, out_feats * num_heads)
        self.attn_l = nn.Parameter(nn.init.xavier_normal_(torch.empty(1, num_heads, out_feats), gain=2**0.5))
        self.attn_r = nn.Parameter(nn.init.xavier_normal_(torch.empty(1, num_heads, out_feats), gain=2**0.5))
        self.feat_drop, self.attn_drop = nn.Dropout(feat_drop), nn.Dropout(attn_drop)
        self.leaky_relu = nn.LeakyReLU(negative_slope)
        if residual:
            same = own == out_feats * num_heads
            self.res_fc = nn.Identity() if same else _normal(own, out_feats * num_heads, bias)
        if bias:
            self.bias = nn.Parameter(torch.zeros(num_heads * out_feats))

    def set_allow_zero_in_degree(self, set_value):
        pass

    def forward(self, graph, feat, edge_weight=None, get_attention=False):
        source, own = self.feat_drop(_source(feat)), self.feat_drop(_own(feat))
        if self._two:
            out = self.fc_src(source) + self.fc_dst(own)
        else:
            out = self.fc(source)
        out = _spread(out)
        if self._residual:
            out = out + self.res_fc(_spread(own))
        out = out.view(-1, self._num_heads, self._out_feats)
        if self.activation is not None:
            out = self.activation(out)
        return (out, out) if get_attention else out

class GATv2Conv(nn.Module):
    def __init__(
        self,
        in_feats,
        out_feats,
        num_heads,
        feat_drop=0.0,
        attn_drop=0.0,
        negative_slope=0.2,
        residual=False,
        activation=None,
        allow_zero_in_degree=False,
        bias=True,
        share_weights=False,
    ):
        super().__init__()
        self._num_heads, self._out_feats, self.activation, self._residual = (
            num_heads,
            out_feats,
            activation,
            residual,
        )
        source, own = _pair(in_feats)
        self.fc_src = _normal(source, out_feats * num_heads, bias)
        self.fc_dst = self.fc_src if share_weights else _normal(own, out_feats * num_heads, bias)
        self.attn = nn.Parameter(nn.init.xavier_normal_(torch.empty(1, num_heads, out_feats), gain=2**0.5))
        self.feat_drop, self.attn_drop = nn.Dropout(feat_drop), nn.Dropout(attn_drop)
        if residual:
            same = own == out_feats * num_heads
            self.res_fc = nn.Identity() if same else _normal(own, out_feats * num_heads, bias)

    def forward(self, graph, feat, get_attention=False):
        source, own = self.feat_drop(_source(feat)), self.feat_drop(_own(feat))
        out = _spread(self.fc_src(source) + self.fc_dst(own))
        if self._residual:
            out = out + self.res_fc(_spread(own))
        out = out.view(-1, self._num_heads, self._out_feats)
        if self.activation is not None:
            out = self.activation(out)
        return (out, out) if get_attention else out

class GINConv(nn.Module):
    def __init__(self, apply_func=None, aggregator_type="sum", init_eps=0, learn_eps=False, activation=None):
        super().__init__()
        self.apply_func, self.activation = apply_func, activation

    def forward(self, graph, feat, edge_weight=None):
        out = _spread(_source(feat))
        if self.apply_func is not None:
            out = self.apply_func(out)
        return out if self.activation is None else self.activation(out)

class GINEConv(nn.Module):
    def __init__(self, apply_func=None, init_eps=0, learn_eps=False):
        super().__init__()
        self.apply_func = apply_func

    def forward(self, graph, node_feat, edge_feat):
        out = _spread(_source(node_feat))
        return out if self.apply_func is None else self.apply_func(out)

class RelGraphConv(nn.Module):
    def __init__(
        self,
        in_feat,
        out_feat,
        num_rels,
        regularizer=None,
        num_bases=None,
        bias=True,
        activation=None,
        self_loop=True,
        dropout=0.0,
        layer_norm=False,
    ):
        super().__init__()
        self.activation, self.self_loop, self.layer_norm = activation, self_loop, layer_norm
        self.linear_r = nn.Linear(in_feat, out_feat, bias=False)
        self.bias = nn.Parameter(torch.zeros(out_feat)) if bias else None
        if layer_norm:
            self.layer_norm_weight = nn.LayerNorm(out_feat)
        if self_loop:
            self.loop_weight = _linear(in_feat, out_feat)
        self.dropout = nn.Dropout(dropout)

    def forward(self, g, feat, etypes, norm=None, *, presorted=False):
        out = _spread(self.linear_r(feat))
        if self.layer_norm:
            out = self.layer_norm_weight(out)
        if self.bias is not None:
            out = out + self.bias
        if self.self_loop:
            out = out + self.loop_weight(_spread(feat))
        if self.activation is not None:
            out = self.activation(out)
        return self.dropout(out)

class SGConv(nn.Module):
    def __init__(
        self,
        in_feats,
        out_feats,
        k=1,
        cached=False,
        bias=True,
        norm=None,
        allow_zero_in_degree=False,
    ):
        super().__init__()
        self.norm, self.fc = norm, nn.Linear(in_feats, out_feats, bias=bias)
        nn.init.xavier_uniform_(self.fc.weight)

    def forward(self, graph, feat, edge_weight=None):
        out = _spread(feat)
        return self.fc(out if self.norm is None else self.norm(out))

class TAGConv(nn.Module):
    def __init__(self, in_feats, out_feats, k=2, bias=True, activation=None):
        super().__init__()
        self._k, self._activation = k, activation
        self.lin = nn.Linear(in_feats * (k + 1), out_feats, bias=bias)
        nn.init.xavier_normal_(self.lin.weight, gain=2**0.5)

    def forward(self, graph, feat, edge_weight=None):
        out = self.lin(torch.cat([feat] + [_spread(feat)] * self._k, dim=-1))
        return out if self._activation is None else self._activation(out)

class ChebConv(nn.Module):
    def __init__(self, in_feats, out_feats, k, activation=F.relu, bias=True):
        super().__init__()
        self._k, self.activation = k, activation
        self.linear = nn.Linear(k * in_feats, out_feats, bias)

    def forward(self, graph, feat, lambda_max=None):
        out = self.linear(torch.cat([feat] + [_spread(feat)] * (self._k - 1), dim=1))
        return out if self.activation is None else self.activation(out)

class APPNPConv(nn.Module):
    def __init__(self, k, alpha, edge_drop=0.0):
        super().__init__()
        self.edge_drop = nn.Dropout(edge_drop)

    def forward(self, graph, feat, edge_weight=None):
        return _spread(feat)

class EdgeConv(nn.Module):
    def __init__(self, in_feat, out_feat, batch_norm=False, allow_zero_in_degree=False):
        super().__init__()
        self.batch_norm = batch_norm
        self.theta, self.phi = nn.Linear(in_feat, out_feat), nn.Linear(in_feat, out_feat)
        if batch_norm:
            self.bn = nn.BatchNorm1d(out_feat)

    def forward(self, g, feat):
        out = self.theta(_source(feat)) + self.phi(_own(feat))
        return _spread(self.bn(out) if self.batch_norm else out)

class GatedGraphConv(nn.Module):
    def __init__(self, in_feats, out_feats, n_steps, n_etypes, bias=True):
        super().__init__()
        self._n_steps, self._pad = n_steps, out_feats - in_feats
        self.linears = nn.ModuleList([nn.Linear(out_feats, out_feats) for _ in range(n_etypes)])
        for each in self.linears:
            nn.init.xavier_normal_(each.weight, gain=2**0.5)
        self.gru = nn.GRUCell(out_feats, out_feats, bias=bias)

    def forward(self, graph, feat, etypes=None):
        feat = F.pad(feat, (0, self._pad))
        for _ in range(self._n_steps):
            sent = 0
            for linear in self.linears:
                sent = sent + _spread(linear(feat))
            feat = self.gru(sent, feat)
        return feat

class NNConv(nn.Module):
    def __init__(self, in_feats, out_feats, edge_func, aggregator_type="mean", residual=False, bias=True):
        super().__init__()
        source, own = _pair(in_feats)
        self._source, self._out, self._residual, self.edge_func = source, out_feats, residual, edge_func
        if residual:
            self.res_fc = nn.Identity() if own == out_feats else _normal(own, out_feats)
        self.bias = nn.Parameter(torch.zeros(out_feats)) if bias else None

    def forward(self, graph, feat, efeat):
        weight = self.edge_func(efeat).view(-1, self._source, self._out)
        out = _spread((_source(feat).unsqueeze(-1) * weight).sum(dim=1))
        if self._residual:
            out = out + self.res_fc(_own(feat))
        return out if self.bias is None else out + self.bias
