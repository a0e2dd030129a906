"""f-strings."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING

from trainlint.semantics.scalars import LONGEST_TEXT, format_value
from trainlint.semantics.values import Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_CONVERSIONS: dict[int, Callable[[object], str]] = {ord("r"): repr, ord("s"): str, ord("a"): ascii}


def joined(run: Interpreter, node: ast.JoinedStr) -> Value:
    """The text, where every part of it is known."""
    text = ""
    for part in node.values:
        if isinstance(part, ast.Constant):
            text += str(part.value)
            continue
        shown = _formatted(run, part) if isinstance(part, ast.FormattedValue) else None
        if shown is None or len(text) + len(shown) > LONGEST_TEXT:
            _rest_of_joined(run, node, part)
            return Unknown("formatted text")
        text += shown
    return Const(text, (run.place(node),))


def _formatted(run: Interpreter, part: ast.FormattedValue) -> str | None:
    """The text of `{value!r:spec}`; None where it is not known."""
    from trainlint.semantics.expressions import evaluate

    value = evaluate(run, part.value)
    spec = evaluate(run, part.format_spec) if part.format_spec is not None else Const("")
    if not isinstance(value, Const) or not isinstance(spec, Const):
        return None
    convert = _CONVERSIONS.get(part.conversion)
    shown = Const(convert(value.value)) if convert is not None else value
    return format_value(shown, str(spec.value))


def _rest_of_joined(run: Interpreter, node: ast.JoinedStr, after: ast.expr) -> None:
    """Evaluate what follows an unknown part, for its effects (`{loss.item()}`)."""
    from trainlint.semantics.expressions import evaluate

    position = node.values.index(after)
    for part in node.values[position + 1 :]:
        if isinstance(part, ast.FormattedValue):
            evaluate(run, part.value)
