"""Residual blocks of keras-resnet (0.2): functions that make functions of a tensor."""

from keras_resnet.layers import BatchNormalization
from tensorflow.keras.layers import Activation, Add, Conv2D, ZeroPadding2D

def _stride(stride, stage, block):
    if stride is not None:
        return stride
    return 1 if block != 0 or stage == 0 else 2

def _norm(freeze):
    return BatchNormalization(freeze=freeze, axis=3, epsilon=1e-5)

def _conv(filters, size, stride=1):
    return Conv2D(filters, size, strides=stride, use_bias=False, kernel_initializer="he_normal")

def _joined(x, y, filters, stride, block, freeze):
    if block == 0:
        x = _norm(freeze)(_conv(filters, 1, stride)(x))
    return Activation("relu")(Add()([y, x]))

def basic_2d(filters, stage=0, block=0, kernel_size=3, numerical_name=False, stride=None, freeze_bn=False):
    first = _stride(stride, stage, block)

    def f(x):
        y = _norm(freeze_bn)(_conv(filters, kernel_size, first)(ZeroPadding2D(1)(x)))
        y = ZeroPadding2D(1)(Activation("relu")(y))
        y = _norm(freeze_bn)(_conv(filters, kernel_size)(y))
        return _joined(x, y, filters, first, block, freeze_bn)

    return f

def bottleneck_2d(
    filters, stage=0, block=0, kernel_size=3, numerical_name=False, stride=None, freeze_bn=False
):
    first = _stride(stride, stage, block)

    def f(x):
        y = Activation("relu")(_norm(freeze_bn)(_conv(filters, 1, first)(x)))
        y = _norm(freeze_bn)(_conv(filters, kernel_size)(ZeroPadding2D(1)(y)))
        y = _norm(freeze_bn)(_conv(4 * filters, 1)(Activation("relu")(y)))
        return _joined(x, y, 4 * filters, first, block, freeze_bn)

    return f
