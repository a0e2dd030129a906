"""Dense layers and convolutions."""

from __future__ import annotations

import math
from typing import Any

from trainlint.facts.graph import Node
from trainlint.probe.case import Unbuildable
from trainlint.probe.rebuild.builder import USUAL_FEATURES, Builder, Value
from trainlint.probe.rebuild.reading import describe, known, size_of
from trainlint.probe.rebuild.shapes import ShapeError, each

USUAL_CHANNELS = 3
VOLUME = (8, 16, 16)
"""Depth, height and width of volumes whose size is not known: they cost much."""
SIGNAL = 64
"""Length of signals under one-dimensional convolutions where it is not known."""


def affine(builder: Builder, node: Node) -> Value:
    """A layer of the kind `affine`."""
    if node.name == "linear":
        return _linear(builder, node)
    if node.name in ("conv", "conv_transpose"):
        return _conv(builder, node)
    if node.name == "bilinear":
        raise Unbuildable("a bilinear layer")
    raise Unbuildable(f"{node.name} layers are not rebuilt")


def input_of(node: Node) -> Node:
    """What goes into a layer.

    Raises:
        Unbuildable: nothing was seen to.
    """
    if not node.inputs:
        raise Unbuildable(f"what goes into {describe(node)} was not seen")
    return node.inputs[0]


def _linear(builder: Builder, node: Node) -> Value:
    source = input_of(node)
    wide = size_of(node, "in_features")
    if not builder.has(source):
        wide = wide or (source.shape[-1] if source.shape else None)
        if wide is None:
            wide = USUAL_FEATURES
            builder.note(f"{wide} features assumed")
        rank = len(source.shape) if source.shape else 2
        if rank == 1:  # one sample, without a batch
            value = builder.given(source, (wide,), 0, (1,))
        else:
            value = builder.given(source, (*(builder.plan.steps,) * (rank - 2), wide), rank - 2)
    else:
        value = builder.at_end(builder.value(source))
    actual = builder.agree(wide, value.shape[-1], node)
    options = {
        "in_features": actual,
        "out_features": builder.width(size_of(node, "out_features"), node),
        "bias": has_bias(node),
    }
    return builder.weighted(node, "linear", (value,), options)


def has_bias(node: Node) -> bool:
    """Whether a layer adds a bias; a usual one does, where the program does not tell."""
    fact = node.options.get("bias")
    return True if fact is None or not fact.known else bool(fact.value)


# -- convolutions


def dims_of(node: Node, value: Value | None = None) -> int:
    """Over how many dimensions a window slides."""
    found = size_of(node, "dims")
    if found is not None:
        return found
    for name in (node.module.qualname if node.module is not None else "", node.name):
        digits = [c for c in name.rsplit(".", 1)[-1] if c.isdigit()]
        if digits:
            return int(digits[-1])
    if value is not None:
        return len(value.shape) - 1
    kernel = known(node, "kernel_size")
    if isinstance(kernel, tuple):
        return len(kernel)
    if node.inputs and node.inputs[0].shape is not None and len(node.inputs[0].shape) > 2:
        return len(node.inputs[0].shape) - 2
    return 2


def channels_last(builder: Builder, node: Node) -> bool:
    """Whether the program has channels behind the other dimensions here."""
    form = node.options.get("data_format")
    if form is not None and form.value in ("channels_first", "channels_last"):
        return str(form.value) == "channels_last"
    return builder.plan.keras


def spatial(builder: Builder, node: Node, dims: int, channels: int | None) -> Value:
    """The input of a layer that slides over space, with its channels in front; made where data comes in."""
    source = input_of(node)
    last = channels_last(builder, node)
    if builder.has(source):
        value = builder.value(source)
        if (
            len(value.shape) == dims
        ):  # an image without its only channel, or sequences of tokens: not for this layer
            raise ShapeError(f"{len(value.shape)} dimensions reach {describe(node)}")
        return builder.at_front(value, -1 if last else 1)
    if channels is None:
        channels = USUAL_CHANNELS
        builder.note(f"{channels} channels assumed")
    side = builder.plan.resolution
    space = {1: (SIGNAL,), 2: (side, side), 3: VOLUME}[dims]
    axes = (0, *range(2, dims + 2), 1) if last else tuple(range(dims + 2))
    return builder.given(source, (channels, *space), 0, axes)


def _conv(builder: Builder, node: Node) -> Value:
    dims = dims_of(node)
    transposed = node.name == "conv_transpose"
    separable = bool(known(node, "separable", False))
    stated = size_of(node, "in_channels")
    value = spatial(builder, node, dims, stated)
    actual = builder.agree(stated, value.shape[0], node)
    options = _window(node, dims)
    options |= {"in_channels": actual, "bias": has_bias(node)}
    out = size_of(node, "out_channels")
    groups = known(node, "groups", 1) or 1
    depthwise = groups > 1 and groups == stated
    if separable:
        return _separable(builder, node, value, options, out, dims)
    if depthwise and stated:
        times = max((out or stated) // stated, 1)
        options |= {"groups": actual, "out_channels": actual * times}
    else:
        options |= {"groups": groups, "out_channels": builder.width(out, node)}
        if actual % groups or options["out_channels"] % groups:
            raise ShapeError(f"{groups} groups do not divide the channels of {describe(node)}")
    if transposed:
        return _upwards(builder, node, value, options, dims)
    value, options = _padded(builder, value, options, dims)
    return builder.weighted(node, f"conv{dims}d", (value,), options)


def _separable(
    builder: Builder, node: Node, value: Value, options: dict[str, Any], out: int | None, dims: int
) -> Value:
    """A convolution of each channel by itself, and one of size 1 over all."""
    times = known(node, "depth_multiplier", 1) or 1
    inner = options["in_channels"] * times
    value, first = _padded(builder, value, options, dims)
    first = {**first, "groups": first["in_channels"], "out_channels": inner, "bias": False}
    value = builder.emit(node, f"conv{dims}d", (value,), first)
    second = {
        "in_channels": inner,
        "out_channels": builder.width(out, node),
        "kernel_size": 1,
        "bias": options["bias"],
    }
    return builder.emit(node, f"conv{dims}d", (value,), second)


def _window(node: Node, dims: int) -> dict[str, Any]:
    """Kernel, stride, padding and dilation."""
    found: dict[str, Any] = {"kernel_size": _sizes(known(node, "kernel_size"), dims, node)}
    for name, default in (("stride", 1), ("dilation", 1)):
        value = known(node, name, default)
        found[name] = _sizes(default if value is None else value, dims, node)
    padding = known(node, "padding", 0)
    found["padding"] = padding if isinstance(padding, str) else _sizes(padding or 0, dims, node)
    mode = known(node, "padding_mode")
    if mode not in (None, "zeros"):
        found["padding_mode"] = mode
    return found


def _sizes(value: Any, dims: int, node: Node) -> tuple[int, ...]:
    sizes = each(value, dims)
    if len(sizes) == 1:
        sizes *= dims
    if len(sizes) != dims or not all(isinstance(s, int) for s in sizes):
        raise Unbuildable(f"the window of {describe(node)} is not known")
    return sizes


def _padded(
    builder: Builder, value: Value, options: dict[str, Any], dims: int
) -> tuple[Value, dict[str, Any]]:
    """Padding in words as numbers: TensorFlow pads `same` at the end where it cannot be even; `causal` pads the front."""
    word = options["padding"]
    if not isinstance(word, str):
        return value, options
    if word == "valid":
        return value, {**options, "padding": 0}
    if word == "same" and all(s == 1 for s in options["stride"]):
        return value, options
    pads: list[int] = []
    for size, k, s, d in zip(
        value.shape[1:], options["kernel_size"], options["stride"], options["dilation"], strict=True
    ):
        total = max((math.ceil(size / s) - 1) * s + (k - 1) * d + 1 - size, 0)
        pads = [total, 0, *pads] if word == "causal" else [total // 2, total - total // 2, *pads]
    if any(pads):
        value = builder.emit(None, "pad", (value,), {"pad": tuple(pads)})
    return value, {**options, "padding": 0}


def _upwards(builder: Builder, node: Node, value: Value, options: dict[str, Any], dims: int) -> Value:
    """A transposed convolution; with `same` padding, space grows by the stride."""
    extra = known(node, "output_padding", 0)
    options["output_padding"] = _sizes(extra or 0, dims, node)
    if options["padding"] == "valid":
        options["padding"] = 0
    elif isinstance(options["padding"], str):
        differences = [d * (k - 1) + 1 - s for k, s, d in zip(
            options["kernel_size"], options["stride"], options["dilation"], strict=True)]  # fmt: skip
        options["padding"] = tuple(max(math.ceil(d / 2), 0) for d in differences)
        options["output_padding"] = tuple(
            max(2 * math.ceil(d / 2) - d, 0) if d > 0 else -d for d in differences
        )
    return builder.weighted(node, f"conv_transpose{dims}d", (value,), options)
