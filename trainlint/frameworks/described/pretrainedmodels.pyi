"""Networks of pretrainedmodels (0.7): those of torchvision under other names of their last layer, and squeezed ones."""

import math
import types

import torch
import torch.nn.functional as F
import torchvision
from torch import nn

def _loaded(model, pretrained):
    if pretrained is not None:
        model.load_state_dict(torch.hub.load_state_dict_from_url(pretrained))
    return model

def _forward(self, input):
    return self.logits(self.features(input))

def _resnet_features(self, input):
    x = self.maxpool(self.relu(self.bn1(self.conv1(input))))
    return self.layer4(self.layer3(self.layer2(self.layer1(x))))

def _resnet_logits(self, features):
    return self.last_linear(self.avgpool(features).flatten(1))

def _resnet(model, num_classes, pretrained):
    _loaded(model, pretrained)
    model.last_linear = model.fc
    model.fc = None
    model.features = types.MethodType(_resnet_features, model)
    model.logits = types.MethodType(_resnet_logits, model)
    model.forward = types.MethodType(_forward, model)
    return model

def resnet18(num_classes=1000, pretrained="imagenet"):
    return _resnet(torchvision.models.resnet18(), num_classes, pretrained)

def resnet34(num_classes=1000, pretrained="imagenet"):
    return _resnet(torchvision.models.resnet34(), num_classes, pretrained)

def resnet50(num_classes=1000, pretrained="imagenet"):
    return _resnet(torchvision.models.resnet50(), num_classes, pretrained)

def resnet101(num_classes=1000, pretrained="imagenet"):
    return _resnet(torchvision.models.resnet101(), num_classes, pretrained)

def resnet152(num_classes=1000, pretrained="imagenet"):
    return _resnet(torchvision.models.resnet152(), num_classes, pretrained)

def _densenet_logits(self, features):
    x = F.avg_pool2d(F.relu(features, inplace=True), kernel_size=7, stride=1)
    return self.last_linear(x.flatten(1))

def _densenet(model, num_classes, pretrained):
    _loaded(model, pretrained)
    model.last_linear = model.classifier
    del model.classifier
    model.logits = types.MethodType(_densenet_logits, model)
    model.forward = types.MethodType(_forward, model)
    return model

def densenet121(num_classes=1000, pretrained="imagenet"):
    return _densenet(torchvision.models.densenet121(), num_classes, pretrained)

def densenet161(num_classes=1000, pretrained="imagenet"):
    return _densenet(torchvision.models.densenet161(), num_classes, pretrained)

def densenet169(num_classes=1000, pretrained="imagenet"):
    return _densenet(torchvision.models.densenet169(), num_classes, pretrained)

def densenet201(num_classes=1000, pretrained="imagenet"):
    return _densenet(torchvision.models.densenet201(), num_classes, pretrained)

class SEModule(nn.Module):
    def __init__(self, channels, reduction):
        super().__init__()
        self.avg_pool = nn.AdaptiveAvgPool2d(1)
        self.fc1 = nn.Conv2d(channels, channels // reduction, 1)
        self.relu = nn.ReLU(inplace=True)
        self.fc2 = nn.Conv2d(channels // reduction, channels, 1)
        self.sigmoid = nn.Sigmoid()

    def forward(self, x):
        return x * self.sigmoid(self.fc2(self.relu(self.fc1(self.avg_pool(x)))))

class _Bottleneck(nn.Module):
    expansion = 4

    def __init__(self, inplanes, planes, groups, reduction, stride=1, downsample=None):
        super().__init__()
        first, second, at = self.widths(planes, groups)
        last = planes * 4
        self.conv1 = nn.Conv2d(inplanes, first, 1, stride=stride if at == 1 else 1, bias=False)
        self.bn1 = nn.BatchNorm2d(first)
        self.conv2 = nn.Conv2d(
            first, second, 3, stride=stride if at == 2 else 1, padding=1, groups=groups, bias=False
        )
        self.bn2 = nn.BatchNorm2d(second)
        self.conv3 = nn.Conv2d(second, last, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(last)
        self.relu = nn.ReLU(inplace=True)
        self.se_module = SEModule(last, reduction)
        self.downsample = downsample

    def forward(self, x):
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        residual = x if self.downsample is None else self.downsample(x)
        return self.relu(self.se_module(out) + residual)

class SEBottleneck(_Bottleneck):
    def widths(self, planes, groups):
        return planes * 2, planes * 4, 2

class SEResNetBottleneck(_Bottleneck):
    def widths(self, planes, groups):
        return planes, planes, 1

class SEResNeXtBottleneck(_Bottleneck):
    def widths(self, planes, groups):
        wide = math.floor(planes / 16) * groups
        return wide, wide, 2

class SENet(nn.Module):
    def __init__(
        self,
        block,
        layers,
        groups,
        reduction,
        dropout_p=0.2,
        inplanes=128,
        input_3x3=True,
        downsample_kernel_size=3,
        downsample_padding=1,
        num_classes=1000,
    ):
        super().__init__()
        self.inplanes, self.groups, self.reduction = inplanes, groups, reduction
        widths = [3, 64, 64, inplanes] if input_3x3 else [3, inplanes]
        size = 3 if input_3x3 else 7
        first = []
        for number, (wide, out) in enumerate(zip(widths[:-1], widths[1:])):
            conv = nn.Conv2d(wide, out, size, stride=2 if number == 0 else 1, padding=size // 2, bias=False)
            first += [conv, nn.BatchNorm2d(out), nn.ReLU(inplace=True)]
        self.layer0 = nn.Sequential(*first, nn.MaxPool2d(3, stride=2, ceil_mode=True))
        self.layer1 = self._stage(block, 64, layers[0], 1, 1)
        self.layer2 = self._stage(block, 128, layers[1], 2, downsample_kernel_size)
        self.layer3 = self._stage(block, 256, layers[2], 2, downsample_kernel_size)
        self.layer4 = self._stage(block, 512, layers[3], 2, downsample_kernel_size)
        self.avg_pool = nn.AvgPool2d(7, stride=1)
        self.dropout = nn.Dropout(dropout_p) if dropout_p is not None else None
        self.last_linear = nn.Linear(512 * block.expansion, num_classes)

    def _stage(self, block, planes, blocks, stride, size):
        out, downsample = planes * block.expansion, None
        if stride != 1 or self.inplanes != out:
            conv = nn.Conv2d(self.inplanes, out, size, stride=stride, padding=size // 2, bias=False)
            downsample = nn.Sequential(conv, nn.BatchNorm2d(out))
        made = [block(self.inplanes, planes, self.groups, self.reduction, stride, downsample)]
        self.inplanes = out
        made += [block(out, planes, self.groups, self.reduction) for _ in range(1, blocks)]
        return nn.Sequential(*made)

    def features(self, x):
        x = self.layer1(self.layer0(x))
        return self.layer4(self.layer3(self.layer2(x)))

    def logits(self, x):
        x = self.avg_pool(x)
        if self.dropout is not None:
            x = self.dropout(x)
        return self.last_linear(x.flatten(1))

    def forward(self, x):
        return self.logits(self.features(x))

def _plain(block, layers, groups, num_classes, pretrained):
    made = SENet(block, layers, groups, 16, None, 64, False, 1, 0, num_classes)
    return _loaded(made, pretrained)

def senet154(num_classes=1000, pretrained="imagenet"):
    return _loaded(SENet(SEBottleneck, [3, 8, 36, 3], 64, 16, num_classes=num_classes), pretrained)

def se_resnet50(num_classes=1000, pretrained="imagenet"):
    return _plain(SEResNetBottleneck, [3, 4, 6, 3], 1, num_classes, pretrained)

def se_resnet101(num_classes=1000, pretrained="imagenet"):
    return _plain(SEResNetBottleneck, [3, 4, 23, 3], 1, num_classes, pretrained)

def se_resnet152(num_classes=1000, pretrained="imagenet"):
    return _plain(SEResNetBottleneck, [3, 8, 36, 3], 1, num_classes, pretrained)

def se_resnext50_32x4d(num_classes=1000, pretrained="imagenet"):
    return _plain(SEResNeXtBottleneck, [3, 4, 6, 3], 32, num_classes, pretrained)

def se_resnext101_32x4d(num_classes=1000, pretrained="imagenet"):
    return _plain(SEResNeXtBottleneck, [3, 4, 23, 3], 32, num_classes, pretrained)

class SeparableConv2d(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size=1, stride=1, padding=0):
        super().__init__()
        self.conv1 = nn.Conv2d(
            in_channels, in_channels, kernel_size, stride, padding, groups=in_channels, bias=False
        )
        self.pointwise = nn.Conv2d(in_channels, out_channels, 1, bias=False)

    def forward(self, x):
        return self.pointwise(self.conv1(x))

class Block(nn.Module):
    def __init__(self, in_filters, out_filters, reps, strides=1, start_with_relu=True, grow_first=True):
        super().__init__()
        self.skip = None
        if out_filters != in_filters or strides != 1:
            self.skip = nn.Conv2d(in_filters, out_filters, 1, stride=strides, bias=False)
            self.skipbn = nn.BatchNorm2d(out_filters)
        between = out_filters if grow_first else in_filters
        widths = [in_filters, *[between] * (reps - 1), out_filters]
        rep = []
        for wide, out in zip(widths[:-1], widths[1:]):
            rep += [nn.ReLU(), SeparableConv2d(wide, out, 3, padding=1), nn.BatchNorm2d(out)]
        if not start_with_relu:
            rep = rep[1:]
        if strides != 1:
            rep.append(nn.MaxPool2d(3, strides, 1))
        self.rep = nn.Sequential(*rep)

    def forward(self, inp):
        skip = inp if self.skip is None else self.skipbn(self.skip(inp))
        return self.rep(inp) + skip

class Xception(nn.Module):
    def __init__(self, num_classes=1000):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 32, 3, 2, bias=False), nn.BatchNorm2d(32)
        self.relu = nn.ReLU(inplace=True)
        self.conv2, self.bn2 = nn.Conv2d(32, 64, 3, bias=False), nn.BatchNorm2d(64)
        self.block1 = Block(64, 128, 2, 2, start_with_relu=False)
        self.block2 = Block(128, 256, 2, 2)
        self.block3 = Block(256, 728, 2, 2)
        self.block4, self.block5 = Block(728, 728, 3), Block(728, 728, 3)
        self.block6, self.block7 = Block(728, 728, 3), Block(728, 728, 3)
        self.block8, self.block9 = Block(728, 728, 3), Block(728, 728, 3)
        self.block10, self.block11 = Block(728, 728, 3), Block(728, 728, 3)
        self.block12 = Block(728, 1024, 2, 2, grow_first=False)
        self.conv3, self.bn3 = SeparableConv2d(1024, 1536, 3, 1, 1), nn.BatchNorm2d(1536)
        self.conv4, self.bn4 = SeparableConv2d(1536, 2048, 3, 1, 1), nn.BatchNorm2d(2048)
        self.last_linear = nn.Linear(2048, num_classes)

    def features(self, input):
        x = self.relu(self.bn1(self.conv1(input)))
        x = self.relu(self.bn2(self.conv2(x)))
        x = self.block4(self.block3(self.block2(self.block1(x))))
        x = self.block8(self.block7(self.block6(self.block5(x))))
        x = self.block12(self.block11(self.block10(self.block9(x))))
        x = self.relu(self.bn3(self.conv3(x)))
        return self.bn4(self.conv4(x))

    def logits(self, features):
        x = F.adaptive_avg_pool2d(self.relu(features), (1, 1))
        return self.last_linear(x.flatten(1))

    def forward(self, input):
        return self.logits(self.features(input))

def xception(num_classes=1000, pretrained="imagenet"):
    return _loaded(Xception(num_classes), pretrained)
