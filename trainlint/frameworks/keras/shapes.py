"""Shapes after Keras layers: channels last unless `data_format` says otherwise; None for what is not known."""

from __future__ import annotations

from typing import Any

from trainlint.facts.graph import Shape
from trainlint.frameworks.torch.shapes import Options, ShapeRule, Shapes, product, size_of


def channels_first(o: Options) -> bool:
    """Whether the channels stand behind the batch instead of last."""
    return o.get("data_format") == "channels_first"


def each(value: Any, dims: int, default: Any = None) -> list[Any]:
    """One value a dimension, from a number or a tuple."""
    value = default if value is None else value
    if isinstance(value, tuple):
        return list(value)[:dims] + [None] * (dims - len(value))
    return [value] * dims


def window(size: int | None, kernel: Any, stride: Any, padding: Any, dilation: Any) -> int | None:
    """Positions of a window along one dimension (keras.ops.conv, keras.ops.max_pool)."""
    if not isinstance(size, int) or not isinstance(stride, int) or stride < 1:
        return None
    if padding in ("same", "causal"):
        return -(-size // stride)
    if padding != "valid" or not isinstance(kernel, int) or not isinstance(dilation, int):
        return None
    return max((size - dilation * (kernel - 1) - 1) // stride + 1, 0)


def split(shape: Shape, dims: int, o: Options) -> tuple[list[int | None], int | None] | None:
    """(spatial sizes, channels) of a batch of images; None for another rank."""
    if len(shape) != dims + 2:
        return None
    return (list(shape[2:]), shape[1]) if channels_first(o) else (list(shape[1:-1]), shape[-1])


def assembled(shape: Shape, space: list[int | None], channels: int | None, o: Options) -> Shape:
    """The same layout with other sizes."""
    return (shape[0], channels, *space) if channels_first(o) else (shape[0], *space, channels)


def sliding(dims: int, channels: str = "") -> ShapeRule:
    """Convolution (`channels` names the option that gives the new ones) and pooling."""

    def rule(shapes: Shapes, o: Options) -> Shape | None:
        parts = split(shapes[0], dims, o) if shapes[0] is not None else None
        if parts is None or shapes[0] is None:
            return None
        kernels, padding = each(o.get("kernel_size"), dims), o.get("padding", "valid")
        strides = each(o.get("stride"), dims, 1 if channels else o.get("kernel_size"))
        strides = kernels if o.get("stride") is None and not channels else strides
        dilations = each(o.get("dilation"), dims, 1)
        space = [
            window(n, k, s, padding, d)
            for n, k, s, d in zip(parts[0], kernels, strides, dilations, strict=True)
        ]
        return assembled(shapes[0], space, size_of(o.get(channels)) if channels else parts[1], o)

    return rule


def depthwise(dims: int) -> ShapeRule:
    """As convolution; every channel becomes `depth_multiplier` ones."""

    def rule(shapes: Shapes, o: Options) -> Shape | None:
        found = sliding(dims, "depth_multiplier")(shapes, o)
        parts = split(shapes[0], dims, o) if shapes[0] is not None else None
        times = o.get("depth_multiplier")
        if found is None or parts is None or shapes[0] is None:
            return found
        channels = parts[1] * times if parts[1] is not None and isinstance(times, int) else None
        inner = split(found, dims, o)
        return assembled(shapes[0], inner[0], channels, o) if inner is not None else None

    return rule


def transposed(dims: int) -> ShapeRule:
    """Conv2DTranspose: `same` multiplies by the stride, `valid` adds what the kernel reaches beyond it."""

    def rule(shapes: Shapes, o: Options) -> Shape | None:
        parts = split(shapes[0], dims, o) if shapes[0] is not None else None
        if parts is None or shapes[0] is None:
            return None
        padding, extra = o.get("padding", "valid"), o.get("output_padding")
        space: list[int | None] = []
        for n, k, s in zip(
            parts[0], each(o.get("kernel_size"), dims), each(o.get("stride"), dims, 1), strict=True
        ):
            known = all(isinstance(v, int) for v in (n, k, s)) and extra is None
            space.append(n * s + (max(k - s, 0) if padding == "valid" else 0) if known else None)
        return assembled(shapes[0], space, size_of(o.get("out_channels")), o)

    return rule


def global_pool(dims: int) -> ShapeRule:
    """Only batch and channels are left (with ones between for `keepdims`)."""

    def rule(shapes: Shapes, o: Options) -> Shape | None:
        parts = split(shapes[0], dims, o) if shapes[0] is not None else None
        if parts is None or shapes[0] is None:
            return None
        return (
            assembled(shapes[0], [1] * dims, parts[1], o)
            if o.get("keepdims") is True
            else (shapes[0][0], parts[1])
        )

    return rule


def adaptive(dims: int) -> ShapeRule:
    """The spatial sizes are `output_size`."""

    def rule(shapes: Shapes, o: Options) -> Shape | None:
        parts = split(shapes[0], dims, o) if shapes[0] is not None else None
        if parts is None or shapes[0] is None:
            return None
        return assembled(shapes[0], [size_of(n) for n in each(o.get("output_size"), dims)], parts[1], o)

    return rule


def resized(dims: int, option: str, times: bool) -> ShapeRule:
    """Up-sampling by factors, padding or cropping by (before, after) of each dimension."""

    def rule(shapes: Shapes, o: Options) -> Shape | None:
        parts = split(shapes[0], dims, o) if shapes[0] is not None else None
        if parts is None or shapes[0] is None:
            return None
        value = o.get(option)
        if dims == 1 and isinstance(value, tuple) and not times:
            value = (value,)
        sign = -1 if option == "cropping" else 1
        space: list[int | None] = []
        for n, change in zip(parts[0], each(value, dims), strict=True):
            total = change if times else _both(change)
            if n is None or not isinstance(total, int):
                space.append(None)
            else:
                space.append(n * total if times else n + sign * total)
        return assembled(shapes[0], space, parts[1], o)

    return rule


def _both(change: Any) -> int | None:
    if isinstance(change, int):
        return 2 * change
    if isinstance(change, tuple) and len(change) == 2 and all(isinstance(c, int) for c in change):
        return int(sum(change))
    return None


def flat(shapes: Shapes, o: Options) -> Shape | None:
    """Everything but the batch in one dimension."""
    shape = shapes[0]
    if not shape:
        return None
    return (shape[0], product(shape[1:]) if len(shape) > 1 else 1)


def reshaped(shapes: Shapes, o: Options) -> Shape | None:
    """Reshape(target_shape), which may hold one -1."""
    target = o.get("target_shape")
    batch = shapes[0][0] if shapes[0] else None
    if isinstance(target, int):
        target = (target,)
    if not isinstance(target, tuple):
        return None
    sizes: list[int | None] = [size_of(t) for t in target]
    if -1 in sizes:
        hole = sizes.index(-1)
        rest = product(sizes[:hole] + sizes[hole + 1 :])
        total = product(shapes[0][1:]) if shapes[0] else None
        sizes[hole] = total // rest if total is not None and rest else None
    return (batch, *sizes)


def permuted(shapes: Shapes, o: Options) -> Shape | None:
    """Permute(dims), counted from 1 behind the batch."""
    shape, dims = shapes[0], o.get("dims")
    if (
        not shape
        or not isinstance(dims, tuple)
        or not all(isinstance(d, int) and 0 < d < len(shape) for d in dims)
    ):
        return None
    return (shape[0], *(shape[d] for d in dims))


def repeated(shapes: Shapes, o: Options) -> Shape | None:
    """RepeatVector(n): (batch, features) -> (batch, n, features)."""
    shape = shapes[0]
    return (shape[0], size_of(o.get("n")), shape[1]) if shape is not None and len(shape) == 2 else None


def concatenated(shapes: Shapes, axis: Any) -> Shape | None:
    """Operands along one axis."""
    first = shapes[0] if shapes else None
    if first is None or not isinstance(axis, int) or any(s is None or len(s) != len(first) for s in shapes):
        return None
    at = axis % len(first) if first else 0
    sizes = [s[at] for s in shapes if s is not None]
    total = None if any(n is None for n in sizes) else sum(n for n in sizes if n is not None)
    return (*first[:at], total, *first[at + 1 :])
