"""The conditional random field of TorchCRF (1.1): transitions are learned, and no layer."""

import torch
from torch import nn

class CRF(nn.Module):
    def __init__(self, num_labels, pad_idx=None, use_gpu=True):
        super().__init__()
        self.num_labels = num_labels
        self.trans_matrix = nn.Parameter(nn.init.uniform_(torch.empty(num_labels, num_labels), -0.1, 0.1))
        self.start_trans = nn.Parameter(nn.init.uniform_(torch.empty(num_labels), -0.1, 0.1))
        self.end_trans = nn.Parameter(nn.init.uniform_(torch.empty(num_labels), -0.1, 0.1))

    def forward(self, h, labels, mask):
        scores = h.unsqueeze(-1) + self.trans_matrix
        return scores.sum(dim=(1, 2, 3)) - torch.logsumexp(scores, dim=(1, 2, 3))

    def viterbi_decode(self, h, mask):
        return h.argmax(dim=-1).tolist()
