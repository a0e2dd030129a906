"""Attention within windows of local_attention (1.x)."""

import torch
import torch.nn.functional as F
from torch import nn

class LocalAttention(nn.Module):
    def __init__(
        self, window_size, causal=False, look_backward=1, look_forward=None, dropout=0.0, *args, **kwargs
    ):
        super().__init__()
        self.window_size, self.causal = window_size, causal
        self.dropout = nn.Dropout(dropout)

    def forward(self, q, k, v, mask=None, input_mask=None, attn_bias=None, window_size=None):
        weights = self.dropout(F.softmax(torch.matmul(q, k.transpose(-1, -2)), dim=-1))
        return torch.matmul(weights, v)

class LocalMHA(nn.Module):
    def __init__(
        self,
        *,
        dim,
        window_size,
        dim_head=64,
        heads=8,
        dropout=0.0,
        causal=False,
        prenorm=False,
        gate_values_per_head=False,
        **kwargs,
    ):
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(dim) if prenorm else nn.Identity()
        self.to_qkv = nn.Linear(dim, dim_head * heads * 3, bias=False)
        self.attn_fn = LocalAttention(window_size, causal, dropout=dropout)
        self.to_v_gate = nn.Linear(dim, heads) if gate_values_per_head else None
        self.to_out = nn.Linear(dim_head * heads, dim, bias=False)

    def forward(self, x, mask=None, attn_bias=None, cache=None, return_cache=False):
        x = self.norm(x)
        q, k, v = self.to_qkv(x).chunk(3, dim=-1)
        out = self.attn_fn(q, k, v)
        if self.to_v_gate is not None:
            out = out * self.to_v_gate(x).sigmoid().repeat_interleave(out.shape[-1] // self.heads, dim=-1)
        out = self.to_out(out)
        return (out, torch.stack((k, v))) if return_cache else out
