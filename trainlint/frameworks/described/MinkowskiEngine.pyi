"""Sparse convolutions of MinkowskiEngine (0.5): features pass through, coordinates are left out."""

import torch
import torch.nn.functional as F
from torch import nn

def _elsewhere(features):
    """Features of other coordinates, or of the same ones in another order."""
    return features[torch.arange(2)]

def _features(x):
    return x if isinstance(x, (torch.Tensor, float, int)) else x.F

class SparseTensor:
    def __init__(
        self,
        features,
        coordinates=None,
        tensor_stride=1,
        coordinate_map_key=None,
        coordinate_manager=None,
        quantization_mode=None,
        allocator_type=None,
        minkowski_algorithm=None,
        requires_grad=None,
        device=None,
        **kwargs,
    ):
        self.F, self.features, self._F, self.feats = features, features, features, features
        self.C, self.coordinates, self.coords = coordinates, coordinates, coordinates
        self.tensor_stride, self.coordinate_map_key, self.coordinate_manager = (
            tensor_stride,
            coordinate_map_key,
            coordinate_manager,
        )

    def __add__(self, other):
        return SparseTensor(self.F + _features(other), self.C)

    def __iadd__(self, other):
        return SparseTensor(self.F + _features(other), self.C)

    def __sub__(self, other):
        return SparseTensor(self.F - _features(other), self.C)

    def __mul__(self, other):
        return SparseTensor(self.F * _features(other), self.C)

    def __truediv__(self, other):
        return SparseTensor(self.F / _features(other), self.C)

    def dense(self, *args, **kwargs):
        return _elsewhere(self.F), self.C, self.tensor_stride

    def slice(self, X):
        return TensorField(_elsewhere(self.F), self.C)

    def features_at_coordinates(self, query_coordinates):
        return _elsewhere(self.F)

    def size(self, dim=None):
        return self.F.size() if dim is None else self.F.size(dim)

class TensorField(SparseTensor):
    def sparse(self, *args, **kwargs):
        return SparseTensor(_elsewhere(self.F), self.C)

def cat(*sparse_tensors):
    given = sparse_tensors[0] if isinstance(sparse_tensors[0], (tuple, list)) else sparse_tensors
    return SparseTensor(torch.cat([_features(each) for each in given], dim=1))

class MinkowskiModuleBase(nn.Module): ...

class MinkowskiNetwork(nn.Module):
    def __init__(self, D):
        super().__init__()
        self.D = D

class _Convolution(MinkowskiModuleBase):
    _transposes = False

    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size=-1,
        stride=1,
        dilation=1,
        bias=False,
        kernel_generator=None,
        *args,
        dimension=None,
        **kwargs,
    ):
        super().__init__()
        self.in_channels, self.out_channels, self.kernel_size, self.stride, self.dimension = (
            in_channels,
            out_channels,
            kernel_size,
            stride,
            dimension,
        )
        wide = (in_channels, out_channels) if self._transposes else (out_channels, in_channels)
        self.kernel = nn.Parameter(torch.empty(*wide, kernel_size, kernel_size, kernel_size))
        self.bias = nn.Parameter(torch.empty(out_channels)) if bias else None

    def forward(self, input, coordinates=None):
        convolve = F.conv_transpose3d if self._transposes else F.conv3d
        return SparseTensor(convolve(_elsewhere(_features(input)), self.kernel, self.bias))

class MinkowskiConvolution(_Convolution): ...
class MinkowskiGenerativeConvolution(_Convolution): ...

class MinkowskiConvolutionTranspose(_Convolution):
    _transposes = True

class MinkowskiGenerativeConvolutionTranspose(_Convolution):
    _transposes = True

class MinkowskiLinear(nn.Module):
    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        self.linear = nn.Linear(in_features, out_features, bias=bias)

    def forward(self, input):
        return SparseTensor(self.linear(_features(input)))

class MinkowskiBatchNorm(nn.Module):
    def __init__(self, num_features, eps=1e-5, momentum=0.1, affine=True, track_running_stats=True):
        super().__init__()
        self.bn = nn.BatchNorm1d(num_features, eps, momentum, affine, track_running_stats)

    def forward(self, input):
        return SparseTensor(self.bn(_features(input)))

class MinkowskiSyncBatchNorm(MinkowskiBatchNorm):
    @classmethod
    def convert_sync_batchnorm(cls, module, process_group=None):
        return module

class MinkowskiInstanceNorm(MinkowskiModuleBase):
    def __init__(self, num_features):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1, num_features))
        self.bias = nn.Parameter(torch.zeros(1, num_features))

    def forward(self, input):
        normed = F.instance_norm(_features(input))
        return SparseTensor(normed * self.weight + self.bias)

class MinkowskiStableInstanceNorm(MinkowskiInstanceNorm): ...

class MinkowskiNonlinearityBase(MinkowskiModuleBase):
    MODULE = None

    def __init__(self, *args, **kwargs):
        super().__init__()
        self.module = self.MODULE(*args, **kwargs)

    def forward(self, input):
        return SparseTensor(self.module(_features(input)))

class MinkowskiReLU(MinkowskiNonlinearityBase):
    MODULE = nn.ReLU

class MinkowskiReLU6(MinkowskiNonlinearityBase):
    MODULE = nn.ReLU6

class MinkowskiLeakyReLU(MinkowskiNonlinearityBase):
    MODULE = nn.LeakyReLU

class MinkowskiPReLU(MinkowskiNonlinearityBase):
    MODULE = nn.PReLU

class MinkowskiELU(MinkowskiNonlinearityBase):
    MODULE = nn.ELU

class MinkowskiCELU(MinkowskiNonlinearityBase):
    MODULE = nn.CELU

class MinkowskiSELU(MinkowskiNonlinearityBase):
    MODULE = nn.SELU

class MinkowskiGELU(MinkowskiNonlinearityBase):
    MODULE = nn.GELU

class MinkowskiSiLU(MinkowskiNonlinearityBase):
    MODULE = nn.SiLU

class MinkowskiSigmoid(MinkowskiNonlinearityBase):
    MODULE = nn.Sigmoid

class MinkowskiTanh(MinkowskiNonlinearityBase):
    MODULE = nn.Tanh

class MinkowskiSoftmax(MinkowskiNonlinearityBase):
    MODULE = nn.Softmax

class MinkowskiDropout(MinkowskiNonlinearityBase):
    MODULE = nn.Dropout

class _Pooling(MinkowskiModuleBase):
    def __init__(self, *args, **kwargs):
        super().__init__()

    def forward(self, input, coordinates=None):
        return SparseTensor(_elsewhere(_features(input)))

class MinkowskiAvgPooling(_Pooling): ...
class MinkowskiMaxPooling(_Pooling): ...
class MinkowskiSumPooling(_Pooling): ...
class MinkowskiPoolingTranspose(_Pooling): ...
class MinkowskiGlobalPooling(_Pooling): ...
class MinkowskiGlobalAvgPooling(_Pooling): ...
class MinkowskiGlobalMaxPooling(_Pooling): ...
class MinkowskiGlobalSumPooling(_Pooling): ...
class MinkowskiPruning(_Pooling): ...

class MinkowskiBroadcast(_Pooling):
    def forward(self, input, input_glob):
        return SparseTensor(_elsewhere(_features(input_glob)))

class MinkowskiBroadcastAddition(_Pooling):
    def forward(self, input, input_glob):
        return SparseTensor(_features(input) + _elsewhere(_features(input_glob)))

class MinkowskiBroadcastMultiplication(_Pooling):
    def forward(self, input, input_glob):
        return SparseTensor(_features(input) * _elsewhere(_features(input_glob)))

class MinkowskiBroadcastConcatenation(_Pooling):
    def forward(self, input, input_glob):
        return cat(input, SparseTensor(_elsewhere(_features(input_glob))))

def kaiming_normal_(tensor, a=0, mode="fan_in", nonlinearity="leaky_relu"):
    return nn.init.kaiming_normal_(tensor, a, mode, nonlinearity)
