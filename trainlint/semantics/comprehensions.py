"""Comprehensions: evaluated element by element where the sequence is known, else once for a sample."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from trainlint.facts.events import Loop, LoopPass
from trainlint.semantics.budget import MAX_LINES, MAX_PICKED, MAX_UNROLL
from trainlint.semantics.joins import optional
from trainlint.semantics.keys import distinct
from trainlint.semantics.mappings import slot_of
from trainlint.semantics.picking import lists
from trainlint.semantics.scope import Scope
from trainlint.semantics.sequences import DictValue, listed, may_be_missing, present
from trainlint.semantics.truths import LeftFiles
from trainlint.semantics.values import Const, Items, Unknown, Value
from trainlint.semantics.windows import gather

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


def samples(
    run: Interpreter, items: Items, every: bool = False, most: int = MAX_UNROLL
) -> tuple[list[Value], bool]:
    """Elements to evaluate for, and whether they are all there are. every: all that are known, though others may
    follow, for each has a key of its own. most: so many are evaluated whole."""
    if items.exact and (len(items.values) <= most or are_lines(items)):
        return items.values, True
    if items.fresh is not None:
        return [items.fresh()], False
    return items.values[: MAX_UNROLL if items.exact or every else 1], False


def are_lines(items: Items) -> bool:
    """Whether these are lines of a text file, or what was made of each: texts that begin in one that is no program."""
    values = items.values
    return 0 < len(values) <= MAX_LINES and all(
        isinstance(v, Const)
        and isinstance(v.value, str)
        and bool(v.origin)
        and v.origin[0].location.path.endswith((".cfg", ".conf"))
        for v in values
    )


def _most(*parts: ast.expr) -> int:
    """How many elements are evaluated whole: options that are only picked may be many."""
    calls = [node.func for part in parts for node in ast.walk(part) if isinstance(node, ast.Call)]
    picks = all(isinstance(name, ast.Name) and name.id in ("getattr", "str") for name in calls)
    return MAX_PICKED if picks else MAX_UNROLL


def _loop(
    run: Interpreter,
    generators: list[ast.comprehension],
    emit: Callable[[bool], None],
    every: bool = False,
    most: int = MAX_UNROLL,
    sources: list[Value] | None = None,
) -> Items:
    """Run `emit(certain)` for every element; what was gone through, without its values: inexact where elements were
    only sampled. sources: takes what the first of the generators goes through."""
    from trainlint.semantics.assignment import assign_target
    from trainlint.semantics.expressions import evaluate

    empty = False
    count: Value | None = None

    def nest(depth: int, certain: bool) -> bool:
        nonlocal empty, count
        if depth == len(generators):
            emit(certain)
            return True
        generator = generators[depth]
        source = evaluate(run, generator.iter)
        items = source.iterate(run)
        if sources is not None and depth == 0:
            sources.append(source)
        gather(source)
        found, exact = samples(run, items, every, most)
        empty = empty or items.maybe_empty
        count = items.count if len(generators) == 1 and not generator.ifs else None
        location = run.frame.module.source.location(generator.iter)
        length = items.length if items.length is not None else (len(items.values) if items.exact else None)
        loop = Loop(location, items.over, length, run.passes[-1].loop if run.passes else None, items.target)
        for number, value in enumerate(found):
            outer = run.passes
            run.passes = (*outer, LoopPass(loop, number))
            assign_target(run, generator.target, present(value))
            there = certain and not may_be_missing(value)
            truths = [evaluate(run, test).truth(run) for test in generator.ifs]
            if False not in truths:
                exact = nest(depth + 1, there and all(truths)) and exact
            run.passes = outer
        return exact

    frame = run.frame
    outer_scope = frame.scope
    frame.scope = Scope("comprehension", outer_scope)
    try:
        exact = nest(0, True)
        return Items([], exact, empty=empty, count=count)
    finally:
        frame.scope = outer_scope


def listing(run: Interpreter, node: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> Value:
    """A list, set or generator; an element under a condition that is not known may be missing."""
    from trainlint.semantics.expressions import evaluate

    found: list[Value] = []

    def emit(certain: bool) -> None:
        value = evaluate(run, node.elt)
        found.append(value if certain else optional(value))

    picked = len(run.picked)
    sources: list[Value] = []
    through = _loop(run, node.generators, emit, most=_most(node.elt), sources=sources)
    if sources and isinstance(sources[0], LeftFiles):
        return sources[0]
    lists(run, node, through.count, picked)
    kind = {ast.ListComp: "list", ast.SetComp: "set"}.get(type(node), "generator")
    return listed(distinct(found) if kind == "set" else found, through, kind=kind)


def mapping(run: Interpreter, node: ast.DictComp) -> Value:
    """A dictionary."""
    from trainlint.semantics.expressions import evaluate

    entries: dict[Any, tuple[Value, Value]] = {}
    under_unknown: list[Value] = []

    def emit(certain: bool) -> None:
        key, value = evaluate(run, node.key), evaluate(run, node.value)
        slot = slot_of(run, key)
        if slot is None:
            under_unknown.append(value)
        else:
            entries[slot] = (key, value)

    through = _loop(run, node.generators, emit, every=True, most=_most(node.key, node.value))
    made = DictValue(entries, (), not through.exact)
    for value in under_unknown:
        made.set_item(run, Unknown("a key"), value)
    return made
