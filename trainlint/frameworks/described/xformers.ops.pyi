"""Attention and gated layers by the kernels of xformers (0.0.x)."""

import torch.nn.functional as F
from torch import nn

def memory_efficient_attention(query, key, value, attn_bias=None, p=0.0, scale=None, **kwargs):
    return F.scaled_dot_product_attention(query, key, value)

class SwiGLU(nn.Module):
    def __init__(self, in_features, hidden_features, out_features=None, bias=True, **kwargs):
        super().__init__()
        self.w12 = nn.Linear(in_features, 2 * hidden_features, bias=bias)
        self.w3 = nn.Linear(hidden_features, out_features or in_features, bias=bias)

    def forward(self, x):
        gate, value = self.w12(x).chunk(2, dim=-1)
        return self.w3(F.silu(gate) * value)
