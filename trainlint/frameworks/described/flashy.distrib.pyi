"""What flashy (0.0.2) does around processes; one that is started by itself is one process.

https://github.com/facebookresearch/flashy (distrib)
"""

from contextlib import nullcontext

import dora
from torch.utils.data import DataLoader

def rank():
    return dora.distrib.rank()

def world_size():
    return dora.distrib.world_size()

def init(backend="nccl"):
    return None

def is_rank_zero():
    return rank() == 0

def is_distributed():
    return world_size() > 1

def rank_zero_only(fn):
    return fn

def average_metrics(metrics, count=1.0):
    return metrics

def wrap(model):
    return model

def all_reduce(tensor, op=None):
    return None

def average_tensors(tensors):
    return None

def broadcast_tensors(tensors, src=0):
    return None

def broadcast_model(model, src=0):
    return None

def sync_gradients(params):
    return None

def sync_model(model, sync_buffers=True, average_buffers=True):
    return None

def eager_sync_gradients(params):
    return nullcontext()

def eager_sync_model(model, sync_buffers=True, average_buffers=True):
    return nullcontext()

def loader(dataset, *args, shuffle=False, klass=DataLoader, **kwargs):
    return klass(dataset, *args, shuffle=shuffle, **kwargs)

def broadcast_object(obj=None, src=0, device=None):
    return obj

def barrier():
    return None
