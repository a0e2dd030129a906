"""Steps of a training that come again in later passes of its loops, where what becomes of them was not followed that far."""

from __future__ import annotations

from typing import Any

from trainlint.facts.events import Event, EventKind, Loop, exclusive
from trainlint.facts.graph import ModuleCall
from trainlint.facts.program import Program

PHASES = 4
"""A loop over so few known elements is one over phases (`for phase in ("train", "val")`): its passes differ."""


def over_phases(loop: Loop) -> bool:
    """Whether a loop's passes are not alike."""
    return loop.over == "sequence" and loop.length is not None and loop.length <= PHASES


def repeated(program: Program, used: set[int]) -> set[int]:
    """Forward passes in training mode that, in another pass of the same loops, are what a backward pass depends on: indices of
    their events. used: what backward passes were computed from.

    The n-th at its place there is meant by the n-th here, so that a validation which calls the same helper stays one.
    """
    before: dict[Any, list[Event]] = {}
    places: dict[int, Any] = {}
    trains: set[Any] = set()
    for event in program.events_of(EventKind.FORWARD):
        call = event.options.get("call")
        if not isinstance(call, ModuleCall) or call.training is False or not event.loops:
            continue
        passes = tuple((p.loop.location, p.number) for p in event.loops)
        earlier = before.setdefault((id(call.module), event.location, event.root, passes), [])
        rank = sum(not exclusive(event, other) for other in earlier)
        earlier.append(event)
        loops = tuple((p.loop.location, over_phases(p.loop) and p.number) for p in event.loops)
        places[event.index] = (id(call.module), event.location, event.root, loops, rank)
        if any(id(node) in used for node in call.outputs):
            trains.add(places[event.index])
    return {index for index, place in places.items() if place in trains}
