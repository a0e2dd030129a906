import torch
from torch import nn


class CopyTransformer(nn.Module):
    def __init__(self, symbols, d_model=128, nhead=4, layers=3, max_len=64):
        super().__init__()
        self.symbols = nn.Embedding(symbols, d_model)
        self.places = nn.Embedding(max_len, d_model)
        self.core = nn.Transformer(d_model, nhead, layers, layers, 4 * d_model, batch_first=True)
        self.generator = nn.Linear(d_model, symbols)

    def embed(self, s):
        return self.symbols(s) + self.places(torch.arange(s.size(1), device=s.device))

    def forward(self, src, tgt):
        causal = nn.Transformer.generate_square_subsequent_mask(tgt.size(1), device=tgt.device)
        return self.generator(self.core(self.embed(src), self.embed(tgt), tgt_mask=causal))
