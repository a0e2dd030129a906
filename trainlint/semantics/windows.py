"""Windows that a loop moves over data: `x[start : start + size]`, `x[i * size : (i + 1) * size]`."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeGuard

from trainlint.facts.fact import known
from trainlint.semantics.sequences import DictValue, ListValue
from trainlint.semantics.values import SliceValue, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_PLAIN = (ast.Name, ast.Attribute, ast.Constant)


def width(node: ast.expr, body: ast.AST | None) -> ast.expr | None:
    """The width of a subscript's window on its first axis, where that is how it is written; kept on the node. body: the
    function or module around it, in which its bounds may have got their names."""
    first = node.elts[0] if isinstance(node, ast.Tuple) and node.elts else node
    if not isinstance(first, ast.Slice):
        return None
    found: ast.expr | None
    try:
        found = first._trainlint_width  # type: ignore[attr-defined]
    except AttributeError:
        found = first._trainlint_width = _named_width(first, body)  # type: ignore[attr-defined]
    return found


def has_twin(node: ast.Subscript, body: ast.AST | None) -> bool:
    """Whether the same window is taken of something else in the same body: of labels beside inputs. Kept on the node."""
    found: bool | None = getattr(node, "_trainlint_twin", None)
    if found is None:
        bounds, base = ast.dump(node.slice), ast.dump(node.value)
        others = (n for n in ast.walk(body) if isinstance(n, ast.Subscript)) if body is not None else ()
        found = any(ast.dump(n.slice) == bounds and ast.dump(n.value) != base for n in others)
        node._trainlint_twin = found  # type: ignore[attr-defined]
    return found


def _named_width(window: ast.Slice, body: ast.AST | None) -> ast.expr | None:
    """`start = i * size`, `stop = min(start + size, n)`, `x[start:stop]`: the bounds may have names of their own."""
    for upper in _forms(window.upper, body):
        for lower in _forms(window.lower, body):
            found = _width(lower, upper)
            if found is not None:
                return _full(found, body)
    return None


def _full(size: ast.expr, body: ast.AST | None) -> ast.expr | None:
    """A width; of one that the end of the data cuts short (`n = min(size, total - start)`), what it is else."""
    given = _assigned(body).get(size.id) if isinstance(size, ast.Name) and body is not None else size
    if not _is_minimum(given):
        return size
    plain = [part for part in given.args if isinstance(part, _PLAIN)]
    if len(plain) != 1:
        return size if isinstance(size, ast.Name) else None
    return plain[0]


def _is_minimum(node: ast.expr | None) -> TypeGuard[ast.Call]:
    """Whether it is the smaller one of two."""
    return isinstance(node, ast.Call) and _last_name(node.func) in ("min", "minimum") and len(node.args) == 2


def _forms(bound: ast.expr | None, body: ast.AST | None) -> list[ast.expr]:
    """A bound, what its name was given, and of a minimum each part: it only cuts the last window short."""
    forms = [bound] if bound is not None else []
    if isinstance(bound, ast.Name) and body is not None:
        given = _assigned(body).get(bound.id)
        forms += [given] if given is not None else []
    for form in list(forms):
        if _is_minimum(form):
            forms += form.args
    return forms


def _last_name(node: ast.expr) -> str | None:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else None


def _assigned(body: ast.AST) -> dict[str, ast.expr | None]:
    """What each name of a body is given, None where that is done in several places; kept on the body."""
    found: dict[str, ast.expr | None]
    try:
        found = body._trainlint_assigned  # type: ignore[attr-defined]
    except AttributeError:
        found = {}
        clamps = {id(node.body[0]) for node in ast.walk(body) if isinstance(node, ast.If) and _clamps(node)}
        for part in ast.walk(body):
            if id(part) in clamps:
                continue
            for name, value in _bindings(part):
                found[name] = value if name not in found else None
        body._trainlint_assigned = found  # type: ignore[attr-defined]
    return found


def _clamps(node: ast.If) -> bool:
    """`if end > n: end = n`: a bound that only the end of the data cuts short."""
    test, only = node.test, node.body[0]
    if (
        not isinstance(test, ast.Compare)
        or not isinstance(only, ast.Assign)
        or len(node.body + node.orelse) > 1
    ):
        return False
    compared = [ast.unparse(side) for side in (test.left, *test.comparators)]
    given = [ast.unparse(only.targets[0]), ast.unparse(only.value)]
    ordered = compared if isinstance(test.ops[0], ast.Gt | ast.GtE) else compared[::-1]
    return isinstance(test.ops[0], ast.Gt | ast.GtE | ast.Lt | ast.LtE) and ordered == given


def _bindings(node: ast.AST) -> Iterator[tuple[str, ast.expr | None]]:
    if isinstance(node, ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Name):
                yield target.id, node.value
            elif isinstance(target, ast.Tuple):
                values = node.value.elts if isinstance(node.value, ast.Tuple) else []
                whole = len(values) == len(target.elts)
                for i, element in enumerate(target.elts):
                    if isinstance(element, ast.Name):
                        yield element.id, values[i] if whole else None
    elif isinstance(node, ast.AugAssign | ast.For | ast.comprehension | ast.AnnAssign | ast.NamedExpr):
        for part in ast.walk(node.target):
            if isinstance(part, ast.Name):
                yield part.id, None
    elif isinstance(node, ast.arg):
        yield node.arg, None


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
    notes = _notes(value)
    if notes is not None:
        notes.setdefault(_WINDOW, loader)
    return value


def kept(value: Value) -> Any:
    """What was kept with a window; None for anything else."""
    if type(value) is Window:
        return value.of
    notes = _notes(value)
    return notes.get(_WINDOW) if notes is not None else None


def _notes(value: Value) -> dict[str, Any] | None:
    """Where something is kept with a value, beside what it holds; a dictionary's cells are its own keys."""
    notes = value.state if isinstance(value, DictValue) else getattr(value, "cells", None)
    return notes if isinstance(notes, dict) else None


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


def chosen_window(run: Interpreter, windows: ListValue, key: Value, found: Value) -> Value:
    """One of a list of windows, at an index: it is taken here, and is a window whichever it is."""
    batch = window_of(windows.elements) if not isinstance(key, SliceValue) else None
    if batch is None:
        return found
    run.goes_on(batch)
    return marked(found, batch)


_WINDOW = "window"


def _width(lower: ast.expr | None, upper: ast.expr | None) -> ast.expr | None:
    if lower is None or isinstance(lower, ast.Constant) or not isinstance(upper, ast.BinOp):
        return None
    if isinstance(upper.op, ast.Add) and _same(upper.left, lower):
        return upper.right if isinstance(upper.right, _PLAIN) or _is_minimum(upper.right) else None
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
