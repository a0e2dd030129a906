"""mmcv.cnn.bricks (2.x; 1.x alike): stochastic depth, patches, standardised weights, contexts, and what builds them by config."""

import torch
from mmcv.cnn import build_conv_layer, build_norm_layer
from mmengine.model import BaseModule
from mmengine.registry import MODELS
from torch import nn

def drop_path(x, drop_prob=0.0, training=False):
    return x if drop_prob == 0.0 or not training else nn.functional.dropout(x, drop_prob, training)

class DropPath(nn.Module):
    def __init__(self, drop_prob=0.1):
        super().__init__()
        self.drop_prob = drop_prob

    def forward(self, x):
        return drop_path(x, self.drop_prob, self.training)

class Dropout(nn.Dropout):
    def __init__(self, drop_prob=0.5, inplace=False):
        super().__init__(p=drop_prob, inplace=inplace)

def build_dropout(cfg, default_args=None):
    return MODELS.build(cfg, default_args=default_args)

def build_plugin_layer(cfg, postfix="", **kwargs):
    return "plugin" + str(postfix), MODELS.build(cfg, default_args=kwargs)

def build_padding_layer(cfg, *args, **kwargs):
    padding = {"zero": nn.ZeroPad2d, "reflect": nn.ReflectionPad2d, "replicate": nn.ReplicationPad2d}
    return padding[cfg["type"]](*args, **kwargs)

def build_transformer_layer(cfg, default_args=None):
    return MODELS.build(cfg, default_args=default_args)

def build_transformer_layer_sequence(cfg, default_args=None):
    return MODELS.build(cfg, default_args=default_args)

def build_attention(cfg, default_args=None):
    return MODELS.build(cfg, default_args=default_args)

def build_feedforward_network(cfg, default_args=None):
    return MODELS.build(cfg, default_args=default_args)

def is_norm(layer, exclude=None):
    kinds = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.SyncBatchNorm, nn.GroupNorm, nn.LayerNorm)
    kinds += (nn.InstanceNorm1d, nn.InstanceNorm2d, nn.InstanceNorm3d)
    if exclude is not None and isinstance(layer, exclude):
        return False
    return isinstance(layer, kinds)

class AdaptivePadding(nn.Module):
    def __init__(self, kernel_size=1, stride=1, dilation=1, padding="corner"):
        super().__init__()
        self.padding = padding

    def get_pad_shape(self, input_shape):
        return 0, 0

    def forward(self, x):
        return x

class PatchEmbed(BaseModule):
    def __init__(
        self,
        in_channels=3,
        embed_dims=768,
        conv_type="Conv2d",
        kernel_size=16,
        stride=16,
        padding="corner",
        dilation=1,
        bias=True,
        norm_cfg=None,
        input_size=None,
        init_cfg=None,
    ):
        super().__init__(init_cfg=init_cfg)
        self.embed_dims = embed_dims
        self.projection = build_conv_layer(
            dict(type=conv_type),
            in_channels=in_channels,
            out_channels=embed_dims,
            kernel_size=kernel_size,
            stride=kernel_size if stride is None else stride,
            padding=0 if isinstance(padding, str) else padding,
            dilation=dilation,
            bias=bias,
        )
        self.norm = None if norm_cfg is None else build_norm_layer(norm_cfg, embed_dims)[1]
        self.init_input_size = self.init_out_size = None
        if input_size:
            size = (input_size, input_size) if isinstance(input_size, int) else input_size
            step = kernel_size if stride is None else stride
            steps = (step, step) if isinstance(step, int) else step
            self.init_input_size = size
            self.init_out_size = (size[0] // steps[0], size[1] // steps[1])

    def forward(self, x):
        x = self.projection(x)
        out_size = (x.shape[2], x.shape[3])
        x = x.flatten(2).transpose(1, 2)
        if self.norm is not None:
            x = self.norm(x)
        return x, out_size

class PatchMerging(BaseModule):
    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size=2,
        stride=None,
        padding="corner",
        dilation=1,
        bias=False,
        norm_cfg=dict(type="LN"),
        init_cfg=None,
    ):
        super().__init__(init_cfg=init_cfg)
        self.in_channels, self.out_channels = in_channels, out_channels
        high, wide = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
        self.sampler = nn.Unfold(kernel_size=kernel_size, dilation=dilation, stride=stride or kernel_size)
        width = high * wide * in_channels
        self.norm = None if norm_cfg is None else build_norm_layer(norm_cfg, width)[1]
        self.reduction = nn.Linear(width, out_channels, bias=bias)
        self.steps = (high, wide)

    def forward(self, x, input_size):
        high, wide = input_size
        batch, _, channels = x.shape
        x = self.sampler(x.view(batch, high, wide, channels).permute(0, 3, 1, 2)).transpose(1, 2)
        if self.norm is not None:
            x = self.norm(x)
        return self.reduction(x), (high // self.steps[0], wide // self.steps[1])

class Conv2dAdaptivePadding(nn.Conv2d):
    def __init__(
        self, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=True
    ):
        super().__init__(
            in_channels, out_channels, kernel_size, stride, kernel_size // 2, dilation, groups, bias
        )

class ConvWS2d(nn.Conv2d):
    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size,
        stride=1,
        padding=0,
        dilation=1,
        groups=1,
        bias=True,
        eps=1e-5,
    ):
        super().__init__(in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias)

class ConvAWS2d(nn.Conv2d):
    def __init__(
        self, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=True
    ):
        super().__init__(in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias)

class HSwish(nn.Hardswish):
    def __init__(self, inplace=False):
        super().__init__()

class HSigmoid(nn.Module):
    def __init__(self, bias=3.0, divisor=6.0, min_value=0.0, max_value=1.0):
        super().__init__()
        self.bias, self.divisor, self.min_value, self.max_value = bias, divisor, min_value, max_value

    def forward(self, x):
        return torch.clamp((x + self.bias) / self.divisor, self.min_value, self.max_value)

class Swish(nn.SiLU):
    def __init__(self):
        super().__init__()

class Clamp(nn.Module):
    def __init__(self, min=-1.0, max=1.0):
        super().__init__()
        self.min, self.max = min, max

    def forward(self, x):
        return torch.clamp(x, min=self.min, max=self.max)

class ContextBlock(nn.Module):
    def __init__(self, in_channels, ratio, pooling_type="att", fusion_types=("channel_add",)):
        super().__init__()
        inner = int(in_channels * ratio)
        self.pooling_type = pooling_type
        if pooling_type == "att":
            self.conv_mask = nn.Conv2d(in_channels, 1, kernel_size=1)
            self.softmax = nn.Softmax(dim=2)
            nn.init.kaiming_normal_(self.conv_mask.weight, mode="fan_in")
            nn.init.constant_(self.conv_mask.bias, 0)
        else:
            self.avg_pool = nn.AdaptiveAvgPool2d(1)
        self.channel_add_conv = self.way(in_channels, inner) if "channel_add" in fusion_types else None
        self.channel_mul_conv = self.way(in_channels, inner) if "channel_mul" in fusion_types else None

    def way(self, width, inner):
        last = nn.Conv2d(inner, width, kernel_size=1)
        nn.init.constant_(last.weight, 0)
        nn.init.constant_(last.bias, 0)
        return nn.Sequential(
            nn.Conv2d(width, inner, kernel_size=1), nn.LayerNorm([inner, 1, 1]), nn.ReLU(inplace=True), last
        )

    def forward(self, x):
        if self.pooling_type == "att":
            mask = self.softmax(self.conv_mask(x).flatten(2)).unsqueeze(-1)
            batch, width = x.shape[:2]
            context = torch.matmul(x.flatten(2).unsqueeze(1), mask).view(batch, width, 1, 1)
        else:
            context = self.avg_pool(x)
        if self.channel_mul_conv is not None:
            x = x * torch.sigmoid(self.channel_mul_conv(context))
        if self.channel_add_conv is not None:
            x = x + self.channel_add_conv(context)
        return x
