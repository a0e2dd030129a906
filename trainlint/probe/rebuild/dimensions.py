"""What rules for shapes are made of: the error, dimensions, one number for each dimension."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Shape = tuple[int, ...]
Options = Mapping[str, Any]
Rule = Callable[[Sequence[Shape], Options], Shape]


class ShapeError(ValueError):
    """Shapes that do not fit an operation."""


def need(condition: bool, why: str) -> None:
    """Raise ShapeError unless the condition holds."""
    if not condition:
        raise ShapeError(why)


def axis(dim: int, rank: int) -> int:
    """Where a dimension of torch (batch counted, negative ones from the end) stands in a shape without batch.

    Raises:
        ShapeError: there is no such dimension, or it is the batch.
    """
    place = dim if dim >= 0 else dim + rank + 1
    need(1 <= place <= rank, f"dimension {dim} of {rank + 1}")
    return place - 1


def each(value: Any, count: int) -> tuple[int, ...]:
    """One number for each dimension."""
    return tuple(value) if isinstance(value, tuple | list) else (value,) * count


def text(shapes: Sequence[Shape]) -> str:
    """Shapes in words for messages."""
    return " and ".join("x".join(map(str, s)) or "a number" for s in shapes)
