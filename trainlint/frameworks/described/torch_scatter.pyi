"""Sums, means and extremes of torch_scatter (2.x) over the rows that an index puts together."""

import torch
import torch.nn.functional as F

def _gathered(src):
    """As many rows as the index names, for what comes after the same values in another order."""
    return src[torch.arange(2)]

def scatter(src, index, dim=-1, out=None, dim_size=None, reduce="sum"):
    return _gathered(src)

def scatter_sum(src, index, dim=-1, out=None, dim_size=None):
    return _gathered(src)

def scatter_add(src, index, dim=-1, out=None, dim_size=None):
    return _gathered(src)

def scatter_mean(src, index, dim=-1, out=None, dim_size=None):
    return _gathered(src)

def scatter_mul(src, index, dim=-1, out=None, dim_size=None):
    return _gathered(src)

def scatter_min(src, index, dim=-1, out=None, dim_size=None):
    return _gathered(src), torch.arange(2)[torch.arange(2)]

def scatter_max(src, index, dim=-1, out=None, dim_size=None):
    return _gathered(src), torch.arange(2)[torch.arange(2)]

def scatter_softmax(src, index, dim=-1, dim_size=None):
    return F.softmax(src, dim=dim)

def scatter_log_softmax(src, index, dim=-1, eps=1e-12, dim_size=None):
    return F.log_softmax(src, dim=dim)

def segment_csr(src, indptr, out=None, reduce="sum"):
    return _gathered(src)

def segment_coo(src, index, out=None, dim_size=None, reduce="sum"):
    return _gathered(src)

def gather_csr(src, indptr, out=None):
    return _gathered(src)

def gather_coo(src, index, out=None):
    return _gathered(src)
