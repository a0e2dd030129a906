"""What a generator that ran stands for: its elements, and what a loop over it knows of them."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

from trainlint.facts.events import Event, EventKind
from trainlint.semantics.definitions import FunctionValue
from trainlint.semantics.scope import Frame
from trainlint.semantics.sequences import ListValue
from trainlint.semantics.values import Value


def generated(function: FunctionValue, frame: Frame, events: Sequence[Event]) -> ListValue:
    """The elements that the generator's body yielded. events: those that it left."""
    made = ListValue(frame.yields, (), frame.yields_open, kind="generator")
    made.cells["size"] = frame.yields_size
    made.cells["target"] = frame.yields_target or _drawn_from(events) or _window_of(events, function)
    made.cells["step"] = frame.yields_step
    made.cells["locals"] = _at_hand(function.node, frame)
    made.cells["shuffled"] = any(e.at_random for e in events)
    made.cells["windows"] = [e.target for e in events if e.options.get("by") == "window"]
    return made


def _at_hand(node: ast.AST, frame: Frame) -> dict[str, Value]:
    """The local variables of a generator that ran, and those of the functions around it that it names."""
    used: set[str] | None = None
    found = dict(frame.scope.vars)
    scope = frame.scope.parent
    while scope is not None and scope.kind != "module":
        if used is None:
            used = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
        found = {k: v for k, v in scope.vars.items() if k in used} | found
        scope = scope.parent
    return found


def _drawn_from(events: Sequence[Event]) -> Any:
    """The one loader that a generator takes from in what it calls, as one does that fetches ahead."""
    plain = [e.target for e in events if e.kind is EventKind.DRAW and not e.options and e.target is not None]
    return plain[0] if plain and all(target is plain[0] for target in plain) else None


def _window_of(events: Sequence[Event], function: FunctionValue) -> Any:
    """The loader that stands for the windows of one width that a generator itself moves over its elements."""
    taken = [e.target for e in events if e.options.get("by") == "window" and e.function == function.qualname]
    widths = {w.batch_size.value for w in taken}
    return taken[0] if len(widths) == 1 else None
