"""What each arm of a condition knows of the names that the condition asks about."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING

from trainlint.semantics import collecting
from trainlint.semantics.expressions import evaluate
from trainlint.semantics.joins import join
from trainlint.semantics.sequences import UnionValue
from trainlint.semantics.values import Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


def narrowings(run: Interpreter, test: ast.expr) -> tuple[Callable[[], None], Callable[[], None]]:
    """What each arm knows: of a union the alternatives for which the test can be true, and can be false; of a list that
    it is full."""
    narrow = _alternatives(run, test)

    def enter(side: bool) -> None:
        narrow(side)
        collecting.enter(run, test, side)

    return (lambda: enter(True)), (lambda: enter(False))


def _alternatives(run: Interpreter, test: ast.expr) -> Callable[[bool], None]:
    target = _union_in(run, test)
    if target is None:
        return lambda side: None
    variables, key, union = target
    kept: dict[bool, list[Value]] = {True: [], False: []}
    for value in union.alternatives:
        mark = run.store.mark()
        run.write(variables, key, value)
        with run.silenced():
            truth = evaluate(run, test).truth(run)
        run.store.take(mark)
        for side in (True, False):
            if truth is not (not side):
                kept[side].append(value)

    def narrow(side: bool) -> None:
        found = kept[side]
        if found and len(found) < len(union.alternatives):
            joined = found[0]
            for other in found[1:]:
                joined = join(run, joined, other)
            run.write(variables, key, joined)

    return narrow


def _union_in(run: Interpreter, test: ast.expr) -> tuple[dict[str, Value], str, UnionValue] | None:
    """The first name or `self.attribute` in the test that holds a union, with the place that holds it."""
    variables = run.frame.scope.vars
    for name, attribute in _operands(test):
        base = variables.get(name)
        if attribute is None:
            if isinstance(base, UnionValue):
                return variables, name, base
            continue
        attrs: dict[str, Value] = getattr(base, "attrs", {})
        found = attrs.get(attribute)
        if isinstance(found, UnionValue):
            return attrs, attribute, found
    return None


def _operands(test: ast.expr) -> tuple[tuple[str, str | None], ...]:
    """The names and `name.attribute` pairs of a test, outermost first; none for one with many calls. Kept on the
    syntax tree: tests are evaluated again and again."""
    kept: tuple[tuple[str, str | None], ...] | None = getattr(test, "_trainlint_operands", None)
    if kept is not None:
        return kept
    parts = list(ast.walk(test))
    found: list[tuple[str, str | None]] = []
    if sum(isinstance(part, ast.Call) for part in parts) <= 2:
        for part in parts:
            if isinstance(part, ast.Name):
                found.append((part.id, None))
            elif isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name):
                found.append((part.value.id, part.attr))
    test._trainlint_operands = kept = tuple(found)  # type: ignore[attr-defined]
    return kept
