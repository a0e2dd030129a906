"""Densely connected networks of MONAI (1.x)."""

import torch
from monai.networks.blocks import act_layer, conv, norm_layer
from torch import nn

_POOLS = (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d)
_AVERAGES = (nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d)
_ADAPTIVE = (nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d, nn.AdaptiveAvgPool3d)

def _he(layer):
    nn.init.kaiming_normal_(layer.weight)
    return layer

class _DenseLayer(nn.Module):
    def __init__(self, dims, wide, growth, size, dropout, act, norm):
        super().__init__()
        self.layers = nn.Sequential(
            norm_layer(norm, dims, wide),
            act_layer(act),
            _he(conv(dims, wide, size * growth, 1, bias=False)),
            norm_layer(norm, dims, size * growth),
            act_layer(act),
            _he(conv(dims, size * growth, growth, 3, padding=1, bias=False)),
            nn.Dropout(dropout),
        )

    def forward(self, x):
        return torch.cat([x, self.layers(x)], 1)

class DenseNet(nn.Module):
    _blocks = (6, 12, 24, 16)

    def __init__(
        self,
        spatial_dims,
        in_channels,
        out_channels,
        init_features=64,
        growth_rate=32,
        block_config=None,
        pretrained=False,
        progress=True,
        bn_size=4,
        act=("relu", {"inplace": True}),
        norm="batch",
        dropout_prob=0.0,
    ):
        super().__init__()
        dims, wide = spatial_dims, init_features
        parts = [
            _he(conv(dims, in_channels, wide, 7, stride=2, padding=3, bias=False)),
            norm_layer(norm, dims, wide),
            act_layer(act),
            _POOLS[dims - 1](kernel_size=3, stride=2, padding=1),
        ]
        counts = block_config or self._blocks
        for number, count in enumerate(counts):
            block = []
            for _ in range(count):
                block.append(_DenseLayer(dims, wide, growth_rate, bn_size, dropout_prob, act, norm))
                wide += growth_rate
            parts += [nn.Sequential(*block), norm_layer(norm, dims, wide)]
            if number < len(counts) - 1:
                parts += [act_layer(act), _he(conv(dims, wide, wide // 2, 1, bias=False))]
                parts.append(_AVERAGES[dims - 1](kernel_size=2, stride=2))
                wide //= 2
        self.features = nn.Sequential(*parts)
        self.class_layers = nn.Sequential(
            act_layer(act), _ADAPTIVE[dims - 1](1), nn.Flatten(1), nn.Linear(wide, out_channels)
        )
        if pretrained:
            self.features.load_state_dict(torch.hub.load_state_dict_from_url("densenet"))

    def forward(self, x):
        return self.class_layers(self.features(x))

class DenseNet121(DenseNet): ...

class DenseNet169(DenseNet):
    _blocks = (6, 12, 32, 32)

class DenseNet201(DenseNet):
    _blocks = (6, 12, 48, 32)

class DenseNet264(DenseNet):
    _blocks = (6, 12, 64, 48)
