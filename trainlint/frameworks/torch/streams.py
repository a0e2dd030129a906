"""Data sets of the project: whether their own `__iter__` or `__getitem__` goes over the elements in random order."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from trainlint.facts.events import EventKind
from trainlint.facts.fact import Fact, known, unknown
from trainlint.facts.graph import Op
from trainlint.frameworks.torch.data import ITERABLE
from trainlint.semantics.definitions import FunctionValue
from trainlint.semantics.objects import Instance

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


def shuffles(run: Interpreter, stream: Instance, since: int) -> bool:
    """Whether an iterable data set, whose `__iter__` has made the events from number `since`, drew an order for a single
    loop over its elements. (Where loops are nested, it may be an order of files whose elements follow one another.)"""
    own = run.class_attribute(stream.cls, "__iter__") if stream.is_a(ITERABLE.qualname) else None
    if not isinstance(own, FunctionValue):
        return False
    around, branches = len(run.passes), len(run.branches)
    drawn = any(
        event.kind is EventKind.DRAW
        and event.options.get("by") == "order"
        and event.function == own.qualname
        and len(event.branches) == branches
        and all(p.loop.over == "while" for p in event.loops[around:])
        for event in run.program.events[since:]
    )
    depths = list(_yields(own.node, 0))
    return drawn and bool(depths) and set(depths) == {1}


def picks_at_random(
    run: Interpreter, dataset: Instance, nodes: int, picked: int, asked: Fact[bool]
) -> Fact[bool]:
    """Whether elements come in random order from a loader that asks for them in the order `asked`: where `__getitem__`
    does not look at its index but draws one, whatever it is asked for. nodes, picked: how many nodes and numbers drawn
    there were before an element was made."""
    own = run.class_attribute(dataset.cls, "__getitem__")
    if not isinstance(own, FunctionValue) or isinstance(own.node, ast.Lambda):
        return asked
    places = [a.arg for a in (*own.node.args.posonlyargs, *own.node.args.args)]
    inside = [n for statement in own.node.body for n in ast.walk(statement)]
    if len(places) < 2 or any(isinstance(n, ast.Name) and n.id == places[1] for n in inside):
        return asked
    drawn = any(pick.index for pick in run.picked[picked:]) or any(
        node.op is Op.RANDOM and node.name == "integer" for node in run.nodes[nodes:]
    )
    if not drawn:
        return asked
    taken = any(isinstance(n, ast.Subscript) and not isinstance(n.value, ast.Call) for n in inside)
    return known(True) if taken else unknown("a data set that draws whatever it is asked for")


def _yields(node: ast.AST, depth: int) -> Iterator[int]:
    """In how many `for` loops each `yield` of a function stands; -1 for what another iterator yields."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            continue
        if isinstance(child, ast.Yield):
            yield depth
        elif isinstance(child, ast.YieldFrom):
            yield -1
        yield from _yields(child, depth + isinstance(child, ast.For | ast.AsyncFor))
