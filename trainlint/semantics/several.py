"""Iterating lists, and a value that is one of several: what their elements have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from trainlint.facts.training import one_of
from trainlint.semantics.joins import optional
from trainlint.semantics.sequences import ListValue
from trainlint.semantics.values import Const, Items, Unknown, Value
from trainlint.semantics.windows import window_of

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


def list_items(run: Interpreter, value: ListValue) -> Items:
    """The elements of a list or generator, and what it draws them from."""
    over = "generator" if value.open and value.kind == "generator" else "sequence"
    target = value.cells.get("target") or window_of(value.elements)
    by = value.cells.get("step")
    step = Const(by.value, by.origin) if by is not None and by.known else None
    empty = bool(value.elements) and value.cells.get("samples", 0) >= len(value.elements)
    length = value.length(run)
    return Items(list(value.elements), not value.open, over, length, target, step=step, empty=empty)


def position_by_position(run: Interpreter, found: Sequence[Items]) -> Items:
    """The elements of sequences one of which it is; those that not all of them have may be missing."""
    rows: list[Value] = []
    shortest = min(len(i.values) for i in found)
    for position in range(max(len(i.values) for i in found)):
        column = [i.values[position] for i in found if position < len(i.values)]
        joined = column[0]
        for other in column[1:]:
            joined = run.join(joined, other)
        rows.append(joined if position < shortest else optional(joined))
    return Items(rows, True, found[0].over, found[0].length if len({i.length for i in found}) == 1 else None)


def drawn_from_one(run: Interpreter, found: Sequence[Items]) -> Items:
    """The batches of loaders one of which it is: what they have in common is known of them."""

    def fresh() -> Value:
        samples = [i.fresh() if i.fresh is not None else i.values[-1] for i in found if i.fresh or i.values]
        joined: Value = samples[0] if samples else Unknown("an element")
        for other in samples[1:]:
            joined = run.join(joined, other)
        return joined

    length = found[0].length if len({i.length for i in found}) == 1 else None
    return Items([], False, found[0].over, length, one_of([i.target for i in found]), fresh)
