"""Attention by the kernels of flash_attn (2.x): what is asked, and what it is weighed by, are told as for torch's own."""

import torch
import torch.nn.functional as F

def _attended(q, k, v):
    return F.scaled_dot_product_attention(q, k, v)

def flash_attn_func(q, k, v, *args, **kwargs):
    return _attended(q, k, v)

def flash_attn_varlen_func(q, k, v, *args, **kwargs):
    return _attended(q, k, v)

def flash_attn_kvpacked_func(q, kv, *args, **kwargs):
    return _attended(q, kv[:, :, 0], kv[:, :, 1])

def flash_attn_qkvpacked_func(qkv, *args, **kwargs):
    return _attended(qkv[:, :, 0], qkv[:, :, 1], qkv[:, :, 2])

def flash_attn_varlen_kvpacked_func(q, kv, *args, **kwargs):
    return _attended(q, kv[:, 0], kv[:, 1])

def flash_attn_varlen_qkvpacked_func(qkv, *args, **kwargs):
    return _attended(qkv[:, 0], qkv[:, 1], qkv[:, 2])

def pad_input(hidden_states, indices, batch, seqlen):
    return hidden_states[torch.arange(2)]

def index_first_axis(hidden_states, indices):
    return hidden_states[torch.arange(2)]
