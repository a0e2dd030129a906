"""Blocks of MONAI (1.x) that attend."""

import torch
from monai.networks.blocks import act_layer
from torch import nn

class MLPBlock(nn.Module):
    def __init__(self, hidden_size, mlp_dim, dropout_rate=0.0, act="GELU", dropout_mode="vit"):
        super().__init__()
        self.linear1 = nn.Linear(hidden_size, mlp_dim or hidden_size)
        self.fn = act_layer(act)
        self.linear2 = nn.Linear(mlp_dim or hidden_size, hidden_size)
        self.drop1, self.drop2 = nn.Dropout(dropout_rate), nn.Dropout(dropout_rate)

    def forward(self, x):
        return self.drop2(self.linear2(self.drop1(self.fn(self.linear1(x)))))

class SABlock(nn.Module):
    def __init__(self, hidden_size, num_heads, dropout_rate=0.0, qkv_bias=False, **kwargs):
        super().__init__()
        self.qkv = nn.Linear(hidden_size, hidden_size * 3, bias=qkv_bias)
        self.out_proj = nn.Linear(hidden_size, hidden_size)
        self.drop_weights, self.drop_output = nn.Dropout(dropout_rate), nn.Dropout(dropout_rate)

    def forward(self, x, attn_mask=None):
        q, k, v = self.qkv(x).chunk(3, dim=-1)
        weights = self.drop_weights(torch.softmax(torch.matmul(q, k.transpose(-1, -2)), dim=-1))
        return self.drop_output(self.out_proj(torch.matmul(weights, v)))

class TransformerBlock(nn.Module):
    def __init__(self, hidden_size, mlp_dim, num_heads, dropout_rate=0.0, qkv_bias=False, save_attn=False):
        super().__init__()
        self.mlp = MLPBlock(hidden_size, mlp_dim, dropout_rate)
        self.norm1, self.norm2 = nn.LayerNorm(hidden_size), nn.LayerNorm(hidden_size)
        self.attn = SABlock(hidden_size, num_heads, dropout_rate, qkv_bias)

    def forward(self, x, context=None, attn_mask=None):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))
