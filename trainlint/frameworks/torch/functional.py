"""torch.nn.functional, and the functions of torch itself that work on tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trainlint.facts.fact import Fact, known
from trainlint.facts.graph import Node, Op, Shape
from trainlint.frameworks.signature import signature
from trainlint.frameworks.torch import reshaping
from trainlint.frameworks.torch import shapes as s
from trainlint.frameworks.torch import window_shapes as w
from trainlint.frameworks.torch.activations import ACTIVATIONS, FUNCTION_ALIASES
from trainlint.frameworks.torch.library import LIBRARY
from trainlint.frameworks.torch.operations import (
    ELEMENTWISE,
    PRODUCTS,
    REDUCTIONS,
    Operation,
    kept,
    plain,
    tensor_input,
    unbounded,
)
from trainlint.frameworks.torch.tensor_functions import einsum, handler_of
from trainlint.frameworks.torch.tensor_methods import METHODS
from trainlint.frameworks.torch.weights import affine, layer_of, made_from
from trainlint.semantics.library import Handler
from trainlint.semantics.sequences import TupleValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

F = "torch.nn.functional"


# -- weighted functions


def _weighted(name: str, parameters: str, dims: int = 0) -> Handler:
    """linear, conv: the weight is an option (a parameter of some module) or, computed, an input."""
    table = f"input, weight, {parameters}"

    def handler(run: Interpreter, args: Args) -> Value:
        bound = signature(table).bind(args)
        weight, bias = bound.get("weight"), bound.get("bias")
        inputs = [tensor_input(run, bound.get("input"))]
        options = signature(table).facts(run, bound, skip=("input", "weight", "bias"))
        options["bias"] = known(not (bias is None or (isinstance(bias, Const) and bias.value is None)))
        learned = weight.parameter if isinstance(weight, Tensor) else None
        if learned is None and weight is not None:
            inputs.append(run.as_node(weight))
        options.update(_sizes_of(name, weight.shape if isinstance(weight, Tensor) else None, dims))
        found = _weighted_shape(name, inputs[0].shape, plain(options), dims)
        op = Op.EMBEDDING if name == "embedding" else Op.AFFINE
        shift = bias.parameter if isinstance(bias, Tensor) else None
        node = affine(run, name, tuple(inputs), options, learned, shift, found, op)
        behind = made_from(inputs[-1]) if learned is None and weight is not None else None
        if behind is not None:
            node.options["layer"] = known(layer_of(run, behind, shift, name, options, op))
        return reshaping.tensor(node)

    return handler


def _sizes_of(name: str, shape: Shape | None, dims: int) -> dict[str, Fact[Any]]:
    if shape is None or len(shape) < 2:
        return {}
    if dims == 0:
        keys = ("num_embeddings", "embedding_dim") if name == "embedding" else ("out_features", "in_features")
        return {key: known(n) for key, n in zip(keys, shape, strict=False) if n is not None}
    keys = ("in_channels", "out_channels") if name == "conv_transpose" else ("out_channels", "in_channels")
    sizes: dict[str, Fact[Any]] = {
        key: known(n) for key, n in zip(keys, shape, strict=False) if n is not None
    }
    if None not in shape[2:]:
        sizes["kernel_size"] = known(tuple(shape[2:]))
    return sizes | {"dims": known(dims)}


def _weighted_shape(name: str, shape: Shape | None, options: dict[str, Any], dims: int) -> Shape | None:
    rule = {"linear": s.last("out_features"), "embedding": s.appended("embedding_dim")}.get(name)
    if rule is None:
        rule = w.conv_transpose(dims) if name == "conv_transpose" else w.conv(dims)
    return rule([shape], options)


def _attention(run: Interpreter, args: Args) -> Value:
    bound = args.bind("query", "key", "value", "attn_mask", "dropout_p", "is_causal")
    inputs: list[Node] = []
    for name in ("query", "key", "value"):
        node = tensor_input(run, bound.get(name))
        if not any(node is other for other in inputs):
            inputs.append(node)
    names: tuple[str, ...] = ("dropout_p", "is_causal")
    options = {key: run.fact(bound[key]) for key in names if key in bound}
    return reshaping.tensor(
        run.node(Op.ATTENTION, "scaled_dot_product_attention", tuple(inputs), options, inputs[0].shape)
    )


# -- tables


def _row(op: Op, name: str, parameters: str = "", shape: s.ShapeRule = s.same, *tensors: str) -> Operation:
    bounds = kept if op in (Op.POOL, Op.UPSAMPLE, Op.RESHAPE) else unbounded
    return Operation(op, name, parameters, tensors, shape, bounds)


_MAX = "kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False"
_AVG = "kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None"
_DROP = "p=0.5, training=True, inplace=False"

FUNCTIONS: dict[str, Operation] = {
    **{f"max_pool{n}d": _row(Op.POOL, "max", _MAX, w.pool(n)) for n in (1, 2, 3)},
    **{f"avg_pool{n}d": _row(Op.POOL, "avg", _AVG, w.pool(n)) for n in (1, 2, 3)},
    **{f"adaptive_avg_pool{n}d": _row(Op.POOL, "adaptive_avg", "output_size", w.adaptive(n)) for n in (1, 2, 3)},
    **{
        f"adaptive_max_pool{n}d": _row(Op.POOL, "adaptive_max", "output_size, return_indices=False", w.adaptive(n))
        for n in (1, 2, 3)
    },
    **{
        f"lp_pool{n}d": _row(Op.POOL, "lp", "norm_type, kernel_size, stride=None, ceil_mode=False", w.pool(n))
        for n in (1, 2, 3)
    },
    "interpolate": _row(
        Op.UPSAMPLE, "interpolate", "size=None, scale_factor=None, mode='nearest', align_corners=None, "
        "recompute_scale_factor=None, antialias=False", w.scaled(0)
    ),
    "upsample": _row(
        Op.UPSAMPLE, "interpolate", "size=None, scale_factor=None, mode='nearest', align_corners=None", w.scaled(0)
    ),
    "grid_sample": _row(Op.UPSAMPLE, "grid_sample", "grid, mode='bilinear', padding_mode='zeros', align_corners=None",
                        s.unknown, "grid"),
    "pad": _row(Op.RESHAPE, "pad", "pad, mode='constant', value=None", s.unknown),
    "unfold": _row(Op.RESHAPE, "unfold", "kernel_size, dilation=1, padding=0, stride=1", s.unknown),
    "fold": _row(Op.RESHAPE, "fold", "output_size, kernel_size, dilation=1, padding=0, stride=1", s.unknown),
    "pixel_shuffle": _row(Op.RESHAPE, "pixel_shuffle", "upscale_factor", s.unknown),
    "pixel_unshuffle": _row(Op.RESHAPE, "pixel_unshuffle", "downscale_factor", s.unknown),
    "channel_shuffle": _row(Op.RESHAPE, "channel_shuffle", "groups"),
    "one_hot": Operation(Op.ENCODE, "one_hot", "num_classes=-1", (), s.appended("num_classes"), unbounded),
    "normalize": Operation(Op.NORM, "l2", "p=2.0, dim=1, eps=1e-12, out=None", (), s.same, unbounded),
    "batch_norm": _row(
        Op.NORM, "batchnorm",
        "running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-05"
    ),
    "layer_norm": _row(Op.NORM, "layernorm", "normalized_shape, weight=None, bias=None, eps=1e-05"),
    "rms_norm": _row(Op.NORM, "rmsnorm", "normalized_shape, weight=None, eps=None"),
    "group_norm": _row(Op.NORM, "groupnorm", "num_groups, weight=None, bias=None, eps=1e-05"),
    "instance_norm": _row(
        Op.NORM, "instancenorm",
        "running_mean=None, running_var=None, weight=None, bias=None, use_input_stats=True, momentum=0.1, eps=1e-05"
    ),
    "local_response_norm": _row(Op.NORM, "local_response", "size, alpha=0.0001, beta=0.75, k=1.0"),
    **{
        name: Operation(Op.DROPOUT, name, _DROP, (), s.same, unbounded)
        for name in ("dropout", "dropout1d", "dropout2d", "dropout3d")
    },
    **{
        name: Operation(Op.DROPOUT, name, "p=0.5, training=False, inplace=False", (), s.same, unbounded)
        for name in ("alpha_dropout", "feature_alpha_dropout")
    },
    "cosine_similarity": Operation(Op.REDUCE, "cosine_similarity", "x2, dim=1, eps=1e-08", ("x2",), s.unknown,
                                   lambda bounds, options: (-1.0, 1.0)),
    "pairwise_distance": Operation(Op.REDUCE, "pairwise_distance", "x2, p=2.0, eps=1e-06, keepdim=False", ("x2",),
                                   s.unknown),
    "embedding_bag": Operation(Op.EMBEDDING, "embedding_bag", "weight, offsets=None, max_norm=None, norm_type=2, scale_grad_by_freq=False, mode='mean'", (), s.unknown),
    **{f"max_unpool{n}d": _row(Op.UPSAMPLE, "max_unpool", "indices, kernel_size, stride=None, padding=0, output_size=None", s.unknown)
       for n in (1, 2, 3)},
    "bilinear": Operation(Op.AFFINE, "bilinear", "input2, weight, bias=None", ("input2",), s.unknown, unbounded),
    "affine_grid": _row(Op.RESHAPE, "affine_grid", "size, align_corners=None", s.unknown),
}  # fmt: skip

_CONV = "bias=None, stride=1, padding=0, dilation=1, groups=1"
_CONV_UP = "bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1"


def _two_dimensional_norms() -> dict[str, Handler]:
    """torch.linalg.norm and torch.norm have the same meaning for a signal."""
    return {name: handler_of(REDUCTIONS["norm"]) for name in ("norm", "vector_norm", "matrix_norm")}


def _embedding(run: Interpreter, args: Args) -> Value:
    return _weighted("embedding", "padding_idx=None, max_norm=None")(run, args)


def _seed(run: Interpreter, args: Args) -> Value:
    return Unknown("random generator")


def _first_argument(run: Interpreter, args: Args) -> Value:
    return args.positional[0] if args.positional else Unknown("input")


def _shapes_product(run: Interpreter, args: Args) -> Value:
    return METHODS["numel"](run, args)


def _pack(run: Interpreter, args: Args) -> Value:
    """rnn.pack_padded_sequence and its kin keep the data."""
    return _first_argument(run, args)


def _unpack(run: Interpreter, args: Args) -> Value:
    return TupleValue([_first_argument(run, args), Unknown("lengths")])


def register() -> None:
    """Fill the library with the functions of both namespaces."""
    for name, operation in {**ELEMENTWISE, **REDUCTIONS, **PRODUCTS}.items():
        LIBRARY.function(f"torch.{name}")(METHODS.get(name, handler_of(operation)))
    for name, handler in {**reshaping.METHODS, **reshaping.FUNCTIONS, "einsum": einsum}.items():
        LIBRARY.function(f"torch.{name}")(handler)
    for name in (*ACTIVATIONS, *FUNCTION_ALIASES):
        operation = ACTIVATIONS[FUNCTION_ALIASES.get(name, name)]
        LIBRARY.function(f"{F}.{name}", f"torch.{name}")(handler_of(operation))
        LIBRARY.function(f"{F}.{name}_", f"torch.{name}_")(_activated_in_place(operation))
    for name, operation in FUNCTIONS.items():
        LIBRARY.function(f"{F}.{name}", f"torch.{name}")(handler_of(operation))
    for n in (1, 2, 3):
        LIBRARY.function(f"{F}.conv{n}d", f"torch.conv{n}d")(_weighted("conv", _CONV, n))
        up = _weighted("conv_transpose", _CONV_UP, n)
        LIBRARY.function(f"{F}.conv_transpose{n}d", f"torch.conv_transpose{n}d")(up)
    LIBRARY.function(f"{F}.linear")(_weighted("linear", "bias=None"))
    LIBRARY.function(f"{F}.embedding")(_embedding)
    LIBRARY.function(f"{F}.scaled_dot_product_attention")(_attention)
    for name, handler in _two_dimensional_norms().items():
        LIBRARY.function(f"torch.linalg.{name}")(handler)
    for name in ("numel",):
        LIBRARY.function(f"torch.{name}")(_shapes_product)
    for name in ("clone", "detach"):
        LIBRARY.function(f"torch.{name}")(METHODS[name])
    for name in ("manual_seed", "seed", "initial_seed", "Generator"):
        LIBRARY.function(f"torch.{name}")(_seed)
    for name in (
        "atleast_1d",
        "atleast_2d",
        "atleast_3d",
        "broadcast_tensors",
        "view_as_real",
        "view_as_complex",
    ):
        LIBRARY.function(f"torch.{name}")(_first_argument)
    LIBRARY.function("torch.nn.utils.rnn.pack_padded_sequence")(_pack)
    LIBRARY.function("torch.nn.utils.rnn.pad_packed_sequence")(_unpack)
    LIBRARY.function("torch.nn.utils.rnn.pad_sequence")(reshaping.FUNCTIONS["hstack"])


def _activated_in_place(operation: Operation) -> Handler:
    base = handler_of(operation)

    def handler(run: Interpreter, args: Args) -> Value:
        result = base(run, args)
        first = args.positional[0] if args.positional else None
        if isinstance(first, Tensor) and isinstance(result, Tensor) and first.parameter is None:
            run.write(first.cells, "node", result.node)
            return first
        return result

    return handler


register()
