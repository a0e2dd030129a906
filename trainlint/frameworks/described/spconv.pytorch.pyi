"""Sparse convolutions of spconv (2.x, and 1.x under its shorter name): features pass through, places are left out."""

import torch
import torch.nn.functional as F
from torch import nn

def _elsewhere(features):
    """Features of other places, or of the same ones in another order."""
    return features[torch.arange(2)]

def _features(x):
    return _elsewhere(x if isinstance(x, torch.Tensor) else x.features)

class SparseConvTensor:
    def __init__(
        self,
        features,
        indices,
        spatial_shape,
        batch_size,
        grid=None,
        voxel_num=None,
        indice_dict=None,
        benchmark=False,
        **kwargs,
    ):
        self.features, self.indices, self.spatial_shape, self.batch_size = (
            features,
            indices,
            spatial_shape,
            batch_size,
        )
        self.indice_dict = indice_dict or {}

    def replace_feature(self, feature):
        return SparseConvTensor(feature, self.indices, self.spatial_shape, self.batch_size)

    def dense(self, channels_first=True):
        return _elsewhere(self.features)

    def select_by_index(self, valid_indices):
        return self.replace_feature(_elsewhere(self.features))

    def find_indice_pair(self, key):
        return self.indice_dict.get(key)

    def __add__(self, other):
        return self.replace_feature(self.features + _features(other))

    def minus(self):
        return self.replace_feature(-self.features)

class SparseModule(nn.Module): ...

class SparseSequential(nn.Sequential, SparseModule):
    def forward(self, input):
        for module in self:
            if isinstance(module, SparseModule) or isinstance(input, torch.Tensor):
                input = module(input)
            else:
                input = input.replace_feature(module(input.features))
        return input

class ToDense(SparseModule):
    def forward(self, x):
        return x.dense()

class RemoveGrid(SparseModule):
    def forward(self, x):
        return x

class Identity(SparseModule):
    def forward(self, x):
        return x

def _changed(x, features):
    """Where the input is not known, neither are its places."""
    if isinstance(x, SparseConvTensor):
        return x.replace_feature(features)
    return SparseConvTensor(features, None, None, None)

class SparseConvolution(SparseModule):
    _transposes = False

    def __init__(
        self,
        ndim,
        in_channels,
        out_channels,
        kernel_size=3,
        stride=1,
        padding=0,
        dilation=1,
        groups=1,
        bias=True,
        **kwargs,
    ):
        super().__init__()
        self.ndim, self.in_channels, self.out_channels, self.kernel_size, self.stride, self.padding = (
            ndim,
            in_channels,
            out_channels,
            kernel_size,
            stride,
            padding,
        )
        sizes = kernel_size if isinstance(kernel_size, (tuple, list)) else [kernel_size] * ndim
        wide = (in_channels, out_channels) if self._transposes else (out_channels, in_channels)
        self.weight = nn.Parameter(torch.empty(*wide, *sizes))
        self.bias = nn.Parameter(torch.empty(out_channels)) if bias else None

    def forward(self, input, add_input=None):
        convolve = F.conv_transpose3d if self._transposes else F.conv3d
        return _changed(input, convolve(_features(input), self.weight, self.bias))

class _Conv(SparseConvolution):
    _ndim = 3

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
        indice_key=None,
        *args,
        **kwargs,
    ):
        super().__init__(
            self._ndim,
            in_channels,
            out_channels,
            kernel_size,
            stride,
            padding,
            dilation,
            groups,
            bias,
        )
        self.indice_key = indice_key

class SparseConv1d(_Conv):
    _ndim = 1

class SparseConv2d(_Conv):
    _ndim = 2

class SparseConv3d(_Conv): ...

class SparseConv4d(_Conv):
    _ndim = 4

class SubMConv1d(_Conv):
    _ndim = 1

class SubMConv2d(_Conv):
    _ndim = 2

class SubMConv3d(_Conv): ...

class SubMConv4d(_Conv):
    _ndim = 4

class SparseConvTranspose2d(_Conv):
    _ndim = 2
    _transposes = True

class SparseConvTranspose3d(_Conv):
    _transposes = True

class SparseInverseConv2d(SparseConvolution):
    def __init__(self, in_channels, out_channels, kernel_size, indice_key=None, bias=True, *args, **kwargs):
        super().__init__(2, in_channels, out_channels, kernel_size, bias=bias)
        self.indice_key = indice_key

class SparseInverseConv3d(SparseConvolution):
    def __init__(self, in_channels, out_channels, kernel_size, indice_key=None, bias=True, *args, **kwargs):
        super().__init__(3, in_channels, out_channels, kernel_size, bias=bias)
        self.indice_key = indice_key

class _Pool(SparseModule):
    def __init__(self, *args, **kwargs):
        super().__init__()

    def forward(self, input):
        return _changed(input, _features(input))

class SparseMaxPool2d(_Pool): ...
class SparseMaxPool3d(_Pool): ...
class SparseAvgPool2d(_Pool): ...
class SparseAvgPool3d(_Pool): ...
