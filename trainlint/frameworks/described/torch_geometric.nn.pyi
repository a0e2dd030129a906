"""Networks, norms and pools of PyTorch Geometric (2.8); the convolutions have a file of their own."""

import torch
import torch.nn.functional as F
from torch import nn
from torch_geometric.nn.conv import GATConv, GATv2Conv, GCNConv, GINConv, Linear, MessagePassing, SAGEConv

class Sequential(nn.Module):
    """`Sequential("x, edge_index", [(GCNConv(...), "x, edge_index -> x"), ReLU(), ...])`"""

    def __init__(self, input_args, modules):
        super().__init__()
        self.steps = nn.ModuleList([each[0] if isinstance(each, tuple) else each for each in modules])

    def forward(self, x, *args, **kwargs):
        for step in self.steps:
            x = step(x, *args) if isinstance(step, MessagePassing) else step(x)
        return x

class MLP(nn.Module):
    def __init__(
        self,
        channel_list=None,
        *,
        in_channels=None,
        hidden_channels=None,
        out_channels=None,
        num_layers=None,
        dropout=0.0,
        act="relu",
        act_first=False,
        act_kwargs=None,
        norm="batch_norm",
        norm_kwargs=None,
        plain_last=True,
        bias=True,
        **kwargs,
    ):
        super().__init__()
        if isinstance(channel_list, int):
            in_channels, channel_list = channel_list, None
        if channel_list is None:
            channel_list = [in_channels] + [hidden_channels] * (num_layers - 1) + [out_channels]
        self.act, self.act_first, self.plain_last, self.dropout = act, act_first, plain_last, dropout
        self.lins = nn.ModuleList(
            [Linear(a, b, bias=bias) for a, b in zip(channel_list[:-1], channel_list[1:])]
        )
        normed = channel_list[1:-1] if plain_last else channel_list[1:]
        self.norms = nn.ModuleList([_norm(norm, wide) for wide in normed])

    def forward(self, x, batch=None, batch_size=None, return_emb=None):
        last = len(self.lins) - 1
        for number, lin in enumerate(self.lins):
            x = lin(x)
            if number < last or not self.plain_last:
                if self.act_first:
                    x = _activated(x, self.act)
                x = self.norms[number](x)
                if not self.act_first:
                    x = _activated(x, self.act)
                x = F.dropout(x, self.dropout, self.training)
        return x

def _activated(x, act):
    if act is None:
        return x
    return getattr(F, act)(x) if isinstance(act, str) else act(x)

def _norm(name, wide):
    if name is None:
        return nn.Identity()
    if name in ("batch_norm", "BatchNorm"):
        return nn.BatchNorm1d(wide)
    if name in ("layer_norm", "LayerNorm"):
        return nn.LayerNorm(wide)
    if name in ("instance_norm", "InstanceNorm"):
        return nn.InstanceNorm1d(wide)
    return name(wide)

class _BasicGNN(nn.Module):
    def __init__(
        self,
        in_channels,
        hidden_channels,
        num_layers,
        out_channels=None,
        dropout=0.0,
        act="relu",
        act_first=False,
        act_kwargs=None,
        norm=None,
        norm_kwargs=None,
        jk=None,
        **kwargs,
    ):
        super().__init__()
        self.act, self.act_first, self.dropout, self.jk = act, act_first, dropout, jk
        wide = [in_channels] + [hidden_channels] * (num_layers - 1)
        wide.append(out_channels if out_channels is not None and jk is None else hidden_channels)
        self.convs = nn.ModuleList([self.init_conv(a, b, **kwargs) for a, b in zip(wide[:-1], wide[1:])])
        self.norms = nn.ModuleList([_norm(norm, hidden_channels) for _ in self.convs])
        if jk is not None:
            self.lin = nn.Linear(
                num_layers * hidden_channels if jk == "cat" else hidden_channels,
                out_channels or hidden_channels,
            )

    def forward(self, x, edge_index, edge_weight=None, edge_attr=None, *args, **kwargs):
        last, xs = len(self.convs) - 1, []
        for number, conv in enumerate(self.convs):
            x = conv(x, edge_index)
            if number < last or self.jk is not None:
                if self.act_first:
                    x = _activated(x, self.act)
                x = self.norms[number](x)
                if not self.act_first:
                    x = _activated(x, self.act)
                x = F.dropout(x, self.dropout, self.training)
                xs.append(x)
        return x if self.jk is None else self.lin(torch.cat(xs, dim=-1) if self.jk == "cat" else xs[-1])

class GCN(_BasicGNN):
    def init_conv(self, in_channels, out_channels, **kwargs):
        return GCNConv(in_channels, out_channels, **kwargs)

class GraphSAGE(_BasicGNN):
    def init_conv(self, in_channels, out_channels, **kwargs):
        return SAGEConv(in_channels, out_channels, **kwargs)

class GIN(_BasicGNN):
    def init_conv(self, in_channels, out_channels, **kwargs):
        return GINConv(
            MLP([in_channels, out_channels, out_channels], act=self.act, act_first=self.act_first), **kwargs
        )

class GAT(_BasicGNN):
    def init_conv(self, in_channels, out_channels, v2=False, heads=1, concat=True, **kwargs):
        kind = GATv2Conv if v2 else GATConv
        return kind(
            in_channels,
            out_channels // heads if concat else out_channels,
            heads=heads,
            concat=concat,
            dropout=self.dropout,
            **kwargs,
        )

class InnerProductDecoder(nn.Module):
    def forward(self, z, edge_index, sigmoid=True):
        value = (z[edge_index[0]] * z[edge_index[1]]).sum(dim=1)
        return torch.sigmoid(value) if sigmoid else value

    def forward_all(self, z, sigmoid=True):
        value = torch.matmul(z, z.t())
        return torch.sigmoid(value) if sigmoid else value

class GAE(nn.Module):
    def __init__(self, encoder, decoder=None):
        super().__init__()
        self.encoder = encoder
        self.decoder = InnerProductDecoder() if decoder is None else decoder

    def forward(self, *args, **kwargs):
        return self.encoder(*args, **kwargs)

    def encode(self, *args, **kwargs):
        return self.encoder(*args, **kwargs)

class VGAE(GAE):
    def encode(self, *args, **kwargs):
        self.mu, self.logstd = self.encoder(*args, **kwargs)
        return self.mu

class PositionalEncoding(nn.Module):
    def __init__(self, out_channels, base_freq=1e-4, granularity=1.0):
        super().__init__()
        self.out_channels = out_channels
        self.granularity = granularity
        self.register_buffer("frequency", torch.logspace(0, 1, out_channels // 2, base_freq))

    def forward(self, x):
        out = (x / self.granularity).view(-1, 1) * self.frequency.view(1, -1)
        return torch.cat([torch.sin(out), torch.cos(out)], dim=-1)

class TemporalEncoding(nn.Module):
    def __init__(self, out_channels):
        super().__init__()
        self.out_channels = out_channels
        self.register_buffer("weight", torch.linspace(0, 1, out_channels).view(1, -1))

    def forward(self, x):
        return torch.cos(x.view(-1, 1) @ self.weight)

class MetaLayer(nn.Module):
    def __init__(self, edge_model=None, node_model=None, global_model=None):
        super().__init__()
        self.edge_model, self.node_model, self.global_model = edge_model, node_model, global_model

    def forward(self, x, edge_index, edge_attr=None, u=None, batch=None):
        row, col = edge_index[0], edge_index[1]
        if self.edge_model is not None:
            edge_attr = self.edge_model(x[row], x[col], edge_attr, u, batch if batch is None else batch[row])
        if self.node_model is not None:
            x = self.node_model(x, edge_index, edge_attr, u, batch)
        if self.global_model is not None:
            u = self.global_model(x, edge_index, edge_attr, u, batch)
        return x, edge_attr, u

class JumpingKnowledge(nn.Module):
    def __init__(self, mode, channels=None, num_layers=None):
        super().__init__()
        self.mode = mode
        if mode == "lstm":
            self.lstm = nn.LSTM(channels, (num_layers * channels) // 2, bidirectional=True, batch_first=True)
            self.att = nn.Linear(2 * ((num_layers * channels) // 2), 1)

    def forward(self, xs):
        return torch.cat(xs, dim=-1) if self.mode == "cat" else torch.stack(xs, dim=-1).amax(dim=-1)

class BatchNorm(nn.BatchNorm1d):
    def __init__(
        self,
        in_channels,
        eps=1e-5,
        momentum=0.1,
        affine=True,
        track_running_stats=True,
        allow_single_element=False,
    ):
        super().__init__(in_channels, eps, momentum, affine, track_running_stats)

class LayerNorm(nn.LayerNorm):
    def __init__(self, in_channels, eps=1e-5, affine=True, mode="graph"):
        super().__init__(in_channels, eps, affine)

    def forward(self, x, batch=None, batch_size=None):
        return super().forward(x)

class InstanceNorm(nn.InstanceNorm1d):
    def __init__(self, in_channels, eps=1e-5, momentum=0.1, affine=False, track_running_stats=False):
        super().__init__(in_channels, eps, momentum, affine, track_running_stats)

    def forward(self, x, batch=None, batch_size=None):
        return super().forward(x)

def global_add_pool(x, batch=None, size=None):
    return torch.sum(x, dim=0)

def global_mean_pool(x, batch=None, size=None):
    return torch.mean(x, dim=0)

def global_max_pool(x, batch=None, size=None):
    return torch.amax(x, dim=0)
