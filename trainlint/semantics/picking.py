"""Elements that a loop over a number draws one by one: `[random.choice(xs) for _ in range(size)]`, and the segments of a
distribution from each of which one is drawn (`for i in range(size): s = random.uniform(i * part, (i + 1) * part)`)."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trainlint.semantics.values import Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


@dataclass(frozen=True, eq=False)
class Pick:
    """One random draw. at: the call; index: it gives an element or a whole number, which may be an index of one."""

    frame: Any
    branches: Any
    at: ast.AST | None
    index: bool


def gathers(run: Interpreter, node: ast.For | ast.AsyncFor, count: Value | None, before: int) -> None:
    """Note that a `for` loop has drawn so many elements, if it draws one in each pass and appends what comes of it.

    before: how many picks there were when the loop began.
    """
    if count is None or len(run.picked) == before or not any(map(_appends, node.body)):
        return
    drawing = [stmt for stmt in node.body if isinstance(stmt, ast.Assign | ast.AnnAssign | ast.Expr)]
    _note(run, node.target, drawing, node.body, count, before)


def lists(
    run: Interpreter, node: ast.ListComp | ast.SetComp | ast.GeneratorExp, count: Value | None, before: int
) -> None:
    """The same of a comprehension."""
    if count is not None and len(run.picked) > before:
        _note(run, node.generators[0].target, [node.elt], [], count, before)


def _note(run: Interpreter, target: ast.expr, drawing: Sequence[ast.AST], body: Sequence[ast.stmt], count: Value,
          before: int) -> None:  # fmt: skip
    picks = [p for p in run.picked[before:] if p.frame is run.frame and p.branches == run.branches]
    for part in drawing:
        inside = {id(n) for n in ast.walk(part)}
        own = [p for p in picks if id(p.at) in inside]
        drawn = (
            any(p.index for p in own) or _names(target) & set(_mentioned(part, body)) or _falls_on(part, body)
        )
        if own and drawn:
            run.draws(count)
            return


def _falls_on(part: ast.AST, body: Sequence[ast.stmt]) -> bool:
    """Whether an object is asked what a drawn number falls on, and gives several things of which the loop appends one:
    `index, priority, row = tree.find(random.random())`, or of a name that was given the number."""
    asked: list[ast.AST] = [part]
    if isinstance(part, ast.Assign) and all(isinstance(t, ast.Name) for t in part.targets):
        given = frozenset().union(*map(_names, part.targets))
        asked = [s for s in body if isinstance(s, ast.Assign) and _passes(s.value, given)]
    kept = frozenset().union(*(_names(s.value.args[0]) for s in body if _appends(s) and s.value.args))  # type: ignore[attr-defined]
    found = (t for s in asked if isinstance(s, ast.Assign) and _is_method(s.value) for t in s.targets)
    return any(isinstance(t, ast.Tuple) and _names(t) & kept for t in found)


def _is_method(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute)


def _passes(value: ast.expr, names: frozenset[str]) -> bool:
    """Whether a method is called with one of these names as it is."""
    return _is_method(value) and any(isinstance(a, ast.Name) and a.id in names for a in value.args)  # type: ignore[attr-defined]


def _appends(stmt: ast.stmt) -> bool:
    call = stmt.value if isinstance(stmt, ast.Expr) else None
    return isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "append"


def _names(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def _mentioned(part: ast.AST, body: Sequence[ast.stmt]) -> Iterator[str]:
    """The names in an expression, and those in what the body gives these names."""
    names = _names(part)
    yield from names
    for stmt in body:
        if isinstance(stmt, ast.Assign) and any(_names(target) & names for target in stmt.targets):
            yield from _names(stmt.value)
