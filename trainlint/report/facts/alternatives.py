"""What a choice that is not known takes one of: such facts are one, and what they differ in is not known."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from trainlint.facts.events import Branch, Event, EventKind
from trainlint.facts.program import Program

CHOICES = ("if", "match", "alternative")
"""Kinds of branches that a choice of the program takes."""

Branches = tuple[Branch, ...]


def one_of_several(
    made: Iterable[tuple[dict[str, Any], Branches]], *keep: str, rest: bool = True
) -> list[dict[str, Any]]:
    """Items in their order, without those that stand in another arm than an earlier one of the same choice: the earlier
    one stands for both, and keys whose values differ are None, but for those named in `keep`. rest: whether one that an
    arm has more than others is told, where the choice is between items that differ."""
    found: list[tuple[dict[str, Any], list[Branches]]] = []
    for item, branches in made:
        for first, arms in found:
            if all(chosen_between(other, branches) for other in arms):
                first |= {k: None for k in item if k not in keep and first[k] != item[k]}
                arms.append(branches)
                break
        else:
            found.append((dict(item), [branches]))
    contested = [arms for item, arms in found if len(arms) > 1 and None in item.values()]
    return [item for item, arms in found if rest or len(arms) > 1 or not _is_one_of(arms[0], contested)]


def _is_one_of(branches: Branches, contested: list[list[Branches]]) -> bool:
    return any(chosen_between(other, branches) for arms in contested for other in arms)


def chosen_between(first: Branches, second: Branches) -> bool:
    """Whether two stand in different arms of one choice, which is the same in every pass of a loop."""
    arms = {b.serial: b.arm for b in first if b.kind in CHOICES and not b.varies}
    return any(arms.get(b.serial, b.arm) != b.arm for b in second)


def in_every_case(places: Iterable[Branches]) -> bool:
    """Whether one of these is come to whichever arms the choices take: one stands under none, or some stand in both arms
    of an `if`. An arm that varies from pass to pass of a loop counts as taken."""
    open_ends = {
        frozenset((b.serial, b.arm, b.kind) for b in p if b.kind in CHOICES and not b.varies) for p in places
    }
    added = open_ends
    while added and frozenset() not in open_ends:
        found = {
            rest
            for each in added
            for serial, arm, kind in each
            if kind == "if"
            and (rest := each - {(serial, arm, kind)}) | {(serial, 1 - arm, kind)} in open_ends
        }
        added = found - open_ends
        open_ends = open_ends | added
    return frozenset() in open_ends


def in_handler(branches: Branches) -> bool:
    """Whether it happens where an exception was caught, or where a run goes on from what an earlier one left."""
    return any(b.unlikely for b in branches)


def events_by_target(program: Program, kind: EventKind) -> dict[int, Event]:
    """The first event of a kind for each target, by its identity."""
    found: dict[int, Event] = {}
    for event in program.events_of(kind):
        found.setdefault(id(event.target), event)
    return found
