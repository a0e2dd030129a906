"""Marks of quantization in a network (torch 2.x): while it trains in floating point they hand their input on.

https://pytorch.org/docs/stable/quantization-support.html
"""

from torch import nn

class QuantStub(nn.Module):
    def __init__(self, qconfig=None):
        super().__init__()

    def forward(self, x):
        return x

class DeQuantStub(nn.Module):
    def __init__(self, qconfig=None):
        super().__init__()

    def forward(self, x):
        return x

class QuantWrapper(nn.Module):
    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, X):
        return self.module(X)
