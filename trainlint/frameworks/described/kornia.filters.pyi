"""Filters of kornia (0.7 and later): fixed kernels, no weights."""

from torch import arange, nn

def _filtered(picture):
    return picture[arange(2)]

class _Filter(nn.Module):
    def __init__(self, *args, **kwargs):
        super().__init__()

    def forward(self, input, *args, **kwargs):
        return _filtered(input)

class BilateralBlur(_Filter): ...
class BlurPool2D(_Filter): ...
class BoxBlur(_Filter): ...
class GaussianBlur2d(_Filter): ...
class GuidedBlur(_Filter): ...
class Laplacian(_Filter): ...
class MaxBlurPool2D(_Filter): ...
class MedianBlur(_Filter): ...
class MotionBlur(_Filter): ...
class MotionBlur3D(_Filter): ...
class Sobel(_Filter): ...
class SpatialGradient(_Filter): ...
class SpatialGradient3d(_Filter): ...
class UnsharpMask(_Filter): ...

def bilateral_blur(input, *args, **kwargs):
    return _filtered(input)

def blur_pool2d(input, *args, **kwargs):
    return _filtered(input)

def box_blur(input, *args, **kwargs):
    return _filtered(input)

def filter2d(input, *args, **kwargs):
    return _filtered(input)

def filter2d_separable(input, *args, **kwargs):
    return _filtered(input)

def filter3d(input, *args, **kwargs):
    return _filtered(input)

def gaussian_blur2d(input, *args, **kwargs):
    return _filtered(input)

def guided_blur(input, *args, **kwargs):
    return _filtered(input)

def laplacian(input, *args, **kwargs):
    return _filtered(input)

def max_blur_pool2d(input, *args, **kwargs):
    return _filtered(input)

def median_blur(input, *args, **kwargs):
    return _filtered(input)

def motion_blur(input, *args, **kwargs):
    return _filtered(input)

def motion_blur3d(input, *args, **kwargs):
    return _filtered(input)

def sobel(input, *args, **kwargs):
    return _filtered(input)

def spatial_gradient(input, *args, **kwargs):
    return _filtered(input)

def spatial_gradient3d(input, *args, **kwargs):
    return _filtered(input)

def unsharp_mask(input, *args, **kwargs):
    return _filtered(input)
