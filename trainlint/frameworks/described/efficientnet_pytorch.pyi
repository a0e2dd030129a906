"""EfficientNet of efficientnet_pytorch (0.7) as its sources make it."""

import math

import torch
import torch.nn.functional as F
from torch import nn

_SCALES = {
    "efficientnet-b0": (1.0, 1.0, 0.2, 224),
    "efficientnet-b1": (1.0, 1.1, 0.2, 240),
    "efficientnet-b2": (1.1, 1.2, 0.3, 260),
    "efficientnet-b3": (1.2, 1.4, 0.3, 300),
    "efficientnet-b4": (1.4, 1.8, 0.4, 380),
    "efficientnet-b5": (1.6, 2.2, 0.4, 456),
    "efficientnet-b6": (1.8, 2.6, 0.5, 528),
    "efficientnet-b7": (2.0, 3.1, 0.5, 600),
    "efficientnet-b8": (2.2, 3.6, 0.5, 672),
    "efficientnet-l2": (4.3, 5.3, 0.5, 800),
}
_STAGES = (
    (1, 3, 1, 1, 32, 16),
    (2, 3, 2, 6, 16, 24),
    (2, 5, 2, 6, 24, 40),
    (3, 3, 2, 6, 40, 80),
    (3, 5, 1, 6, 80, 112),
    (4, 5, 2, 6, 112, 192),
    (1, 3, 1, 6, 192, 320),
)

def _wide(channels, scale):
    channels = channels * scale
    rounded = max(8, int(channels + 4) // 8 * 8)
    return int(rounded + 8 if rounded < 0.9 * channels else rounded)

class MBConvBlock(nn.Module):
    def __init__(self, wide, out, kernel, stride, expand):
        super().__init__()
        inner = wide * expand
        self._expand, self._skips = expand != 1, stride == 1 and wide == out
        if self._expand:
            self._expand_conv = nn.Conv2d(wide, inner, 1, bias=False)
            self._bn0 = nn.BatchNorm2d(inner, eps=1e-3, momentum=0.01)
        self._depthwise_conv = nn.Conv2d(
            inner, inner, kernel, stride, padding=kernel // 2, groups=inner, bias=False
        )
        self._bn1 = nn.BatchNorm2d(inner, eps=1e-3, momentum=0.01)
        squeezed = max(1, int(wide * 0.25))
        self._se_reduce = nn.Conv2d(inner, squeezed, 1)
        self._se_expand = nn.Conv2d(squeezed, inner, 1)
        self._project_conv = nn.Conv2d(inner, out, 1, bias=False)
        self._bn2 = nn.BatchNorm2d(out, eps=1e-3, momentum=0.01)

    def set_swish(self, memory_efficient=True):
        pass

    def forward(self, inputs, drop_connect_rate=None):
        x = F.silu(self._bn0(self._expand_conv(inputs))) if self._expand else inputs
        x = F.silu(self._bn1(self._depthwise_conv(x)))
        gate = F.silu(self._se_reduce(F.adaptive_avg_pool2d(x, 1)))
        x = torch.sigmoid(self._se_expand(gate)) * x
        x = self._bn2(self._project_conv(x))
        return x + inputs if self._skips else x

class EfficientNet(nn.Module):
    def __init__(self, blocks_args=None, global_params=None):
        super().__init__()
        options = global_params
        scale, depth, dropout, _image_size = options["scales"]
        self._global_params = options
        first = _wide(32, scale)
        self._conv_stem = nn.Conv2d(options.get("in_channels", 3), first, 3, stride=2, padding=1, bias=False)
        self._bn0 = nn.BatchNorm2d(first, eps=1e-3, momentum=0.01)
        self._blocks = nn.ModuleList([])
        for repeats, kernel, stride, expand, wide, out in _STAGES:
            wide, out = _wide(wide, scale), _wide(out, scale)
            for number in range(math.ceil(repeats * depth)):
                first_of_stage = number == 0
                self._blocks.append(
                    MBConvBlock(
                        wide if first_of_stage else out, out, kernel, stride if first_of_stage else 1, expand
                    )
                )
        last = _wide(1280, scale)
        self._conv_head = nn.Conv2d(_wide(320, scale), last, 1, bias=False)
        self._bn1 = nn.BatchNorm2d(last, eps=1e-3, momentum=0.01)
        self._avg_pooling = nn.AdaptiveAvgPool2d(1)
        self._include_top = options.get("include_top", True)
        if self._include_top:
            self._dropout = nn.Dropout(options.get("dropout_rate", dropout))
            self._fc = nn.Linear(last, options.get("num_classes", 1000))
        self._swish = nn.SiLU()

    def set_swish(self, memory_efficient=True):
        pass

    def extract_features(self, inputs):
        x = self._swish(self._bn0(self._conv_stem(inputs)))
        for block in self._blocks:
            x = block(x)
        return self._swish(self._bn1(self._conv_head(x)))

    def extract_endpoints(self, inputs):
        x = self._swish(self._bn0(self._conv_stem(inputs)))
        endpoints, before = {}, x
        for number, block in enumerate(self._blocks):
            x = block(x)
            if block._depthwise_conv.stride[0] > 1:
                endpoints[f"reduction_{len(endpoints) + 1}"] = before
            elif number == len(self._blocks) - 1:
                endpoints[f"reduction_{len(endpoints) + 1}"] = x
            before = x
        endpoints[f"reduction_{len(endpoints) + 1}"] = self._swish(self._bn1(self._conv_head(x)))
        return endpoints

    def forward(self, inputs):
        x = self._avg_pooling(self.extract_features(inputs))
        if self._include_top:
            x = self._fc(self._dropout(x.flatten(start_dim=1)))
        return x

    @classmethod
    def from_name(cls, model_name, in_channels=3, **override_params):
        options = {"scales": _SCALES[model_name], "in_channels": in_channels, **override_params}
        return cls([], options)

    @classmethod
    def from_pretrained(
        cls,
        model_name,
        weights_path=None,
        advprop=False,
        in_channels=3,
        num_classes=1000,
        **override_params,
    ):
        model = cls.from_name(model_name, in_channels, num_classes=num_classes, **override_params)
        weights = torch.hub.load_state_dict_from_url(model_name)
        if num_classes == 1000:
            model.load_state_dict(weights)
        else:
            fresh = model._fc
            model._fc = nn.Identity()
            model.load_state_dict(weights)
            model._fc = fresh
        return model

    @classmethod
    def get_image_size(cls, model_name):
        return _SCALES[model_name][3]
