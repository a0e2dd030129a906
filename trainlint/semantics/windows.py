"""Windows that a loop moves over data: `x[start : start + size]`, `x[i * size : (i + 1) * size]`."""

from __future__ import annotations

import ast

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
