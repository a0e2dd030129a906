"""Convolutions by function (tf.nn, keras.ops, keras.backend): layers whose kernels code passes itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from trainlint.facts.fact import known
from trainlint.facts.graph import Node, Op, Shape
from trainlint.frameworks.keras import shapes as s
from trainlint.frameworks.keras.library import LIBRARY
from trainlint.frameworks.keras.nn_ops import Facts, inner, padding
from trainlint.frameworks.keras.operations import operand
from trainlint.frameworks.keras.tensor import KERAS
from trainlint.frameworks.torch.operations import plain
from trainlint.frameworks.torch.weights import affine, layer_of, made_from
from trainlint.semantics.library import Handler
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

Channels = Callable[[Shape], tuple[int | None, int | None]]
"""How many channels come in and go out, by the last two dimensions of a kernel."""


def _times(last: Shape) -> tuple[int | None, int | None]:
    wide, times = last
    return wide, None if wide is None or times is None else wide * times


_CHANNELS: dict[str, Channels] = {
    "plain": lambda last: (last[0], last[1]),
    "transposed": lambda last: (last[1], last[0]),
    "depthwise": _times,
}


def _apply(run: Interpreter, data: Node, kernel: Value, options: Facts, dims: int, kind: str) -> Node:
    """The node of one convolution: a layer, if its kernel is learned."""
    name = "conv_transpose" if kind == "transposed" else "conv"
    parameter = kernel.parameter if isinstance(kernel, Tensor) else None
    if parameter is None or parameter.requires_grad is False:  # made by code, or a filter that stays as it is
        inputs = (data, run.as_node(kernel))
        behind = made_from(inputs[1])
        if (
            behind is not None and behind.requires_grad is not False
        ):  # the layer's own weights, scaled or standardised
            options["layer"] = known(layer_of(run, behind, None, name, dict(options)))
            return run.node(Op.AFFINE, name, inputs, options)
        return run.node(Op.MATMUL, name, inputs, options)
    shape = parameter.shape
    if shape is not None and len(shape) == dims + 2:
        options["kernel_size"] = known(shape[:dims])
        wide, narrow = _CHANNELS[kind](shape[-2:])
        options["in_channels"], options["out_channels"] = known(wide), known(narrow)
    found: Shape | None = None
    if kind != "transposed":
        found = s.sliding(dims, "out_channels")([data.shape], plain(options))
    return affine(run, name, (data,), options, parameter, None, found)


def _convolution(dims: int, kind: str, order: tuple[str, ...]) -> Handler:
    """`tf.nn.conv2d(x, filters, strides, padding)`. order: names of the arguments behind the data."""

    def handler(run: Interpreter, args: Args) -> Value:
        bound = args.bind("x", *order)
        words = args.keywords
        kernel = next(
            (v for k in _KERNELS if (v := bound.get(k, words.get(k))) is not None), Unknown("kernel")
        )
        options: Facts = {
            "stride": inner(run, bound.get("strides")),
            "padding": padding(run, bound.get("padding")),
            "bias": known(False),
        }
        return Tensor(_apply(run, run.as_node(operand(args)), kernel, options, dims, kind), KERAS)

    return handler


def _separable(dims: int) -> Handler:
    """`tf.nn.separable_conv2d(x, depthwise, pointwise, strides, padding)`"""

    def handler(run: Interpreter, args: Args) -> Value:
        bound = args.bind("x", "depthwise", "pointwise", "strides", "padding")
        words = args.keywords
        node = run.as_node(operand(args))
        for part, kind in (("depthwise", "depthwise"), ("pointwise", "plain")):
            named = next((words[k] for k in (f"{part}_kernel", f"{part}_filter") if k in words), None)
            options: Facts = {
                "stride": inner(run, bound.get("strides") if part == "depthwise" else None),
                "padding": padding(run, bound.get("padding")),
                "bias": known(False),
            }
            node = _apply(run, node, bound.get(part) or named or Unknown("kernel"), options, dims, kind)
        return Tensor(node, KERAS)

    return handler


_KERNELS = ("kernel", "filters", "filter", "depthwise_kernel")
_USUAL = ("kernel", "strides", "padding")
_SIZED = ("kernel", "output_shape", "strides", "padding")
for _n in (1, 2, 3):
    LIBRARY.function(f"tensorflow.nn.conv{_n}d", f"keras.backend.conv{_n}d")(
        _convolution(_n, "plain", _USUAL)
    )
    LIBRARY.function(f"tensorflow.nn.conv{_n}d_transpose", f"keras.backend.conv{_n}d_transpose")(
        _convolution(_n, "transposed", _SIZED)
    )
LIBRARY.function("tensorflow.nn.convolution", "keras.ops.conv")(_convolution(2, "plain", _USUAL))
LIBRARY.function("keras.ops.conv_transpose")(_convolution(2, "transposed", _USUAL))
LIBRARY.function("tensorflow.nn.depthwise_conv2d", "tensorflow.nn.depthwise_conv2d_native", "keras.backend.depthwise_conv2d",
                 "keras.ops.depthwise_conv")(_convolution(2, "depthwise", _USUAL))  # fmt: skip
LIBRARY.function(
    "tensorflow.nn.separable_conv2d", "keras.backend.separable_conv2d", "keras.ops.separable_conv"
)(_separable(2))
