import torch
from torch import Tensor, nn


class ChurnNet(nn.Module):
    def __init__(self, cardinalities, n_cont, hidden, embed_dropout):
        super().__init__()
        self.embeds = nn.ModuleList(nn.Embedding(c, min(50, (c + 1) // 2)) for c in cardinalities)
        self.embed_dropout = nn.Dropout(embed_dropout)
        width = sum(e.embedding_dim for e in self.embeds) + n_cont
        blocks = []
        for h in hidden:
            blocks.append(nn.Linear(width, h, bias=False))
            blocks.append(nn.BatchNorm1d(h))
            blocks.append(nn.ReLU())
            width = h
        self.trunk = nn.Sequential(*blocks)
        self.score = nn.Linear(width, 1)

    def forward(self, cats: Tensor, conts: Tensor) -> Tensor:
        embedded = [e(cats[:, i]) for i, e in enumerate(self.embeds)]
        x = self.embed_dropout(torch.cat(embedded, dim=1))
        x = torch.cat([x, conts], dim=1)
        return self.score(self.trunk(x))[:, 0]
