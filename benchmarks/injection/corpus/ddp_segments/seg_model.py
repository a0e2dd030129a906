import torch.nn as nn
import torch.nn.functional as F


def conv_bn_relu(i, o, k=3, s=1, d=1):
    pad = d * (k - 1) // 2
    return nn.Sequential(
        nn.Conv2d(i, o, k, stride=s, padding=pad, dilation=d, bias=False),
        nn.BatchNorm2d(o),
        nn.ReLU(inplace=True),
    )


class Segmenter(nn.Module):
    def __init__(self, num_classes, c=48):
        super().__init__()
        self.encoder = nn.Sequential(
            conv_bn_relu(3, c, s=2),
            conv_bn_relu(c, c),
            conv_bn_relu(c, 2 * c, s=2),
            conv_bn_relu(2 * c, 2 * c),
            conv_bn_relu(2 * c, 4 * c, d=2),
            conv_bn_relu(4 * c, 4 * c, d=4),
        )
        self.classifier = nn.Conv2d(4 * c, num_classes, 1)

    def forward(self, x):
        size = x.shape[-2:]
        y = self.classifier(self.encoder(x))
        return F.interpolate(y, size=size, mode="bilinear", align_corners=False)


def build_segmenter(num_classes):
    return Segmenter(num_classes)
