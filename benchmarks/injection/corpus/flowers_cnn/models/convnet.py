import torch
import torch.nn as nn
import torch.nn.functional as F


class FlowerNet(nn.Module):
    """Four conv stages followed by global average pooling; expects (N, 3, 96, 96)."""

    def __init__(self, num_classes, width=32, p_drop=0.3):
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width * 2, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width * 2)
        self.conv3 = nn.Conv2d(width * 2, width * 4, 3, padding=1, bias=False)
        self.bn3 = nn.BatchNorm2d(width * 4)
        self.conv4 = nn.Conv2d(width * 4, width * 4, 3, padding=1, bias=False)
        self.bn4 = nn.BatchNorm2d(width * 4)
        self.pool = nn.MaxPool2d(2)
        self.gap = nn.AdaptiveAvgPool2d(1)
        self.dropout = nn.Dropout(p_drop)
        self.head = nn.Linear(width * 4, num_classes)

    def forward(self, x):
        x = self.pool(F.relu(self.bn1(self.conv1(x))))
        x = self.pool(F.relu(self.bn2(self.conv2(x))))
        x = self.pool(F.relu(self.bn3(self.conv3(x))))
        x = F.relu(self.bn4(self.conv4(x)))
        x = torch.flatten(self.gap(x), 1)
        return self.head(self.dropout(x))
