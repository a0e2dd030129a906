import torch
from torch import nn


class DiceBCE(nn.Module):
    """Binary cross-entropy on logits plus soft dice."""

    def __init__(self, dice_weight=0.5, eps=1.0):
        super().__init__()
        self.bce = nn.BCEWithLogitsLoss()
        self.dice_weight = dice_weight
        self.eps = eps

    def forward(self, logits, target):
        bce = self.bce(logits, target)
        prob = torch.sigmoid(logits)
        inter = (prob * target).sum(dim=(1, 2, 3))
        union = prob.sum(dim=(1, 2, 3)) + target.sum(dim=(1, 2, 3))
        dice = 1 - (2 * inter + self.eps) / (union + self.eps)
        return bce + self.dice_weight * dice.mean()
