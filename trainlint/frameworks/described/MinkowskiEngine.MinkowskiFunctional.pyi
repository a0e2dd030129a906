"""Functions of sparse tensors in MinkowskiEngine (0.5)."""

import torch.nn.functional as F
from MinkowskiEngine import SparseTensor

def _applied(function, input, args, kwargs):
    return SparseTensor(function(input.F, *args, **kwargs))

def relu(input, *args, **kwargs):
    return _applied(F.relu, input, args, kwargs)

def relu6(input, *args, **kwargs):
    return _applied(F.relu6, input, args, kwargs)

def leaky_relu(input, *args, **kwargs):
    return _applied(F.leaky_relu, input, args, kwargs)

def elu(input, *args, **kwargs):
    return _applied(F.elu, input, args, kwargs)

def gelu(input, *args, **kwargs):
    return _applied(F.gelu, input, args, kwargs)

def sigmoid(input, *args, **kwargs):
    return _applied(F.sigmoid, input, args, kwargs)

def tanh(input, *args, **kwargs):
    return _applied(F.tanh, input, args, kwargs)

def softmax(input, *args, **kwargs):
    return _applied(F.softmax, input, args, kwargs)

def log_softmax(input, *args, **kwargs):
    return _applied(F.log_softmax, input, args, kwargs)

def dropout(input, *args, **kwargs):
    return _applied(F.dropout, input, args, kwargs)
