"""Every layer of keras.layers that one row can describe; signatures as documented for Keras 3, old names beside."""

from __future__ import annotations

from typing import Any

from trainlint.facts.fact import Fact, known
from trainlint.facts.graph import Op, Shape
from trainlint.frameworks.keras import shapes as s
from trainlint.frameworks.keras.layers import PRESENT, Weight, Weights, add, flag, last_size, size, value
from trainlint.frameworks.keras.library import LIBRARY
from trainlint.frameworks.torch.operations import kept, nonnegative
from trainlint.frameworks.torch.shapes import Options as KnownOptions
from trainlint.frameworks.torch.shapes import Shapes, last

Options = dict[str, Fact[Any]]

_KERNEL = (
    "kernel_initializer='glorot_uniform', bias_initializer='zeros', kernel_regularizer=None, bias_regularizer=None, "
    "activity_regularizer=None, kernel_constraint=None, bias_constraint=None"
)
_DEPTHWISE = _KERNEL.replace("kernel_", "depthwise_")
_SEPARABLE = f"{_DEPTHWISE}, pointwise_initializer='glorot_uniform', pointwise_regularizer=None"


def _dense(options: Options, shape: Shape | None) -> dict[str, Weight]:
    options["in_features"] = last_size(shape, {})
    out = size(options, "out_features")
    return {
        "weight": Weight((size(options, "in_features"), out), "kernel_initializer"),
        "bias": Weight((out,), "bias_initializer", flag(options, "bias")),
    }


def _conv(dims: int, transposed: bool) -> Weights:
    def weights(options: Options, shape: Shape | None) -> dict[str, Weight]:
        options["in_channels"] = last_size(shape, options)
        form = options.get("data_format")
        options["channel_axis"] = known(1 if form is not None and form.value == "channels_first" else -1)
        wide, out = size(options, "in_channels"), size(options, "out_channels")
        groups = size(options, "groups") or 1
        inner = wide // groups if wide is not None else None
        kernel = value(options, "kernel_size")
        sizes = [k if isinstance(k, int) else None for k in s.each(kernel, dims)]
        pair = (out, inner) if transposed else (inner, out)
        return {
            "weight": Weight((*sizes, *pair), "kernel_initializer"),
            "bias": Weight((out,), "bias_initializer", flag(options, "bias")),
        }

    return weights


def _depthwise(dims: int, separable: bool) -> Weights:
    def weights(options: Options, shape: Shape | None) -> dict[str, Weight]:
        options["in_channels"] = last_size(shape, options)
        form = options.get("data_format")
        options["channel_axis"] = known(1 if form is not None and form.value == "channels_first" else -1)
        wide, times = size(options, "in_channels"), size(options, "depth_multiplier")
        if wide is not None:
            options["groups"] = known(wide)
        if not separable:
            options["out_channels"] = (
                known(wide * times) if wide is not None and times is not None else options["in_channels"]
            )
        out = size(options, "out_channels")
        sizes = [k if isinstance(k, int) else None for k in s.each(value(options, "kernel_size"), dims)]
        found = {"weight": Weight((*sizes, wide, times), "depthwise_initializer")}
        if separable:
            found["weight_pointwise"] = Weight((*(1,) * dims, wide, out), "pointwise_initializer")
        found["bias"] = Weight((out,), "bias_initializer", flag(options, "bias"))
        return found

    return weights


def norm_weights(options: Options, shape: Shape | None) -> dict[str, Weight]:
    """Scale and shift along the axes of a norm."""
    axis = value(options, "axis")
    features = None
    if (
        shape is not None
        and isinstance(axis, tuple)
        and all(isinstance(a, int) and -len(shape) <= a < len(shape) for a in axis)
    ):
        sizes = tuple(shape[a] for a in axis)
        return {
            "weight": Weight(sizes, "gamma_initializer", options.get("scale", PRESENT)),
            "bias": Weight(sizes, "beta_initializer", options.get("center", PRESENT)),
        }
    if shape is not None and isinstance(axis, int) and -len(shape) <= axis < len(shape):
        features = shape[axis]
    if features is not None:
        options["num_features"] = known(features)
    return {
        "weight": Weight((features,), "gamma_initializer", options.get("scale", PRESENT)),
        "bias": Weight((features,), "beta_initializer", options.get("center", PRESENT)),
    }


def _scale(options: Options, shape: Shape | None) -> dict[str, Weight]:
    return {"weight": Weight((shape[-1],) if shape else None, "")}


def _einsum(shapes: Shapes, o: KnownOptions) -> Shape | None:
    """EinsumDense: the sizes of `output_shape`, those it leaves out being the input's of the same letter."""
    equation, given, shape = o.get("equation"), o.get("output_shape"), shapes[0]
    if not isinstance(equation, str) or shape is None or "..." in equation:
        return None
    data, _, rest = equation.replace(" ", "").partition(",")
    result = rest.partition("->")[2]
    wanted = given if isinstance(given, tuple) else (given,)
    if len(data) != len(shape) or len(result) != len(wanted) + 1:
        return None
    letters = dict(zip(data, shape, strict=True))
    return tuple(
        n if isinstance(n, int) else letters.get(c) for c, n in zip(result, (None, *wanted), strict=True)
    )


def _slopes(options: Options, shape: Shape | None) -> dict[str, Weight]:
    shared = value(options, "shared_axes")
    axes = shared if isinstance(shared, tuple) else (shared,)
    sizes = tuple(1 if i in axes else n for i, n in enumerate(shape))[1:] if shape else None
    return {"weight": Weight(sizes, "alpha_initializer")}


DENSE = add("Dense", Op.AFFINE, "linear", f"units, activation=None, use_bias=True, {_KERNEL}", _dense,
            last("out_features"))  # fmt: skip
_SPACE = "strides=1, padding='valid', data_format=None, dilation_rate=1"
_UP = "strides=1, padding='valid', output_padding=None, data_format=None, dilation_rate=1"
for _n in (1, 2, 3):
    _old = {
        1: "Convolution1D AtrousConvolution1D",
        2: "Convolution2D AtrousConvolution2D",
        3: "Convolution3D",
    }[_n]
    add(f"Conv{_n}D", Op.AFFINE, "conv", f"filters, kernel_size, {_SPACE}, groups=1, activation=None, use_bias=True, {_KERNEL}",
        _conv(_n, False), s.sliding(_n, "out_channels"), old=_old, dims=_n)  # fmt: skip
    _old = {
        1: "Convolution1DTranspose",
        2: "Deconvolution2D Convolution2DTranspose",
        3: "Deconvolution3D Convolution3DTranspose",
    }[_n]
    add(f"Conv{_n}DTranspose", Op.AFFINE, "conv_transpose", f"filters, kernel_size, {_UP}, activation=None, use_bias=True, {_KERNEL}",
        _conv(_n, True), s.transposed(_n), old=_old, dims=_n)  # fmt: skip
    if _n < 3:
        add(f"DepthwiseConv{_n}D", Op.AFFINE, "conv", "kernel_size, strides=1, padding='valid', depth_multiplier=1, "
            f"data_format=None, dilation_rate=1, activation=None, use_bias=True, {_DEPTHWISE}", _depthwise(_n, False),
            s.depthwise(_n), dims=_n)  # fmt: skip
        add(f"SeparableConv{_n}D", Op.AFFINE, "conv", "filters, kernel_size, strides=1, padding='valid', data_format=None, "
            f"dilation_rate=1, depth_multiplier=1, activation=None, use_bias=True, {_SEPARABLE}", _depthwise(_n, True),
            s.sliding(_n, "out_channels"), old=f"SeparableConvolution{_n}D", dims=_n, separable=True)  # fmt: skip
    _pool = "pool_size{}, strides=None, padding='valid', data_format=None"
    add(
        f"MaxPooling{_n}D",
        Op.POOL,
        "max",
        _pool.format("=2"),
        shape=s.sliding(_n),
        bounds=kept,
        old=f"MaxPool{_n}D",
        dims=_n,
    )
    add(
        f"AveragePooling{_n}D",
        Op.POOL,
        "avg",
        _pool.format("=2"),
        shape=s.sliding(_n),
        bounds=kept,
        old=f"AvgPool{_n}D",
        dims=_n,
    )
    for _kind, _word, _short in (("Max", "max", "Max"), ("Average", "avg", "Avg")):
        add(f"Global{_kind}Pooling{_n}D", Op.POOL, f"global_{_word}", "data_format=None, keepdims=False",
            shape=s.global_pool(_n), bounds=kept, old=f"Global{_short}Pool{_n}D", dims=_n)  # fmt: skip
        add(f"Adaptive{_kind}Pooling{_n}D", Op.POOL, f"adaptive_{_word}", "output_size, data_format=None",
            shape=s.adaptive(_n), bounds=kept, dims=_n)  # fmt: skip
    add(f"SpatialDropout{_n}D", Op.DROPOUT, f"dropout{_n}d", "rate, data_format=None, seed=None", bounds=kept)
    add(
        f"ZeroPadding{_n}D",
        Op.RESHAPE,
        "pad",
        "padding=1, data_format=None",
        shape=s.resized(_n, "padding", False),
        bounds=kept,
    )
    add(
        f"Cropping{_n}D",
        Op.INDEX,
        "crop",
        "cropping, data_format=None",
        shape=s.resized(_n, "cropping", False),
        bounds=kept,
    )
    add(f"UpSampling{_n}D", Op.UPSAMPLE, "interpolate", "size=2, data_format=None, interpolation='nearest'",
        shape=s.resized(_n, "size", True), bounds=kept)  # fmt: skip

_GAMMA = "beta_initializer='zeros', gamma_initializer='ones', beta_regularizer=None, gamma_regularizer=None"
BATCH_NORM = add("BatchNormalization", Op.NORM, "batchnorm", "axis=-1, momentum=0.99, epsilon=0.001, center=True, scale=True, "
                 f"moving_mean_initializer='zeros', moving_variance_initializer='ones', {_GAMMA}, synchronized=False", norm_weights,
                 old="BatchNormalizationV1 BatchNormalizationV2 SyncBatchNormalization")  # fmt: skip
add(
    "LayerNormalization",
    Op.NORM,
    "layernorm",
    f"axis=-1, epsilon=0.001, center=True, scale=True, {_GAMMA}",
    norm_weights,
)
add(
    "GroupNormalization",
    Op.NORM,
    "groupnorm",
    f"groups=32, axis=-1, epsilon=0.001, center=True, scale=True, {_GAMMA}",
    norm_weights,
)
for _name, _kind in (("GroupNormalization", "groupnorm"), ("InstanceNormalization", "instancenorm")):
    LIBRARY.entries[f"tensorflow_addons.layers.{_name}"] = add(
        f"Addons{_name}",
        Op.NORM,
        _kind,
        f"groups=2, axis=-1, epsilon=0.001, center=True, scale=True, {_GAMMA}",
        norm_weights,
    )
add("RMSNormalization", Op.NORM, "rmsnorm", "axis=-1, epsilon=1e-06", _scale)
add("UnitNormalization", Op.NORM, "l2", "axis=-1")

_DROPOUT = "rate, noise_shape=None, seed=None"
add("Dropout", Op.DROPOUT, "dropout", _DROPOUT, bounds=kept)
add("AlphaDropout", Op.DROPOUT, "alpha_dropout", _DROPOUT)
add("GaussianDropout", Op.DROPOUT, "gaussian_dropout", "rate, seed=None")
add("GaussianNoise", Op.DROPOUT, "gaussian_noise", "stddev, seed=None")
add("ActivityRegularization", Op.CAST, "activity_regularization", "l1=0.0, l2=0.0", bounds=kept)
add("Masking", Op.CAST, "masking", "mask_value=0.0", bounds=kept)
add("Identity", Op.CAST, "identity", bounds=kept)

add("Flatten", Op.RESHAPE, "flatten", "data_format=None", shape=s.flat, bounds=kept)
add("Reshape", Op.RESHAPE, "reshape", "target_shape", shape=s.reshaped, bounds=kept)
add("Permute", Op.RESHAPE, "permute", "dims", shape=s.permuted, bounds=kept)
add("RepeatVector", Op.RESHAPE, "repeat", "n", shape=s.repeated, bounds=kept)

add("LeakyReLU", Op.ACTIVATION, "leaky_relu", "negative_slope=0.3")
add("PReLU", Op.ACTIVATION, "prelu", "alpha_initializer='zeros', alpha_regularizer=None, alpha_constraint=None, shared_axes=None",
    _slopes)  # fmt: skip
add("ELU", Op.ACTIVATION, "elu", "alpha=1.0")
add("ThresholdedReLU", Op.ACTIVATION, "threshold", "theta=1.0", bounds=nonnegative)
add(
    "MaxoutDense",
    Op.AFFINE,
    "linear",
    f"units, nb_feature=4, {_KERNEL}, use_bias=True",
    _dense,
    last("out_features"),
)
add("Highway", Op.UNKNOWN, "highway", "")
for _name in ("LocallyConnected1D", "LocallyConnected2D"):
    _dims = int(_name[-2])
    add(_name, Op.AFFINE, "locally_connected", f"filters, kernel_size, {_SPACE}, activation=None, use_bias=True, {_KERNEL}",
        shape=s.sliding(_dims, "out_channels"), dims=_dims)  # fmt: skip
add("EinsumDense", Op.AFFINE, "linear", "equation, output_shape, activation=None, bias_axes=None, "
    "kernel_initializer='glorot_uniform', bias_initializer='zeros', kernel_regularizer=None, bias_regularizer=None",
    lambda o, shape: {"weight": Weight(None, "kernel_initializer")}, _einsum)  # fmt: skip
