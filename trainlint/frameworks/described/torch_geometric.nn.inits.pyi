"""Initialisers of PyTorch Geometric as its source (2.8) documents them: of a tensor, or of all weights of a module."""

import torch
from torch import nn

def _each(value, init):
    if isinstance(value, torch.Tensor):
        init(value)
    elif isinstance(value, nn.Module):
        for weight in value.parameters():
            init(weight)

def glorot(value):
    _each(value, nn.init.xavier_uniform_)

def zeros(value):
    _each(value, nn.init.zeros_)

def ones(value):
    _each(value, nn.init.ones_)

def normal(value, mean, std):
    _each(value, lambda weight: nn.init.normal_(weight, mean, std))

def constant(value, fill_value):
    _each(value, lambda weight: nn.init.constant_(weight, fill_value))

def uniform(size, value):
    bound = 1.0 / size**0.5
    _each(value, lambda weight: nn.init.uniform_(weight, -bound, bound))

def kaiming_uniform(value, fan, a):
    _each(value, lambda weight: nn.init.kaiming_uniform_(weight, a=a))

def reset(value):
    if hasattr(value, "reset_parameters"):
        value.reset_parameters()
    else:
        for child in value.children() if hasattr(value, "children") else []:
            reset(child)
