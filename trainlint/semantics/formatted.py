"""f-strings."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING

from trainlint.semantics.scalars import LONGEST_TEXT, format_value
from trainlint.semantics.sequences import UnionValue
from trainlint.semantics.text_joining import in_text
from trainlint.semantics.values import Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_CONVERSIONS: dict[int, Callable[[object], str]] = {ord("r"): repr, ord("s"): str, ord("a"): ascii}


MOST_TEXTS = 4
"""Alternatives of a text that one of its parts leaves open."""


def joined(run: Interpreter, node: ast.JoinedStr) -> Value:
    """The text, where every part of it is known; one of several, where one part is one of a few values."""
    texts = [""]
    for part in node.values:
        if isinstance(part, ast.Constant):
            texts = [text + str(part.value) for text in texts]
            continue
        shown = _formatted(run, part) if isinstance(part, ast.FormattedValue) else []
        texts = [text + each for text in texts for each in shown]
        if not 0 < len(texts) <= MOST_TEXTS or max(map(len, texts)) > LONGEST_TEXT:
            _rest_of_joined(run, node, part)
            return Unknown("formatted text")
    place = (run.place(node),)
    made = [Const(text, place) for text in dict.fromkeys(texts)]
    return UnionValue(made) if len(made) > 1 else made[0]


def _formatted(run: Interpreter, part: ast.FormattedValue) -> list[str]:
    """What the text of `{value!r:spec}` may be; empty where it is not known."""
    from trainlint.semantics.expressions import evaluate

    value = evaluate(run, part.value)
    spec = evaluate(run, part.format_spec) if part.format_spec is not None else Const("")
    if not isinstance(spec, Const):
        return []
    convert = _CONVERSIONS.get(part.conversion)
    found: list[str] = []
    for each in value.alternatives if isinstance(value, UnionValue) else (value,):
        if part.conversion in (-1, ord("s")):
            each = in_text(run, each)
        if not isinstance(each, Const):
            return []
        shown = format_value(Const(convert(each.value)) if convert is not None else each, str(spec.value))
        if shown is None:
            return []
        found.append(shown)
    return found


def _rest_of_joined(run: Interpreter, node: ast.JoinedStr, after: ast.expr) -> None:
    """Evaluate what follows an unknown part, for its effects (`{loss.item()}`)."""
    from trainlint.semantics.expressions import evaluate

    position = node.values.index(after)
    for part in node.values[position + 1 :]:
        if isinstance(part, ast.FormattedValue):
            evaluate(run, part.value)
