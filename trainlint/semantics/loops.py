"""Loops: known sequences are unrolled, so that layers built in a `for` are all there; others run twice, so
that the second pass shows what one iteration leaves for the next."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from trainlint.facts.events import Loop
from trainlint.semantics import collecting
from trainlint.semantics.amounts import Whole
from trainlint.semantics.assignment import assign_target
from trainlint.semantics.budget import MAX_UNROLL
from trainlint.semantics.comprehensions import are_lines
from trainlint.semantics.containers import any_of
from trainlint.semantics.expressions import evaluate
from trainlint.semantics.flow import Flow
from trainlint.semantics.passes import Body, Passes, trains
from trainlint.semantics.picking import gathers
from trainlint.semantics.sequences import TupleValue, may_be_missing, present
from trainlint.semantics.values import Const, Items, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

MAX_WORDS = 256
"""Texts that a loop goes through one by one: keys of a configuration, not the words of a language."""
MAX_PHASES = 4
"""A loop over so few known elements (`for phase in ("train", "val")`) is evaluated whole all the same."""


def execute_for(run: Interpreter, node: ast.For | ast.AsyncFor) -> int:
    """`for target in iter: ... else: ...`"""
    items = evaluate(run, node.iter).iterate(run)
    if items.exact and not items.values:
        return _else(run, node.orelse)
    loop = _open(run, node.iter, items, once=any(isinstance(part, ast.Break) for part in node.body))
    parts = items.exact and items.over == "modules"
    whole = items.exact and (_words(items) or len(items.values) <= MAX_UNROLL)
    named = items.exact and items.over == "sequence" and _words(items)
    phases = parts or (items.exact and items.over == "sequence" and len(items.values) <= MAX_PHASES)
    sample = items.values
    events = len(run.program.events)

    def element(number: int) -> Value | None:
        if number and items.exact and not body.phases and number < len(sample) and trains(run, events):
            return _later(sample[number])
        if number and not items.exact and items.fresh is None:
            later = sample[min(number, len(sample) - 1)] if sample else Unknown("an element")
            return any_of(sample, "an element of a later pass") if isinstance(later, Const) else _later(later)
        if number < len(sample) and (items.exact or items.fresh is None or number == 0):
            return sample[number]
        if items.fresh is not None:
            return items.fresh()
        return None if items.exact else Unknown("an element")

    def later(number: int) -> Value | None:
        left = sample[number:]
        plain = bool(left) and isinstance(left[0], Const)
        return any_of(left, "an element of a later pass") if plain else element(number)

    def bind(number: int, last: bool) -> bool | None:
        sampled = number > 0 and items.exact and not whole
        value = later(number) if last or sampled else element(number)
        if value is None:
            return False
        assign_target(run, node.target, present(value))
        return None if may_be_missing(value) else True

    picked = len(run.picked)
    body = Body(node, loop, bind, whole, phases, named and not phases)
    flow = Passes(run, body).execute()
    if not trains(run, events):
        gathers(run, node, items.count, picked)
        collecting.counted(run, node, items.count)
    return flow


def _words(items: Items) -> bool:
    """Whether each element counts for itself: objects, and texts (the keys of a configuration), unlike numbers."""
    first = items.values[0] if items.values else None
    if isinstance(first, Const):
        return isinstance(first.value, str) and (len(items.values) <= MAX_WORDS or are_lines(items))
    return first is not None


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

    def bind(number: int, last: bool) -> bool:
        found = True if number == 0 else evaluate(run, node.test).truth(run)
        body.open = found is None
        return found is not False

    body = Body(node, loop, bind, truth is True and not endless)
    flow = Passes(run, body).execute()
    collecting.leave(run, node.test)
    return flow


def _open(run: Interpreter, node: ast.expr, items: Items, once: bool = False) -> Loop:
    """What is known of a loop; once: its body ends in `break`, whatever it runs over."""
    location = run.frame.module.source.location(node)
    parent = run.passes[-1].loop if run.passes else None
    length = items.length if items.length is not None else (len(items.values) if items.exact else None)
    length = 1 if once and length != 0 else length
    step = items.step
    wide = isinstance(step, Const) and type(step.value) is int and step.value > 1
    return Loop(location, items.over, length, parent, items.target, run.fact(step) if wide else None)


def _else(run: Interpreter, body: list[ast.stmt]) -> int:
    from trainlint.semantics.statements import execute_block

    return execute_block(run, body) if body else Flow.FALLS
