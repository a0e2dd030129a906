"""Shapes of results, from the shapes of operands and the constant options of an operation.

Sizes are batch-included; None where a size is not known, and None for a shape whose rank is not known.
Every function takes the operands' shapes and a dictionary of the options that are known.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from trainlint.facts.graph import Shape
from trainlint.semantics.tensors import broadcast, matmul_shape

Shapes = Sequence[Shape | None]
Options = Mapping[str, Any]
ShapeRule = Callable[[Shapes, Options], Shape | None]


def same(shapes: Shapes, o: Options) -> Shape | None:
    """The first operand's shape."""
    return shapes[0] if shapes else None


def unknown(shapes: Shapes, o: Options) -> Shape | None:
    """Not worked out."""
    return None


def elementwise(shapes: Shapes, o: Options) -> Shape | None:
    """All operands broadcast."""
    result = shapes[0] if shapes else None
    for shape in shapes[1:]:
        result = broadcast(result, shape)
    return result


def product(sizes: Sequence[int | None]) -> int | None:
    """Their product; None if one is not known."""
    return None if any(s is None for s in sizes) else math.prod(s for s in sizes if s is not None)


def last(option: str) -> ShapeRule:
    """The last dimension takes the size of an option (`out_features`)."""

    def rule(shapes: Shapes, o: Options) -> Shape | None:
        shape = shapes[0]
        return (*shape[:-1], size_of(o.get(option))) if shape else None

    return rule


def appended(option: str) -> ShapeRule:
    """One more dimension, of the size of an option (`embedding_dim`)."""

    def rule(shapes: Shapes, o: Options) -> Shape | None:
        return (*shapes[0], size_of(o.get(option))) if shapes[0] is not None else None

    return rule


def size_of(value: Any) -> int | None:
    """A whole number as a size."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def flatten(default_start: int) -> ShapeRule:
    """One dimension from `start_dim` to `end_dim`."""

    def rule(shapes: Shapes, o: Options) -> Shape | None:
        shape = shapes[0]
        start, end = o.get("start_dim", default_start), o.get("end_dim", -1)
        if not shape or not isinstance(start, int) or not isinstance(end, int):
            return None
        start, end = start % len(shape), end % len(shape)
        return (*shape[:start], product(shape[start : end + 1]), *shape[end + 1 :])

    return rule


def view(shape: Shape | None, sizes: Sequence[Any]) -> Shape | None:
    """The shape after `view(*sizes)`; a size that is not known is None.

    An unknown first size is taken to be the unknown batch of the operand (`x.view(x.size(0), -1)`).
    """
    result = [s if isinstance(s, int) else None for s in sizes]
    if -1 not in result:
        return tuple(result)
    hole = result.index(-1)
    others = result[:hole] + result[hole + 1 :]
    source = list(shape) if shape is not None else [None]
    if shape is not None and shape and shape[0] is None and hole != 0 and result[0] is None:
        source, others = source[1:], others[1:]
    total, used = product(source), product(others)
    result[hole] = total // used if total is not None and used else None
    return tuple(result)


def dim_moved(kind: str) -> ShapeRule:
    """permute, transpose, squeeze, unsqueeze by constant dimensions."""

    def rule(shapes: Shapes, o: Options) -> Shape | None:
        shape = shapes[0]
        if shape is None:
            return None
        dims = o.get("dims", o.get("dim"))
        if kind == "transpose":
            a, b = o.get("dim0"), o.get("dim1")
            return (
                _swapped(shape, a, b) if isinstance(a, int) and isinstance(b, int) else (None,) * len(shape)
            )
        if kind == "permute":
            known = (
                isinstance(dims, tuple) and len(dims) == len(shape) and all(isinstance(d, int) for d in dims)
            )
            return tuple(shape[d] for d in dims) if known else (None,) * len(shape)
        if not isinstance(dims, int):
            return tuple(s for s in shape if s != 1) if kind == "squeeze" and None not in shape else None
        if kind == "unsqueeze":
            at = dims % (len(shape) + 1)
            return (*shape[:at], 1, *shape[at:])
        at = dims % max(len(shape), 1)
        return (*shape[:at], *shape[at + 1 :]) if shape and shape[at] == 1 else shape

    return rule


def _swapped(shape: Shape, a: int, b: int) -> Shape:
    sizes = list(shape)
    if sizes and -len(sizes) <= min(a, b) and max(a, b) < len(sizes):
        sizes[a], sizes[b] = sizes[b], sizes[a]
    return tuple(sizes)


def reduced(shapes: Shapes, o: Options) -> Shape | None:
    """mean, sum and the like over `dim` (all dimensions where none is given)."""
    shape = shapes[0]
    dim = o.get("dim")
    if dim is None:
        return () if "dim" in o else None
    if shape is None:
        return None
    dims = {
        d % len(shape) for d in (dim if isinstance(dim, tuple) else (dim,)) if isinstance(d, int) and shape
    }
    if o.get("keepdim"):
        return tuple(1 if i in dims else s for i, s in enumerate(shape))
    return tuple(s for i, s in enumerate(shape) if i not in dims)


def concatenated(shapes: Shapes, o: Options) -> Shape | None:
    """Sizes along `dim` add up; None where an operand's is not known."""
    dim = o.get("dim", 0)
    if (
        not shapes
        or not isinstance(dim, int)
        or any(s is None or len(s) != len(shapes[0] or ()) for s in shapes)
    ):
        return None
    first = shapes[0] or ()
    at = dim % max(len(first), 1)
    sizes = [s[at] if s else None for s in shapes]
    total = None if any(n is None for n in sizes) else sum(n for n in sizes if n is not None)
    return (*first[:at], total, *first[at + 1 :])


def common(first: Shape | None, second: Shape | None) -> Shape | None:
    """The sizes that two shapes agree on."""
    if first is None or second is None or len(first) != len(second):
        return None
    return tuple(a if a == b else None for a, b in zip(first, second, strict=True))


def stacked(shapes: Shapes, o: Options) -> Shape | None:
    """A new dimension with one entry an operand."""
    dim = o.get("dim", 0)
    first = shapes[0] if shapes else None
    if first is None or not isinstance(dim, int):
        return None
    at = dim % (len(first) + 1)
    return (*first[:at], len(shapes), *first[at:])


def matmul(shapes: Shapes, o: Options) -> Shape | None:
    """Matrix product."""
    return matmul_shape(shapes[0], shapes[1]) if len(shapes) > 1 else None
