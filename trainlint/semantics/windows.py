"""Windows that a loop moves over data: `x[start : start + size]`, `x[i * size : (i + 1) * size]`."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

from trainlint.facts.fact import known
from trainlint.semantics.values import Unknown, Value

_PLAIN = (ast.Name, ast.Attribute, ast.Constant)


def width(node: ast.expr) -> ast.expr | None:
    """The width of a subscript's window on its first axis, where that is how it is written; kept on the node."""
    first = node.elts[0] if isinstance(node, ast.Tuple) and node.elts else node
    if not isinstance(first, ast.Slice):
        return None
    found: ast.expr | None
    try:
        found = first._trainlint_width  # type: ignore[attr-defined]
    except AttributeError:
        found = first._trainlint_width = _width(first.lower, first.upper)  # type: ignore[attr-defined]
    return found


class Window(Unknown):
    """A window of something that is not known. of: what it stands for as a batch (a facts.Loader)."""

    __slots__ = ("of",)

    of: Any


def marked(value: Value, loader: Any) -> Value:
    """A window that keeps what it stands for as a batch (a facts.Loader)."""
    if type(value) is Unknown:
        found = Window(value.why, value.origin, value.method)
        found.made, found.drawn, found.of = value.made, value.drawn, loader
        return found
    cells = getattr(value, "cells", None)
    if isinstance(cells, dict):
        cells.setdefault(_WINDOW, loader)
    return value


def kept(value: Value) -> Any:
    """What was kept with a window; None for anything else."""
    if type(value) is Window:
        return value.of
    cells = getattr(value, "cells", None)
    return cells.get(_WINDOW) if isinstance(cells, dict) else None


def gather(value: Value) -> None:
    """Note of a window that its elements are gone through to make something of each: they are examples, where a window of
    a text would be taken as it is."""
    loader = kept(value)
    if loader is not None:
        loader.options["gathered"] = known(True)


def window_of(elements: Sequence[Value]) -> Any:
    """The batch that each of some elements is a window for, if all have one width; else None."""
    found = [kept(value) for value in elements]
    if not found or None in found or len({loader.batch_size.value for loader in found}) > 1:
        return None
    return found[0]


_WINDOW = "window"


def _width(lower: ast.expr | None, upper: ast.expr | None) -> ast.expr | None:
    if lower is None or isinstance(lower, ast.Constant) or not isinstance(upper, ast.BinOp):
        return None
    if isinstance(upper.op, ast.Add) and _same(upper.left, lower):
        return upper.right if isinstance(upper.right, _PLAIN) else None
    products = (
        isinstance(lower, ast.BinOp) and isinstance(lower.op, ast.Mult) and isinstance(upper.op, ast.Mult)
    )
    if not products or not isinstance(lower, ast.BinOp):
        return None
    for number, size in ((lower.left, lower.right), (lower.right, lower.left)):
        for after, other in ((upper.left, upper.right), (upper.right, upper.left)):
            if isinstance(size, _PLAIN) and _same(size, other) and _follows(after, number):
                return size
    return None


def _follows(after: ast.expr, number: ast.expr) -> bool:
    """Whether the first is written as the second plus one."""
    return (
        isinstance(after, ast.BinOp)
        and isinstance(after.op, ast.Add)
        and _same(after.left, number)
        and isinstance(after.right, ast.Constant)
        and after.right.value == 1
    )


def _same(a: ast.expr, b: ast.expr) -> bool:
    return ast.dump(a) == ast.dump(b)
