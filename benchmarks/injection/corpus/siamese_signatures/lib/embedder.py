import torch.nn as nn
import torch.nn.functional as F


class Embedder(nn.Module):
    def __init__(self, channels, embedding):
        super().__init__()
        layers = []
        prev = 1
        for c in channels:
            layers += [nn.Conv2d(prev, c, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
            prev = c
        self.features = nn.Sequential(*layers)
        self.project = nn.Linear(prev, embedding)

    def forward(self, img):
        h = self.features(img)
        h = F.adaptive_avg_pool2d(h, 1).flatten(1)
        return F.normalize(self.project(h), dim=1)
