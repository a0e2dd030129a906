"""The part of a program that its facts are about: what its own run trains."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from itertools import pairwise
from typing import Any

from trainlint.facts.evaluation import REHEARSED
from trainlint.facts.events import Branch, Event, EventKind
from trainlint.facts.graph import Making, Module
from trainlint.facts.program import RECORDS, Program

_CHOICES = ("if", "match", "alternative")
_TRIED = (*REHEARSED, ".compile")
_TRAINED = (EventKind.STEP, EventKind.BACKWARD)


def own_run(program: Program) -> Program:
    """The program as far as the script's own run goes, where that trains or makes an optimizer; else all of it.

    Of the commands that a command line may name (runs of their own, or arms of a choice that is not known and that
    nothing asks again) only those count that train, where one does.
    """
    if not program.trains_itself:
        return program
    parts: dict[str, Any] = {name: getattr(program, name)[:count] for name, count in program.own.items()}
    own = replace(program, cache={}, complete=program.own_complete, **parts)
    return _without_idle_arms(_without_idle_runs(own))


def _without_idle_runs(program: Program) -> Program:
    """Without the commands that train nothing. The first run is the module itself, whose names all others see."""
    training = {event.root for event in program.events_of(*_TRAINED)}
    if not training - {1}:
        return program
    names = program.runs
    idle = {
        number
        for number in range(2, len(names) + 1)
        if number not in training and not names[number - 1].endswith(REHEARSED)
    }
    kept: dict[str, Any] = {kind: _of_runs(program, kind, idle) for kind in RECORDS}
    return replace(program, cache={}, **kept)


def _of_runs(program: Program, kind: str, without: Collection[int]) -> list[Any]:
    records: list[Any] = getattr(program, kind)
    bounds = [start[kind] for start in program.starts] + [len(records)]
    kept = records[: bounds[0]]
    for number, (first, last) in enumerate(pairwise(bounds), start=1):
        if number not in without:
            kept += records[first:last]
    return kept


def _without_idle_arms(program: Program) -> Program:
    """Without what stands in an arm that trains nothing, of a choice outside of all loops of which another arm makes all
    of the updates: `if args.mode == "train": ... else: ...`."""
    updates = program.events_of(EventKind.STEP)
    busy: dict[int, set[int]] = {}
    for number, event in enumerate(updates):
        arms = {b.serial: b.arm for b in event.branches if b.kind in _CHOICES and not b.looped}
        if number == 0:
            busy = {serial: {arm} for serial, arm in arms.items()}
        else:
            busy = {serial: busy[serial] | {arms[serial]} for serial in busy if serial in arms}
    if not busy:
        return program

    def idle(branches: Iterable[Branch]) -> bool:
        return any(b.serial in busy and b.arm not in busy[b.serial] for b in branches)

    modules = [m for m in program.modules if not idle(m.state.get("made", Making()).branches)]
    tried = _rehearsals(program, {id(m) for m in modules})

    def dropped(event: Event) -> bool:
        return event.root in tried or idle(event.branches)

    gone = {id(e.target) for e in program.events if dropped(e) and not isinstance(e.target, Module)}
    events = [event for event in program.events if not dropped(event)]
    gone -= {id(event.target) for event in events}
    calls = {id(call) for event in program.events if dropped(event) for call in [_call(event)] if call}
    return replace(
        program,
        cache={},
        events=events,
        modules=modules,
        calls=[call for call in program.calls if id(call) not in calls],
        losses=[loss for loss in program.losses if id(loss) not in gone],
        clippings=[clipping for clipping in program.clippings if id(clipping) not in gone],
    )


def _rehearsals(program: Program, kept: set[int]) -> set[int]:
    """The runs that tried out a network which is not among these, or the loss that it was compiled with."""
    idle = [call for call in program.calls if call.parent is None and id(call.module) not in kept]
    calls, results = {id(call) for call in idle}, {id(node) for call in idle for node in call.outputs}
    tried = {e.root for e in program.events_of(EventKind.FORWARD) if id(_call(e)) in calls}
    tried |= {
        e.root
        for e in program.events_of(EventKind.LOSS)
        if id(getattr(e.target, "prediction", None)) in results
    }
    names = program.runs
    return {root for root in tried if 0 < root <= len(names) and names[root - 1].endswith(_TRIED)}


def _call(event: Event) -> Any:
    return event.options.get("call")
