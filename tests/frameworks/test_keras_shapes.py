"""Shapes and weights of Keras layers, as Keras 3.15 itself works them out (measured with its torch backend)."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from tests.evaluation import evaluate
from trainlint.frameworks.torch.tree import own_parameters, walk
from trainlint.semantics.objects import Instance
from trainlint.semantics.tensors import Tensor

Sizes = tuple[int | None, ...]

# (shape of the input, layer, shape of the output with its batch, learned numbers or None where they are not compared:
# the backward half of Bidirectional has no weights of its own in the facts)
LAYERS: list[tuple[str, str, Sizes, int | None]] = [
    ("(28,28,3)", "Conv2D(8,3)", (None, 26, 26, 8), 224),
    ("(28,28,3)", 'Conv2D(8,3,padding="same",strides=2)', (None, 14, 14, 8), 224),
    ("(28,28,3)", "Conv2D(4,(3,5),strides=(2,1),dilation_rate=1)", (None, 13, 24, 4), 184),
    ("(28,28,3)", "Conv2D(4,3,dilation_rate=2)", (None, 24, 24, 4), 112),
    ("(28,28,3)", "DepthwiseConv2D(3,depth_multiplier=2)", (None, 26, 26, 6), 60),
    ("(28,28,3)", "SeparableConv2D(5,3,strides=2)", (None, 13, 13, 5), 47),
    ("(28,28,3)", "Conv2DTranspose(6,3,strides=2)", (None, 57, 57, 6), 168),
    ("(28,28,3)", 'Conv2DTranspose(6,3,strides=2,padding="same")', (None, 56, 56, 6), 168),
    ("(28,28,3)", "Conv2DTranspose(6,2,strides=3)", (None, 84, 84, 6), 78),
    ("(28,28,3)", 'Conv2DTranspose(6,5,strides=2,padding="valid")', (None, 59, 59, 6), 456),
    ("(28,28,3)", "MaxPooling2D()", (None, 14, 14, 3), 0),
    ("(28,28,3)", "MaxPooling2D(3,strides=1)", (None, 26, 26, 3), 0),
    ("(28,28,3)", 'MaxPooling2D((2,3),padding="same")', (None, 14, 10, 3), 0),
    ("(28,28,3)", "AveragePooling2D(3)", (None, 9, 9, 3), 0),
    ("(28,28,3)", "GlobalAveragePooling2D()", (None, 3), 0),
    ("(28,28,3)", "GlobalMaxPooling2D(keepdims=True)", (None, 1, 1, 3), 0),
    ("(28,28,3)", "ZeroPadding2D(2)", (None, 32, 32, 3), 0),
    ("(28,28,3)", "ZeroPadding2D((1,2))", (None, 30, 32, 3), 0),
    ("(28,28,3)", "ZeroPadding2D(((1,2),(3,4)))", (None, 31, 35, 3), 0),
    ("(28,28,3)", "Cropping2D(2)", (None, 24, 24, 3), 0),
    ("(28,28,3)", "Cropping2D(((1,2),(3,4)))", (None, 25, 21, 3), 0),
    ("(28,28,3)", "UpSampling2D()", (None, 56, 56, 3), 0),
    ("(28,28,3)", "UpSampling2D((2,3))", (None, 56, 84, 3), 0),
    ("(28,28,3)", "Flatten()", (None, 2352), 0),
    ("(28,28,3)", "Reshape((-1,3))", (None, 784, 3), 0),
    ("(28,28,3)", "Reshape((28,84))", (None, 28, 84), 0),
    ("(28,28,3)", "Permute((3,1,2))", (None, 3, 28, 28), 0),
    ("(28,28,3)", "BatchNormalization()", (None, 28, 28, 3), 6),
    ("(28,28,3)", "LayerNormalization()", (None, 28, 28, 3), 6),
    ("(28,28,3)", "LayerNormalization(axis=[1,2])", (None, 28, 28, 3), 1568),
    ("(28,28,3)", "GroupNormalization(groups=3)", (None, 28, 28, 3), 6),
    ("(28,28,3)", "Dense(7)", (None, 28, 28, 7), 28),
    ("(28,28,3)", "Dropout(0.3)", (None, 28, 28, 3), 0),
    ("(28,28,3)", "SpatialDropout2D(0.2)", (None, 28, 28, 3), 0),
    ("(28,28,3)", "Resizing(10,12)", (None, 10, 12, 3), 0),
    ("(28,28,3)", "CenterCrop(9,9)", (None, 9, 9, 3), 0),
    ("(28,28,3)", "Rescaling(0.5)", (None, 28, 28, 3), 0),
    ("(28,28,3)", "RandomFlip()", (None, 28, 28, 3), 0),
    ("(28,28,3)", "PReLU()", (None, 28, 28, 3), 2352),
    ("(28,28,3)", "PReLU(shared_axes=[1,2])", (None, 28, 28, 3), 3),
    ("(28,28,3)", "LeakyReLU()", (None, 28, 28, 3), 0),
    ("(28,28,3)", "Softmax()", (None, 28, 28, 3), 0),
    ("(28,28,3)", "ELU()", (None, 28, 28, 3), 0),
    ("(28,28,3)", "TimeDistributed(Dense(4))", (None, 28, 28, 4), 16),
    ("(28,28,3)", "TimeDistributed(Conv1D(4,3))", (None, 28, 26, 4), 40),
    ("(28,28,3)", "TimeDistributed(LSTM(5))", (None, 28, 5), 180),
    ("(28,28,3)", "ConvLSTM1D(3,3)", (None, 26, 3), 228),
    ("(28,28,3)", "AdaptiveAveragePooling2D(4)", (None, 4, 4, 3), 0),
    ("(28,28,3)", "RMSNormalization()", (None, 28, 28, 3), 3),
    ("(28,28,3)", "UnitNormalization()", (None, 28, 28, 3), 0),
    ("(20,6)", "Conv1D(8,3)", (None, 18, 8), 152),
    ("(20,6)", 'Conv1D(8,3,padding="causal",dilation_rate=2)', (None, 20, 8), 152),
    ("(20,6)", 'Conv1D(8,3,strides=3,padding="same")', (None, 7, 8), 152),
    ("(20,6)", "Conv1D(6,3,groups=2)", (None, 18, 6), 60),
    ("(20,6)", "SeparableConv1D(5,3)", (None, 18, 5), 53),
    ("(20,6)", "DepthwiseConv1D(3)", (None, 18, 6), 24),
    ("(20,6)", "Conv1DTranspose(4,3,strides=2)", (None, 41, 4), 76),
    ("(20,6)", "MaxPooling1D()", (None, 10, 6), 0),
    ("(20,6)", "MaxPooling1D(3,2)", (None, 9, 6), 0),
    ("(20,6)", 'AveragePooling1D(2,padding="same")', (None, 10, 6), 0),
    ("(20,6)", "GlobalAveragePooling1D()", (None, 6), 0),
    ("(20,6)", "GlobalMaxPooling1D()", (None, 6), 0),
    ("(20,6)", "ZeroPadding1D(2)", (None, 24, 6), 0),
    ("(20,6)", "ZeroPadding1D((1,3))", (None, 24, 6), 0),
    ("(20,6)", "Cropping1D(2)", (None, 16, 6), 0),
    ("(20,6)", "Cropping1D((1,2))", (None, 17, 6), 0),
    ("(20,6)", "UpSampling1D(3)", (None, 60, 6), 0),
    ("(20,6)", "LSTM(7)", (None, 7), 392),
    ("(20,6)", "LSTM(7,return_sequences=True)", (None, 20, 7), 392),
    ("(20,6)", "GRU(7)", (None, 7), 315),
    ("(20,6)", "SimpleRNN(5,return_sequences=True)", (None, 20, 5), 60),
    ("(20,6)", "Bidirectional(LSTM(4))", (None, 8), None),
    ("(20,6)", "Bidirectional(GRU(4,return_sequences=True))", (None, 20, 8), None),
    ("(20,6)", 'Bidirectional(LSTM(4),merge_mode="sum")', (None, 4), None),
    ("(20,6)", 'Bidirectional(LSTM(4),merge_mode="ave")', (None, 4), None),
    ("(20,6)", "RNN(LSTMCell(3))", (None, 3), 120),
    ("(20,6)", "RNN([GRUCell(3),GRUCell(4)],return_sequences=True)", (None, 20, 4), 207),
    ("(20,6)", "TimeDistributed(Dense(3))", (None, 20, 3), 21),
    ("(20,6)", "Masking()", (None, 20, 6), 0),
    ("(20,6)", "Flatten()", (None, 120), 0),
    ("(20,6)", "Permute((2,1))", (None, 6, 20), 0),
    ("(20,6)", "Dense(9,use_bias=False)", (None, 20, 9), 54),
    ("(20,6)", "SpatialDropout1D(0.1)", (None, 20, 6), 0),
    ("(20,6)", "GaussianNoise(0.1)", (None, 20, 6), 0),
    ("(20,6)", "BatchNormalization(axis=1)", (None, 20, 6), 40),
    ("(20,6)", "BatchNormalization(center=False)", (None, 20, 6), 6),
    ("(20,6)", 'EinsumDense("abc,cd->abd",output_shape=(None,8))', (None, 20, 8), None),
    ("(20,6)", 'Activation("tanh")', (None, 20, 6), 0),
    ("(20,6)", "ActivityRegularization(0.1)", (None, 20, 6), 0),
    ("(20,6)", "SpectralNormalization(Dense(3))", (None, 20, 3), 21),
    ("(12,)", "Dense(5)", (None, 5), 65),
    ("(12,)", "RepeatVector(3)", (None, 3, 12), 0),
    ("(12,)", "Reshape((3,4))", (None, 3, 4), 0),
    ("(12,)", "Reshape((2,-1))", (None, 2, 6), 0),
    ("(12,)", "BatchNormalization()", (None, 12), 24),
    ("(12,)", "Embedding(50,8)", (None, 12, 8), 400),
    ("(12,)", "AlphaDropout(0.1)", (None, 12), 0),
    ("(12,)", "GaussianDropout(0.1)", (None, 12), 0),
    ("(12,)", "Normalization(mean=0.0,variance=1.0)", (None, 12), 0),
    ("(12,)", "Identity()", (None, 12), 0),
    ("(8,8,8,2)", "Conv3D(4,3)", (None, 6, 6, 6, 4), 220),
    ("(8,8,8,2)", "MaxPooling3D()", (None, 4, 4, 4, 2), 0),
    ("(8,8,8,2)", "GlobalAveragePooling3D()", (None, 2), 0),
    ("(8,8,8,2)", "ZeroPadding3D()", (None, 10, 10, 10, 2), 0),
    ("(8,8,8,2)", "Cropping3D(1)", (None, 6, 6, 6, 2), 0),
    ("(8,8,8,2)", "UpSampling3D(2)", (None, 16, 16, 16, 2), 0),
    ("(8,8,8,2)", "Conv3DTranspose(3,2,strides=2)", (None, 16, 16, 16, 3), 51),
    ("(8,8,8,2)", "AveragePooling3D(2)", (None, 4, 4, 4, 2), 0),
    ("(8,8,8,2)", "ConvLSTM2D(3,3,return_sequences=True)", (None, 8, 6, 6, 3), 552),
    ("(8,8,8,2)", "ConvLSTM2D(3,3)", (None, 6, 6, 3), 552),
    ("(8,8,8,2)", "TimeDistributed(Conv2D(3,3))", (None, 8, 6, 6, 3), 57),
    ("(8,8,8,2)", "TimeDistributed(MaxPooling2D())", (None, 8, 4, 4, 2), 0),
    ("(8,8,8,2)", "TimeDistributed(Flatten())", (None, 8, 128), 0),
]  # fmt: skip


@pytest.mark.parametrize(("shape", "layer", "output", "learned"), LAYERS, ids=[row[1] for row in LAYERS])
def test_a_layer_has_the_shape_and_the_weights_that_keras_gives_it(
    tmp_path: Path, shape: str, layer: str, output: Sizes, learned: int | None
) -> None:
    made = evaluate(
        tmp_path,
        f"""
        from keras import Input
        from keras.layers import *
        layer = {layer}
        result = layer(Input({shape}))
        """,
    )
    result, instance = made.names["result"], made.names["layer"]
    assert isinstance(result, Tensor)
    assert result.shape == output
    if learned is not None:
        assert isinstance(instance, Instance)
        assert _learned(instance) == learned


def _learned(instance: Instance) -> int:
    """How many numbers a layer learns, those of the layers in it included."""
    total, seen = 0, set()
    for _, layer in walk(instance):
        for tensor in own_parameters(layer).values():
            parameter = tensor.parameter
            assert parameter is not None
            if id(parameter) not in seen:
                seen.add(id(parameter))
                assert parameter.shape is not None
                total += math.prod(n for n in parameter.shape if n is not None)
    return total
