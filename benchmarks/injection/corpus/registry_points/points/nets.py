import torch
from torch import nn

from .registry import models


class SharedMLP(nn.Sequential):
    def __init__(self, cin, cout):
        super().__init__(
            nn.Conv1d(cin, cout, 1, bias=False),
            nn.BatchNorm1d(cout),
            nn.ReLU(),
        )


@models.register("pointnet")
class PointNet(nn.Module):
    def __init__(self, n_classes, widths, dropout):
        super().__init__()
        chain = [3] + list(widths)
        self.local = nn.Sequential(*[SharedMLP(a, b) for a, b in zip(chain[:-1], chain[1:])])
        self.classifier = nn.Sequential(
            nn.Linear(widths[-1], 256, bias=False),
            nn.BatchNorm1d(256),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(256, n_classes),
        )

    def forward(self, cloud):
        per_point = self.local(cloud)
        shape = torch.amax(per_point, dim=2)
        return self.classifier(shape)
