from torch import nn
from torchvision import models


def build(cfg):
    net = models.resnet50(weights=models.ResNet50_Weights.DEFAULT)
    net.fc = nn.Linear(net.fc.in_features, cfg["classes"])
    return net
