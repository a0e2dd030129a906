"""Every layer of torch.nn that one row can describe; signatures as documented for torch 2."""

from __future__ import annotations

from typing import Any

from trainlint.facts.fact import Fact, known, unknown
from trainlint.facts.graph import Op, Shape
from trainlint.frameworks.torch import shapes as s
from trainlint.frameworks.torch import window_shapes as w
from trainlint.frameworks.torch.activations import ACTIVATION_LAYERS
from trainlint.frameworks.torch.layers import PRESENT, LayerClass, Options, Weights, no_weights, size
from trainlint.frameworks.torch.library import LIBRARY
from trainlint.frameworks.torch.module import NN_MODULE, ModuleClass
from trainlint.frameworks.torch.operations import BoundsRule, Operation, kept, unbounded
from trainlint.semantics.objects import LibraryClass

Entry = tuple[Shape | None, Fact[Any]]


def base(name: str, *above: LibraryClass) -> ModuleClass:
    """A private base class that code names in isinstance tests (`nn.modules.conv._ConvNd`)."""
    cls = ModuleClass(f"torch.nn.{name}", above or (NN_MODULE,))
    LIBRARY.add(cls)
    return cls


CONV_ND, NORM_BASE, DROPOUT_ND = base("_ConvNd"), base("_NormBase"), base("_DropoutNd")
CONV_TRANSPOSE_ND = base("_ConvTransposeNd", CONV_ND)
BATCH_NORM = base("_BatchNorm", NORM_BASE)
INSTANCE_NORM = base("_InstanceNorm", NORM_BASE)


def option(options: Options, name: str) -> Fact[Any]:
    """An option, unknown where the signature has none of the name."""
    return options.get(name, unknown(name))


def _linear(options: Options) -> dict[str, Entry]:
    out = size(options, "out_features")
    return {
        "weight": ((out, size(options, "in_features")), PRESENT),
        "bias": ((out,), option(options, "bias")),
    }


def _bilinear(options: Options) -> dict[str, Entry]:
    out = size(options, "out_features")
    shape = (out, size(options, "in1_features"), size(options, "in2_features"))
    return {"weight": (shape, PRESENT), "bias": ((out,), option(options, "bias"))}


def _conv(dims: int, transposed: bool) -> Weights:
    def weights(options: Options) -> dict[str, Entry]:
        channels = [size(options, "in_channels"), size(options, "out_channels")]
        groups = size(options, "groups")
        kernel = options["kernel_size"].value if "kernel_size" in options else None
        sizes = kernel if isinstance(kernel, tuple) else (kernel,) * dims
        out = channels[1]
        first, second = channels if transposed else reversed(channels)
        inner = second // groups if second is not None and groups else None
        shape = (first, inner, *(k if isinstance(k, int) else None for k in sizes))
        return {"weight": (shape, PRESENT), "bias": ((out,), option(options, "bias"))}

    return weights


def _table(rows: str, columns: str) -> Weights:
    return lambda options: {"weight": ((size(options, rows), size(options, columns)), PRESENT)}


def _affine(features: str, switch: str = "affine", bias: str = "") -> Weights:
    """Scale and shift of a norm, where its switch is on."""

    def weights(options: Options) -> dict[str, Entry]:
        value = options[features].value
        shape = value if isinstance(value, tuple) else (size(options, features),)
        present = option(options, switch)
        shifted = option(options, bias) if bias and not (present.known and not present.value) else present
        return {"weight": (shape, present), "bias": (shape, shifted)}

    return weights


def _scale_only(options: Options) -> dict[str, Entry]:
    value = options["normalized_shape"].value
    shape = value if isinstance(value, tuple) else (size(options, "normalized_shape"),)
    return {"weight": (shape, option(options, "elementwise_affine"))}


def add(
    name: str,
    op: Op,
    kind: str,
    parameters: str = "",
    weights: Weights = no_weights,
    shape: s.ShapeRule = s.same,
    bounds: BoundsRule = unbounded,
    above: tuple[LibraryClass, ...] = (NN_MODULE,),
    **extra: Any,
) -> LayerClass:
    """Register one class of torch.nn."""
    operation = Operation(op, kind, parameters, (), shape, bounds)
    cls = LayerClass(f"torch.nn.{name}", operation, parameters, weights, extra, above)
    LIBRARY.add(cls)
    return cls


def like(qualname: str, name: str, parameters: str | None = None) -> LayerClass:
    """Another library's form of a layer of torch.nn, with parameters of its own."""
    known = LIBRARY.entries[f"torch.nn.{name}"]
    assert isinstance(known, LayerClass)
    extra = {option: fact.value for option, fact in known.extra.items()}
    given = known.parameters if parameters is None else parameters
    return LayerClass(qualname, known.operation, given, known.weights, extra, (known,))


_PLACE = "device=None, dtype=None"
LINEAR = add("Linear", Op.AFFINE, "linear", f"in_features, out_features, bias=True, {_PLACE}", _linear,
             s.last("out_features"))  # fmt: skip
NON_DYNAMIC = add("NonDynamicallyQuantizableLinear", Op.AFFINE, "linear", LINEAR.parameters, _linear,
                  s.last("out_features"), above=(LINEAR,))  # fmt: skip
add("LazyLinear", Op.AFFINE, "linear", f"out_features, bias=True, {_PLACE}", _linear, s.last("out_features"),
    above=(LINEAR,))  # fmt: skip
add("Bilinear", Op.AFFINE, "bilinear", f"in1_features, in2_features, out_features, bias=True, {_PLACE}", _bilinear,
    s.last("out_features"))  # fmt: skip

_CONV = f"stride=1, padding=0, dilation=1, groups=1, bias=True, padding_mode='zeros', {_PLACE}"
_CONV_UP = (
    f"stride=1, padding=0, output_padding=0, groups=1, bias=True, dilation=1, padding_mode='zeros', {_PLACE}"
)
_NORM = f"eps=1e-05, momentum=0.1, affine=True, track_running_stats=True, {_PLACE}, bias=True"
_INSTANCE = f"eps=1e-05, momentum=0.1, affine=False, track_running_stats=False, {_PLACE}, bias=True"
_MAX_POOL = "kernel_size, stride=None, padding=0, dilation=1, return_indices=False, ceil_mode=False"
_AVG_POOL = (
    "kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None"
)

for _n in (1, 2, 3):
    _conv_cls = add(f"Conv{_n}d", Op.AFFINE, "conv", f"in_channels, out_channels, kernel_size, {_CONV}",
                    _conv(_n, False), w.conv(_n), above=(CONV_ND,), dims=_n)  # fmt: skip
    add(f"LazyConv{_n}d", Op.AFFINE, "conv", f"out_channels, kernel_size, {_CONV}", _conv(_n, False), w.conv(_n),
        above=(_conv_cls,), dims=_n)  # fmt: skip
    _up_cls = add(f"ConvTranspose{_n}d", Op.AFFINE, "conv_transpose",
                  f"in_channels, out_channels, kernel_size, {_CONV_UP}", _conv(_n, True), w.conv_transpose(_n),
                  above=(CONV_TRANSPOSE_ND,), dims=_n)  # fmt: skip
    add(f"LazyConvTranspose{_n}d", Op.AFFINE, "conv_transpose", f"out_channels, kernel_size, {_CONV_UP}",
        _conv(_n, True), w.conv_transpose(_n), above=(_up_cls,), dims=_n)  # fmt: skip
    _batch_cls = add(f"BatchNorm{_n}d", Op.NORM, "batchnorm", f"num_features, {_NORM}", _affine("num_features", bias="bias"),
                     above=(BATCH_NORM,), dims=_n)  # fmt: skip
    add(f"LazyBatchNorm{_n}d", Op.NORM, "batchnorm", _NORM, above=(_batch_cls,), dims=_n)
    _inst_cls = add(f"InstanceNorm{_n}d", Op.NORM, "instancenorm", f"num_features, {_INSTANCE}",
                    _affine("num_features", bias="bias"), above=(INSTANCE_NORM,), dims=_n)  # fmt: skip
    add(f"LazyInstanceNorm{_n}d", Op.NORM, "instancenorm", _NORM, above=(_inst_cls,), dims=_n)
    add(f"MaxPool{_n}d", Op.POOL, "max", _MAX_POOL, shape=w.pool(_n), bounds=kept, dims=_n)
    add(f"AvgPool{_n}d", Op.POOL, "avg", _AVG_POOL, shape=w.pool(_n), bounds=kept, dims=_n)
    add(f"LPPool{_n}d", Op.POOL, "lp", "norm_type, kernel_size, stride=None, ceil_mode=False", shape=w.pool(_n),
        dims=_n)  # fmt: skip
    add(
        f"AdaptiveAvgPool{_n}d",
        Op.POOL,
        "adaptive_avg",
        "output_size",
        shape=w.adaptive(_n),
        bounds=kept,
        dims=_n,
    )
    add(f"AdaptiveMaxPool{_n}d", Op.POOL, "adaptive_max", "output_size, return_indices=False",
        shape=w.adaptive(_n), bounds=kept, dims=_n)  # fmt: skip
    add(f"MaxUnpool{_n}d", Op.UPSAMPLE, "max_unpool", "kernel_size, stride=None, padding=0", shape=s.unknown,
        bounds=kept, dims=_n)  # fmt: skip
    add(f"Dropout{_n}d", Op.DROPOUT, f"dropout{_n}d", "p=0.5, inplace=False", above=(DROPOUT_ND,))
    for _pad in ("ZeroPad", "ReflectionPad", "ReplicationPad", "ConstantPad", "CircularPad"):
        add(f"{_pad}{_n}d", Op.RESHAPE, "pad", "padding, value=0.0" if _pad == "ConstantPad" else "padding",
            shape=s.unknown)  # fmt: skip

add("SyncBatchNorm", Op.NORM, "batchnorm", f"num_features, eps=1e-05, momentum=0.1, affine=True, "
    f"track_running_stats=True, process_group=None, {_PLACE}, bias=True", _affine("num_features", bias="bias"),
    above=(BATCH_NORM,), sync=True)  # fmt: skip
LAYER_NORM = add("LayerNorm", Op.NORM, "layernorm",
                 f"normalized_shape, eps=1e-05, elementwise_affine=True, bias=True, {_PLACE}",
                 _affine("normalized_shape", "elementwise_affine", "bias"))  # fmt: skip
add(
    "RMSNorm",
    Op.NORM,
    "rmsnorm",
    f"normalized_shape, eps=None, elementwise_affine=True, {_PLACE}",
    _scale_only,
)
add("GroupNorm", Op.NORM, "groupnorm", f"num_groups, num_channels, eps=1e-05, affine=True, {_PLACE}, bias=True",
    _affine("num_channels", bias="bias"))  # fmt: skip
add("LocalResponseNorm", Op.NORM, "local_response", "size, alpha=0.0001, beta=0.75, k=1.0")
add("CrossMapLRN2d", Op.NORM, "local_response", "size, alpha=0.0001, beta=0.75, k=1")

DROPOUT = add("Dropout", Op.DROPOUT, "dropout", "p=0.5, inplace=False", above=(DROPOUT_ND,))
add("AlphaDropout", Op.DROPOUT, "alpha_dropout", "p=0.5, inplace=False", above=(DROPOUT_ND,))
add("FeatureAlphaDropout", Op.DROPOUT, "alpha_dropout", "p=0.5, inplace=False", above=(DROPOUT_ND,))

_EMBEDDING = "max_norm=None, norm_type=2.0, scale_grad_by_freq=False"
add("Embedding", Op.EMBEDDING, "embedding", f"num_embeddings, embedding_dim, padding_idx=None, {_EMBEDDING}, "
    f"sparse=False, _weight=None, _freeze=False, {_PLACE}", _table("num_embeddings", "embedding_dim"),
    s.appended("embedding_dim"))  # fmt: skip
add("EmbeddingBag", Op.EMBEDDING, "embedding_bag", f"num_embeddings, embedding_dim, {_EMBEDDING}, mode='mean', "
    f"sparse=False, _weight=None, include_last_offset=False, padding_idx=None, {_PLACE}",
    _table("num_embeddings", "embedding_dim"), s.unknown)  # fmt: skip

add("Flatten", Op.RESHAPE, "flatten", "start_dim=1, end_dim=-1", shape=s.flatten(1), bounds=kept)
add("Unflatten", Op.RESHAPE, "unflatten", "dim, unflattened_size", shape=s.unknown, bounds=kept)
add("PixelShuffle", Op.RESHAPE, "pixel_shuffle", "upscale_factor", shape=s.unknown, bounds=kept)
add("PixelUnshuffle", Op.RESHAPE, "pixel_unshuffle", "downscale_factor", shape=s.unknown, bounds=kept)
add("ChannelShuffle", Op.RESHAPE, "channel_shuffle", "groups", bounds=kept)
add("Fold", Op.RESHAPE, "fold", "output_size, kernel_size, dilation=1, padding=0, stride=1", shape=s.unknown)
add("Unfold", Op.RESHAPE, "unfold", "kernel_size, dilation=1, padding=0, stride=1", shape=s.unknown)

_UPSAMPLE = "size=None, scale_factor=None, mode='nearest', align_corners=None, recompute_scale_factor=None"
UPSAMPLE = add("Upsample", Op.UPSAMPLE, "interpolate", _UPSAMPLE, shape=w.scaled(0), bounds=kept)
for _name in ("UpsamplingNearest2d", "UpsamplingBilinear2d"):
    add(
        _name,
        Op.UPSAMPLE,
        "interpolate",
        "size=None, scale_factor=None",
        shape=w.scaled(0),
        above=(UPSAMPLE,),
    )
for _n in (2, 3):
    add(f"FractionalMaxPool{_n}d", Op.POOL, "max", "kernel_size, output_size=None, output_ratio=None, "
        "return_indices=False, _random_samples=None", shape=s.unknown, bounds=kept)  # fmt: skip

add("PReLU", Op.ACTIVATION, "prelu", f"num_parameters=1, init=0.25, {_PLACE}",
    lambda o: {"weight": ((size(o, "num_parameters"),), known(True))})  # fmt: skip
for _name, _operation in ACTIVATION_LAYERS.items():
    _parameters = _operation.parameters
    add(_name, Op.ACTIVATION, _operation.name, _parameters, shape=_operation.shape, bounds=_operation.bounds)
