"""Generators: what is yielded, and what a generator that ran stands for: its elements, and what a loop over it knows."""

from __future__ import annotations

import ast
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from trainlint.facts.events import Event, EventKind
from trainlint.facts.fact import known
from trainlint.semantics import collecting
from trainlint.semantics.definitions import FunctionValue
from trainlint.semantics.scope import Frame
from trainlint.semantics.sequences import ListValue
from trainlint.semantics.values import Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


def yielded(run: Interpreter, node: ast.Yield) -> Value:
    """`yield x`"""
    from trainlint.semantics.expressions import evaluate

    value = evaluate(run, node.value) if node.value is not None else Const(None)
    run.frame.yields.append(collecting.given_out(run, node, value))
    run.frame.yields_around = run.passes
    around = run.passes[run.frame_passes :]
    targets = [p.loop.target for p in around]
    if targets and not collecting.is_collected(
        targets[-1]
    ):  # what is collected there is taken apart again within
        targets = [target for target in targets if not collecting.is_collected(target)]
    _draws_from(run, next((target for target in reversed(targets) if target is not None), None))
    run.frame.yields_step = run.frame.yields_step or (around[-1].loop.step if around else None)
    lengths = [p.loop.length for p in around]
    known = [n for n in lengths if n is not None]
    first = len(run.frame.yields) == 1 or run.frame.yields_size is not None
    run.frame.yields_size = (
        math.prod(known) if first and len(known) == len(lengths) and not run.branches else None
    )
    return Unknown("what is sent to a generator")


def yielded_from(run: Interpreter, node: ast.YieldFrom) -> Value:
    """`yield from xs`"""
    from trainlint.semantics.expressions import evaluate

    items = evaluate(run, node.value).iterate(run)
    run.frame.yields.extend(items.values or ([items.fresh()] if items.fresh else []))
    run.frame.yields_open = run.frame.yields_open or not items.exact
    _draws_from(run, items.target)
    return Unknown("the result of a generator")


def _draws_from(run: Interpreter, target: Any) -> None:
    """What a generator passes on from a loader is drawn from that loader."""
    run.frame.yields_target = run.frame.yields_target or target


def generated(function: FunctionValue, frame: Frame, events: Sequence[Event]) -> ListValue:
    """The elements that the generator's body yielded. events: those that it left."""
    made = ListValue(frame.yields, (), frame.yields_open, kind="generator")
    made.cells["size"] = frame.yields_size
    made.cells["target"] = (
        collecting.collected_in(frame, events)
        or frame.yields_target
        or _drawn_from(events)
        or _window_of(events, function, frame)
        or _drawn_by_hand(events, function, frame)
    )
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


def _drawn_by_hand(events: Sequence[Event], function: FunctionValue, frame: Frame) -> Any:
    """The elements that a generator itself draws at random, so many for each of what it yields."""
    taken = [e for e in events if e.options.get("by") == "hand" and e.function == function.qualname]
    drawn = _in_the_pass(taken, frame)
    return drawn[0] if len({batch.batch_size.value for batch in drawn}) == 1 else None


def _in_the_pass(taken: Sequence[Event], frame: Frame) -> list[Any]:
    """What was drawn in the pass of the loop around the last `yield`."""
    around = tuple(frame.yields_around or ())
    return [e.target for e in taken if tuple(e.loops[: len(around)]) == around] if around else []


def _window_of(events: Sequence[Event], function: FunctionValue, frame: Frame) -> Any:
    """The loader that stands for the windows of one width that a generator itself moves over its elements, one for each
    of what it yields; or else that what it calls takes from a list of windows (`yield self[i]`)."""
    windows = [e for e in events if e.options.get("by") == "window"]
    around = tuple(frame.yields_around or ())
    taken = [e for e in windows if e.function == function.qualname] or [
        e for e in windows if around and tuple(e.loops) == around
    ]
    last = _in_the_pass(taken, frame)
    if not last or len({e.target.batch_size.value for e in taken}) != 1:
        return None
    drawn = any(e.at_random and e.branches == taken[0].branches for e in events)
    return replace(last[0], shuffle=known(True)) if drawn and not last[0].shuffle.known else last[0]
