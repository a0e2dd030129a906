"""What the target of a loss holds, judged by all that the program does with it: an output's argmax that is compared with the
same data elsewhere, in the evaluation for one, says that it is class indices."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from trainlint.facts.fact import Slice
from trainlint.facts.graph import Node, Op
from trainlint.facts.losses import compared_with, predicted
from trainlint.facts.program import Program
from trainlint.facts.target_sources import INDEX, Target
from trainlint.facts.targets import EQUALS, KEEPS, SAME, describe_in, is_argmax
from trainlint.facts.training import Loss

_HEAD = frozenset({Op.RESHAPE, Op.INDEX, Op.CAST, Op.DROPOUT, Op.ACTIVATION, Op.DETACH, Op.UPSAMPLE})
"""Operations between an output layer and an argmax, or a loss, after which it is still that layer's output."""
_WAYS = 64

Column = tuple[object, ...]


@dataclass(frozen=True)
class _Comparison:
    """An argmax that is compared with data. head: what the argmax runs over. columns: which data, as `_columns` says."""

    head: object
    columns: frozenset[Column]


def target_of(program: Program, loss: Loss) -> Target:
    """What is known of what a loss compares its prediction with."""
    target = compared_with(loss)
    found = describe_in(program.graph, target)
    if found.encoding is None and is_compared_with_argmax(program, loss):
        return replace(found, encoding=INDEX, source=found.source or target)
    return found


def is_compared_with_argmax(program: Program, loss: Loss) -> bool:
    """Whether the argmax of the output that a loss receives is compared with the very data that the loss receives as its
    target, be it of another split."""
    prediction, target = predicted(loss), compared_with(loss)
    if prediction is None or target is None:
        return False
    columns = _columns(target)
    if not columns:
        return False
    head = _head(prediction)
    return any(c.head == head and columns <= c.columns for c in _comparisons(program))


def _comparisons(program: Program) -> list[_Comparison]:
    found: list[_Comparison] | None = program.cache.get("labels.comparisons")
    if found is None:
        found = program.cache["labels.comparisons"] = list(_looked_up(program))
    return found


def _looked_up(program: Program) -> Iterator[_Comparison]:
    for node in program.graph.nodes:
        if node.op is not Op.COMPARE or node.name not in EQUALS or len(node.inputs) != 2:
            continue
        first, second = (_picked(side) for side in node.inputs)
        if is_argmax(first) is is_argmax(second):
            continue
        chosen, other = (first, node.inputs[1]) if is_argmax(first) else (second, node.inputs[0])
        columns = _columns(other)
        if columns and chosen.inputs:
            yield _Comparison(_head(chosen.inputs[0]), columns)


def _picked(node: Node) -> Node:
    """The values of which these are some."""
    while (node.op in SAME or node.op is Op.INDEX) and len(node.inputs) == 1:
        node = node.inputs[0]
    return node


def _head(node: Node) -> object:
    """The layer, or else the place in the code, that makes these values."""
    while node.op in _HEAD and len(node.inputs) == 1:
        node = node.inputs[0]
    return id(node.module) if node.module is not None else (node.op, node.location)


def _columns(node: Node) -> frozenset[Column]:
    """Where data comes from, and which part of it is taken, whatever rows; empty where that is not known.

    Two splits that one class loads, or one read of a file, are the same data.
    """
    found: set[Column] = set()
    stack: list[tuple[Node, Column]] = [(node, ())]
    seen: set[tuple[int, Column]] = set()
    while stack:
        here, keys = stack.pop()
        if (id(here), keys) in seen:
            continue
        seen.add((id(here), keys))
        if len(seen) > _WAYS:
            return frozenset()
        keys = (*keys, *_key(here))
        if here.op in KEEPS and here.inputs:
            stack += [(source, keys) for source in here.inputs]
        elif here.op is Op.ENCODE or here.module is not None:
            return frozenset()
        else:
            drawn = here.options.get("drawn_from")
            place = here.location if drawn is None else drawn.value
            found.add((here.op, place, *keys))
    return frozenset(found)


def _key(node: Node) -> Column:
    """The column, field or element that an indexing takes; nothing where it takes rows."""
    if node.op is not Op.INDEX:
        return ()
    axes = node.options.get("axes")
    if axes is not None and axes.value != 1:
        return (repr(node.options["at"].value) if "at" in node.options else node.location,)
    fact = node.options.get("key")
    if fact is None or not fact.known or isinstance(fact.value, Slice):
        return ()
    return (repr(fact.value),)
