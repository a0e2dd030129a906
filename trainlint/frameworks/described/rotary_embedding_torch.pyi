"""Rotary positions of rotary_embedding_torch (0.x): queries and keys are turned, nothing is learned by default."""

import torch
from torch import nn

class RotaryEmbedding(nn.Module):
    def __init__(
        self,
        dim,
        custom_freqs=None,
        freqs_for="lang",
        theta=10000,
        max_freq=10,
        num_freqs=1,
        learned_freq=False,
        **kwargs,
    ):
        super().__init__()
        self.freqs = nn.Parameter(torch.ones(dim // 2), requires_grad=learned_freq)

    def rotate_queries_or_keys(self, t, seq_dim=None, offset=0, scale=None, **kwargs):
        return t * torch.cos(torch.arange(1))

    def rotate_queries_with_cached_keys(self, q, k, seq_dim=None, offset=0):
        return self.rotate_queries_or_keys(q), self.rotate_queries_or_keys(k)

    def rotate_queries_and_keys(self, q, k, seq_dim=None):
        return self.rotate_queries_or_keys(q), self.rotate_queries_or_keys(k)

    def get_axial_freqs(self, *dims, offsets=None):
        return self.forward(torch.arange(1))

    def forward(self, t, seq_len=None, offset=0):
        return torch.outer(t, self.freqs.detach())[torch.arange(2)]

def apply_rotary_emb(freqs, t, start_index=0, scale=1.0, seq_dim=-2, freqs_seq_dim=None):
    return t * torch.cos(torch.arange(1))

def apply_learned_rotations(rotations, t, start_index=0, freq_ranges=None):
    return t * torch.cos(torch.arange(1))
