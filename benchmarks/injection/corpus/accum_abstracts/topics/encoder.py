import math

import torch
import torch.nn as nn


class Positional(nn.Module):
    def __init__(self, width, length=512):
        super().__init__()
        pos = torch.arange(length).unsqueeze(1)
        div = torch.exp(torch.arange(0, width, 2) * (-math.log(10000.0) / width))
        table = torch.zeros(length, width)
        table[:, 0::2] = torch.sin(pos * div)
        table[:, 1::2] = torch.cos(pos * div)
        self.register_buffer("table", table)

    def forward(self, x):
        return x + self.table[: x.size(1)]


class TopicClassifier(nn.Module):
    """Transformer encoder, mean pooled over the real tokens; one logit per topic (several may hold)."""

    def __init__(self, vocab_size, num_topics, width, heads, depth, ff, dropout):
        super().__init__()
        self.embed = nn.Embedding(vocab_size, width, padding_idx=0)
        self.positional = Positional(width)
        layer = nn.TransformerEncoderLayer(width, heads, ff, dropout, batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, depth, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, num_topics)

    def forward(self, ids):
        pad = ids.eq(0)
        h = self.encoder(self.positional(self.embed(ids)), src_key_padding_mask=pad)
        keep = (~pad).unsqueeze(-1).float()
        pooled = (self.norm(h) * keep).sum(1) / keep.sum(1).clamp(min=1.0)
        return self.head(pooled)
