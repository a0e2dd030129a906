"""Blocks that MONAI's networks (1.x) are made of, as its sources make them."""

from torch import nn

_CONVS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
_TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
_DROPOUTS = (nn.Dropout, nn.Dropout2d, nn.Dropout3d)
_NORMS = {
    "instance": (nn.InstanceNorm1d, nn.InstanceNorm2d, nn.InstanceNorm3d),
    "batch": (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d),
    "syncbatch": (nn.SyncBatchNorm, nn.SyncBatchNorm, nn.SyncBatchNorm),
    "layer": (nn.LayerNorm, nn.LayerNorm, nn.LayerNorm),
}
_ACTIVATIONS = {
    "relu": nn.ReLU,
    "prelu": nn.PReLU,
    "leakyrelu": nn.LeakyReLU,
    "elu": nn.ELU,
    "selu": nn.SELU,
    "celu": nn.CELU,
    "gelu": nn.GELU,
    "relu6": nn.ReLU6,
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
    "swish": nn.SiLU,
    "memswish": nn.SiLU,
    "mish": nn.Mish,
}

def named(given):
    """`"batch"`, or `("group", {"num_groups": 8})`"""
    if isinstance(given, (tuple, list)):
        return given[0].lower(), given[1] if len(given) > 1 else {}
    return given.lower(), {}

def norm_layer(given, spatial_dims, channels):
    name, options = named(given)
    if name == "group":
        return nn.GroupNorm(num_channels=channels, **options)
    return _NORMS[name][spatial_dims - 1](channels, **options)

def act_layer(given):
    name, options = named(given)
    return _ACTIVATIONS[name](**options)

def conv(spatial_dims, *args, **kwargs):
    return _CONVS[spatial_dims - 1](*args, **kwargs)

def same(kernel_size, dilation=1):
    if isinstance(kernel_size, (tuple, list)):
        return tuple((size - 1) // 2 * dilation for size in kernel_size)
    return (kernel_size - 1) // 2 * dilation

def less_one(strides):
    return tuple(s - 1 for s in strides) if isinstance(strides, (tuple, list)) else strides - 1

def moves(strides):
    return any(s != 1 for s in strides) if isinstance(strides, (tuple, list)) else strides != 1

class ADN(nn.Sequential):
    def __init__(
        self,
        ordering="NDA",
        in_channels=None,
        act="RELU",
        norm=None,
        norm_dim=None,
        dropout=None,
        dropout_dim=None,
    ):
        super().__init__()
        for item in ordering.upper():
            if item == "N" and norm is not None:
                self.add_module("N", norm_layer(norm, norm_dim or dropout_dim, in_channels))
            elif item == "A" and act is not None:
                self.add_module("A", act_layer(act))
            elif item == "D" and dropout is not None:
                self.add_module("D", _DROPOUTS[(dropout_dim or norm_dim) - 1](dropout))

class Convolution(nn.Sequential):
    def __init__(
        self,
        spatial_dims,
        in_channels,
        out_channels,
        strides=1,
        kernel_size=3,
        adn_ordering="NDA",
        act="PRELU",
        norm="INSTANCE",
        dropout=None,
        dropout_dim=1,
        dilation=1,
        groups=1,
        bias=True,
        conv_only=False,
        is_transposed=False,
        padding=None,
        output_padding=None,
    ):
        super().__init__()
        self.in_channels, self.out_channels, self.is_transposed = in_channels, out_channels, is_transposed
        if padding is None:
            padding = same(kernel_size, dilation)
        if is_transposed:
            made = _TRANSPOSED[spatial_dims - 1](
                in_channels,
                out_channels,
                kernel_size,
                strides,
                padding,
                less_one(strides) if output_padding is None else output_padding,
                groups,
                bias,
                dilation,
            )
        else:
            made = conv(
                spatial_dims,
                in_channels,
                out_channels,
                kernel_size,
                strides,
                padding,
                dilation,
                groups,
                bias,
            )
        self.add_module("conv", made)
        if not conv_only and not (act is None and norm is None and dropout is None):
            self.add_module(
                "adn", ADN(adn_ordering, out_channels, act, norm, spatial_dims, dropout, dropout_dim)
            )

class ResidualUnit(nn.Module):
    def __init__(
        self,
        spatial_dims,
        in_channels,
        out_channels,
        strides=1,
        kernel_size=3,
        subunits=2,
        adn_ordering="NDA",
        act="PRELU",
        norm="INSTANCE",
        dropout=None,
        dropout_dim=1,
        dilation=1,
        bias=True,
        last_conv_only=False,
        padding=None,
    ):
        super().__init__()
        self.conv, self.residual = nn.Sequential(), nn.Identity()
        padding = padding or same(kernel_size, dilation)
        subunits = max(1, subunits)
        for number in range(subunits):
            unit = Convolution(
                spatial_dims,
                in_channels if number == 0 else out_channels,
                out_channels,
                strides if number == 0 else 1,
                kernel_size,
                adn_ordering,
                act,
                norm,
                dropout,
                dropout_dim,
                dilation,
                bias=bias,
                conv_only=last_conv_only and number == subunits - 1,
                padding=padding,
            )
            self.conv.add_module(f"unit{number:d}", unit)
        if moves(strides):
            self.residual = conv(
                spatial_dims, in_channels, out_channels, kernel_size, strides, padding, bias=bias
            )
        elif in_channels != out_channels:
            self.residual = conv(spatial_dims, in_channels, out_channels, 1, strides, 0, bias=bias)

    def forward(self, x):
        kept = self.residual(x)
        return self.conv(x) + kept

def plain(spatial_dims, wide, out, kernel_size=3, stride=1, bias=False, transposed=False):
    """A convolution alone; one that goes up doubles the size."""
    if transposed:
        return _TRANSPOSED[spatial_dims - 1](wide, out, kernel_size, stride, bias=bias)
    return conv(spatial_dims, wide, out, kernel_size, stride, same(kernel_size), bias=bias)
