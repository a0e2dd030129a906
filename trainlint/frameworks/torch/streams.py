"""Iterable data sets of the project: whether their own `__iter__` goes over the elements in random order."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from trainlint.facts.events import EventKind
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
