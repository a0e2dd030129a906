"""Aggregations and pools of PyTorch Geometric as its documentation (2.8) describes them: what makes one row of the nodes of
each graph, or leaves nodes out. https://pytorch-geometric.readthedocs.io/en/latest/modules/nn.html#aggregation-operators"""

import torch
from torch import nn
from torch_geometric.nn.conv import GraphConv

class Aggregation(nn.Module):
    def __init__(self, *args, **kwargs):
        super().__init__()

    def reset_parameters(self):
        pass

    def reduce(self, x, index=None, ptr=None, dim_size=None, dim=-2, reduce="sum"):
        return torch.sum(x, dim=0, keepdim=True)

    def forward(self, x, index=None, ptr=None, dim_size=None, dim=-2, max_num_elements=None, batch=None):
        return torch.sum(x, dim=0, keepdim=True)

class SumAggregation(Aggregation):
    pass

class MeanAggregation(Aggregation):
    def forward(self, x, index=None, ptr=None, dim_size=None, dim=-2):
        return torch.mean(x, dim=0, keepdim=True)

class MaxAggregation(Aggregation):
    def forward(self, x, index=None, ptr=None, dim_size=None, dim=-2):
        return torch.amax(x, dim=0, keepdim=True)

class MinAggregation(Aggregation):
    def forward(self, x, index=None, ptr=None, dim_size=None, dim=-2):
        return torch.amin(x, dim=0, keepdim=True)

class MedianAggregation(Aggregation):
    pass

class VarAggregation(Aggregation):
    pass

class StdAggregation(Aggregation):
    pass

class SortAggregation(Aggregation):
    def __init__(self, k):
        super().__init__()
        self.k = k

    def forward(self, x, index=None, ptr=None, dim_size=None, dim=-2, max_num_elements=None):
        return torch.cat([x[:1]] * self.k, dim=-1)

class MultiAggregation(Aggregation):
    def __init__(self, aggrs, aggrs_kwargs=None, mode="cat", mode_kwargs=None):
        super().__init__()
        self.parts, self.mode = len(aggrs), mode

    def forward(self, x, index=None, ptr=None, dim_size=None, dim=-2):
        out = torch.sum(x, dim=0, keepdim=True)
        return torch.cat([out] * self.parts, dim=-1) if self.mode == "cat" else out

class AttentionalAggregation(Aggregation):
    def __init__(self, gate_nn, nn=None):
        super().__init__()
        self.gate_nn, self.nn = gate_nn, nn

    def forward(self, x, index=None, ptr=None, dim_size=None, dim=-2, batch=None, size=None):
        gate = torch.softmax(self.gate_nn(x), dim=0)
        if self.nn is not None:
            x = self.nn(x)
        return (gate * x).sum(dim=0, keepdim=True)

GlobalAttention = AttentionalAggregation

class Set2Set(Aggregation):
    def __init__(self, in_channels, processing_steps, **kwargs):
        super().__init__()
        self.in_channels, self.out_channels = in_channels, 2 * in_channels
        self.lstm = nn.LSTM(self.out_channels, in_channels, **kwargs)

    def forward(self, x, index=None, ptr=None, dim_size=None, dim=-2, batch=None):
        read = torch.sum(x, dim=0, keepdim=True)
        query, _ = self.lstm(torch.cat([read, read], dim=-1))
        return torch.cat([query, read], dim=-1)

class LSTMAggregation(Aggregation):
    def __init__(self, in_channels, out_channels, **kwargs):
        super().__init__()
        self.lstm = nn.LSTM(in_channels, out_channels, batch_first=True, **kwargs)

    def forward(self, x, index=None, ptr=None, dim_size=None, dim=-2, max_num_elements=None):
        return self.lstm(x)[0][-1:]

class TopKPooling(nn.Module):
    def __init__(self, in_channels, ratio=0.5, min_score=None, multiplier=1.0, nonlinearity="tanh"):
        super().__init__()
        self.weight = nn.Parameter(nn.init.uniform_(torch.empty(1, in_channels)))

    def forward(self, x, edge_index, edge_attr=None, batch=None, attn=None):
        score = (x * self.weight).sum(dim=-1)
        return x * score.view(-1, 1), edge_index, edge_attr, batch, score, score

class SAGPooling(nn.Module):
    def __init__(
        self,
        in_channels,
        ratio=0.5,
        GNN=GraphConv,
        min_score=None,
        multiplier=1.0,
        nonlinearity="tanh",
        **kwargs,
    ):
        super().__init__()
        self.gnn = GNN(in_channels, 1, **kwargs)

    def forward(self, x, edge_index, edge_attr=None, batch=None, attn=None):
        score = self.gnn(x, edge_index)
        return x * score.view(-1, 1), edge_index, edge_attr, batch, score, score
