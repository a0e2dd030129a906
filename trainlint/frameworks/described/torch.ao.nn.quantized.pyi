"""Operations without weights that quantization observes (torch 2.x); in floating point they are the plain ones.

https://pytorch.org/docs/stable/generated/torch.ao.nn.quantized.FloatFunctional.html
"""

import torch
from torch import nn

class FloatFunctional(nn.Module):
    def __init__(self):
        super().__init__()

    def add(self, x, y):
        return x + y

    def add_scalar(self, x, y):
        return x + y

    def mul(self, x, y):
        return x * y

    def mul_scalar(self, x, y):
        return x * y

    def matmul(self, x, y):
        return torch.matmul(x, y)

    def cat(self, x, dim=0):
        return torch.cat(x, dim)

    def add_relu(self, x, y):
        return torch.relu(x + y)
