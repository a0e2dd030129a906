"""Loops: known sequences are unrolled, so that layers built in a `for` are all there; others run twice, so
that the second pass shows what one iteration leaves for the next."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING

from trainlint.facts.events import EventKind, Loop, LoopPass
from trainlint.semantics.assignment import assign_target
from trainlint.semantics.budget import MAX_UNROLL
from trainlint.semantics.containers import any_of
from trainlint.semantics.expressions import evaluate
from trainlint.semantics.flow import NOTHING, Flow
from trainlint.semantics.sequences import TupleValue, may_be_missing, present
from trainlint.semantics.store import Changes
from trainlint.semantics.values import Const, Items, Unknown, Value, Whole
from trainlint.semantics.widening import join_exits, one_or_many, open_grown, widen

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

TRAINING = frozenset({
    EventKind.BACKWARD, EventKind.STEP, EventKind.ZERO_GRAD, EventKind.FORWARD, EventKind.LOSS,
    EventKind.SCHEDULE_STEP, EventKind.MANUAL_STEP,
})  # fmt: skip
"""Events that make a loop a training (or evaluation) loop, which is not unrolled."""
MAX_PHASES = 4
"""A loop over so few known elements (`for phase in ("train", "val")`) is evaluated whole all the same."""


def execute_for(run: Interpreter, node: ast.For | ast.AsyncFor) -> int:
    """`for target in iter: ... else: ...`"""
    items = evaluate(run, node.iter).iterate(run)
    if items.exact and not items.values:
        return _else(run, node.orelse)
    loop = _open(run, node.iter, items)
    parts = items.exact and items.over == "modules"
    objects = bool(items.values) and not isinstance(items.values[0], Const)
    whole = items.exact and (objects or len(items.values) <= MAX_UNROLL)
    phases = parts or (items.exact and items.over == "sequence" and len(items.values) <= MAX_PHASES)
    sample = items.values
    events = len(run.program.events)

    def element(number: int) -> Value | None:
        if number and items.exact and not phases and number < len(sample) and _trains(run, events):
            return _later(sample[number])
        if number and not items.exact and items.fresh is None:
            later = sample[min(number, len(sample) - 1)] if sample else Unknown("an element")
            return any_of(sample, "an element of a later pass") if isinstance(later, Const) else _later(later)
        if number < len(sample) and (items.exact or items.fresh is None or number == 0):
            return sample[number]
        if items.fresh is not None:
            return items.fresh()
        return None if items.exact else Unknown("an element")

    def bind(number: int) -> bool | None:
        value = element(number)
        if value is None:
            return False
        assign_target(run, node.target, present(value))
        return None if may_be_missing(value) else True

    return _passes(run, node, loop, bind, whole, phases)


def _trains(run: Interpreter, events: int) -> bool:
    """Whether anything was trained or evaluated since this number of events."""
    return any(e.kind in TRAINING for e in run.program.events[events:])


def _later(value: Value) -> Value:
    """An element of the second pass, which stands for all later ones: its numbers are not known (`i % 4 == 0`)."""
    if isinstance(value, Const) and isinstance(value.value, int) and not isinstance(value.value, bool):
        return Whole("an index of a later pass")
    if isinstance(value, TupleValue) and type(value) is TupleValue:
        return TupleValue([_later(v) for v in value.elements], value.origin, value.open)
    return value


def execute_while(run: Interpreter, node: ast.While) -> int:
    """`while test: ...`: unrolled while the test is known to hold and nothing is trained in it."""
    truth = evaluate(run, node.test).truth(run)
    if truth is False:
        return _else(run, node.orelse)
    endless = isinstance(node.test, ast.Constant)
    loop = _open(run, node.test, Items([], False, over="while"))

    def bind(number: int) -> bool:
        return number == 0 or evaluate(run, node.test).truth(run) is not False

    return _passes(run, node, loop, bind, truth is True and not endless)


def _open(run: Interpreter, node: ast.expr, items: Items) -> Loop:
    location = run.frame.module.source.location(node)
    parent = run.passes[-1].loop if run.passes else None
    length = items.length if items.length is not None else (len(items.values) if items.exact else None)
    step = items.step
    wide = isinstance(step, Const) and type(step.value) is int and step.value > 1
    return Loop(location, items.over, length, parent, items.target, run.fact(step) if wide else None)


def _passes(
    run: Interpreter,
    node: ast.For | ast.AsyncFor | ast.While,
    loop: Loop,
    bind: Callable[[int], bool | None],
    whole: bool,
    phases: bool = False,
) -> int:
    """Run the body pass by pass: all passes of a short known sequence, else two.

    bind: prepares a pass; False ends the loop, None is a pass that may be left out.
    """
    from trainlint.semantics.conditions import Arm, run_arms
    from trainlint.semantics.statements import execute_block

    outer = run.passes
    flow, ended = Flow.NONE, False
    events = len(run.program.events)
    start = second = run.store.mark()
    once: Changes = {}
    exits: list[Changes] = []
    yields = len(run.frame.yields)
    number = 0
    limit = max(loop.length + 1, MAX_UNROLL) if whole and loop.length is not None else MAX_UNROLL
    while number < limit:
        run.passes = (*outer, LoopPass(loop, number))
        before = run.store.mark()
        there = bind(number)
        if there is False:
            run.store.take(before)
            break
        if there is None:
            step = run_arms(run, node, [Arm(node.body), Arm([])], NOTHING, "if").flow
        else:
            step = execute_block(run, node.body)
        flow |= step
        if not step & (Flow.FALLS | Flow.CONTINUES):
            ended = whole or number == 0
            break
        number += 1
        trains = not phases and any(e.kind in TRAINING for e in run.program.events[events:])
        if number >= 2 and (trains or not whole):
            one_or_many(run, once, run.store.changes(second))
            break
        if step & Flow.BREAKS:
            exits.append(run.store.changes(start))
        if trains or not whole:
            once = run.store.changes(start)
            widen(run, start)
            open_grown(run, start)
            second = run.store.mark()
    run.passes = outer
    join_exits(run, exits, start)
    if not whole or number >= limit:
        open_grown(run, start)
        run.frame.yields_open = run.frame.yields_open or len(run.frame.yields) > yields
    leaves = flow & (Flow.RETURNS | Flow.RAISES)
    if ended:  # by a break, return or raise for certain
        return leaves | Flow.FALLS if flow & Flow.BREAKS else leaves
    if flow & Flow.BREAKS and node.orelse:
        return leaves | run_arms(run, node, [Arm([]), Arm(node.orelse)], NOTHING, "if").flow
    return leaves | _else(run, node.orelse)


def _else(run: Interpreter, body: list[ast.stmt]) -> int:
    from trainlint.semantics.statements import execute_block

    return execute_block(run, body) if body else Flow.FALLS
