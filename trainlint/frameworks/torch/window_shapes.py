"""Shapes after operations that slide a window or resize space: convolution, pooling, upsampling."""

from __future__ import annotations

from typing import Any

from trainlint.facts.graph import Shape
from trainlint.frameworks.torch.shapes import Options, ShapeRule, Shapes, size_of


def _each(value: Any, dims: int, default: Any = None) -> list[Any]:
    """One value a dimension, from a number or a tuple."""
    if value is None:
        value = default
    return list(value)[:dims] + [None] * (dims - len(value)) if isinstance(value, tuple) else [value] * dims


def _window(size: int | None, kernel: Any, stride: Any, padding: Any, dilation: Any, up: bool) -> int | None:
    parts = (size, kernel, stride, padding, dilation)
    if not all(isinstance(p, int) for p in parts) or not stride:
        return None
    extent = (size or 0) + 2 * padding - dilation * (kernel - 1) - 1
    steps: int = -(-extent // stride) if up else extent // stride
    if up and steps * stride >= (size or 0) + padding:
        steps -= 1  # the last window must start inside the input or its left padding
    return steps + 1


def conv(dims: int) -> ShapeRule:
    """Documented formula of torch.nn.Conv2d; `same` padding keeps the size."""

    def rule(shapes: Shapes, o: Options) -> Shape | None:
        shape = shapes[0]
        if shape is None or len(shape) < dims + 1:
            return None
        padding = _each(o.get("padding"), dims, 0)
        if o.get("padding") == "same":
            space: list[int | None] = list(shape[-dims:])
        else:
            padding = [0] * dims if o.get("padding") == "valid" else padding
            space = [
                _window(n, k, s, p, d, False)
                for n, k, s, p, d in zip(
                    shape[-dims:],
                    _each(o.get("kernel_size"), dims),
                    _each(o.get("stride"), dims, 1),
                    padding,
                    _each(o.get("dilation"), dims, 1),
                    strict=True,
                )
            ]
        return (*shape[: -dims - 1], size_of(o.get("out_channels")), *space)

    return rule


def conv_transpose(dims: int) -> ShapeRule:
    """Documented formula of torch.nn.ConvTranspose2d."""

    def rule(shapes: Shapes, o: Options) -> Shape | None:
        shape = shapes[0]
        if shape is None or len(shape) < dims + 1:
            return None
        names = (
            ("kernel_size", None),
            ("stride", 1),
            ("padding", 0),
            ("output_padding", 0),
            ("dilation", 1),
        )
        columns = [_each(o.get(name), dims, default) for name, default in names]
        space: list[int | None] = []
        for n, k, s, p, extra, d in zip(shape[-dims:], *columns, strict=True):
            known = all(isinstance(v, int) for v in (n, k, s, p, extra, d))
            space.append((n - 1) * s - 2 * p + d * (k - 1) + extra + 1 if known and n is not None else None)
        return (*shape[: -dims - 1], size_of(o.get("out_channels")), *space)

    return rule


def pool(dims: int) -> ShapeRule:
    """Documented formula of torch.nn.MaxPool2d; the stride's default is the kernel."""

    def rule(shapes: Shapes, o: Options) -> Shape | None:
        shape = shapes[0]
        if shape is None or len(shape) < dims + 1:
            return None
        kernel = _each(o.get("kernel_size"), dims)
        stride = _each(o.get("stride"), dims) if o.get("stride") is not None else kernel
        parts = zip(
            shape[-dims:],
            kernel,
            stride,
            _each(o.get("padding"), dims, 0),
            _each(o.get("dilation"), dims, 1),
            strict=True,
        )
        up = bool(o.get("ceil_mode"))
        return (
            *shape[:-dims],
            *(_window(n, k, s, p, d, up) for n, k, s, p, d in parts),
        )

    return rule


def adaptive(dims: int) -> ShapeRule:
    """Pooling to `output_size`."""

    def rule(shapes: Shapes, o: Options) -> Shape | None:
        shape = shapes[0]
        if shape is None or len(shape) < dims + 1:
            return None
        sizes = _each(o.get("output_size"), dims)
        return (*shape[:-dims], *(s if isinstance(s, int) else None for s in sizes))

    return rule


def scaled(dims: int) -> ShapeRule:
    """Upsampling by `scale_factor` or to `size`."""

    def rule(shapes: Shapes, o: Options) -> Shape | None:
        shape = shapes[0]
        if shape is None or len(shape) < 3:
            return None
        n = len(shape) - 2
        size, factor = o.get("size"), o.get("scale_factor")
        if size is not None:
            return (
                *shape[:2],
                *(s if isinstance(s, int) else None for s in _each(size, n)),
            )
        factors = _each(factor, n)
        pairs = zip(shape[2:], factors, strict=True)
        return (
            *shape[:2],
            *(int(s * f) if s is not None and isinstance(f, int | float) else None for s, f in pairs),
        )

    return rule
