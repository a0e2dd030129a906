"""Schedules, as the code makes them."""

from __future__ import annotations

from typing import Any

from trainlint.facts.events import EventKind, different_arms
from trainlint.facts.program import Program
from trainlint.facts.training import Schedule
from trainlint.report.facts.optimizers import idle_optimizers
from trainlint.report.facts.units import NEVER, lost, unit_of


def schedule_objects(program: Program) -> list[dict[str, Any]]:
    """Each schedule with the unit in which the code steps it: batch, epoch, none, or None if that is not known.

    Several of which a choice that is not known takes one are one; what they differ in is not known. A class of the program
    whose `step` writes the rates is a schedule that is written by hand.
    """
    found: dict[Any, dict[str, Any]] = {}
    first: dict[Any, Schedule] = {}
    writers = _writers(program)
    attached = any(schedule.optimizer is not None for schedule in program.schedules)
    idle = {id(optimizer) for optimizer in idle_optimizers(program)}
    for schedule in program.schedules:
        written = schedule.name == "manual" and bool(writers)
        part = schedule.optimizer is None and "part" in schedule.options
        if written or part or id(schedule.optimizer) in idle or (attached and lost(program, schedule)):
            continue
        name = "manual" if schedule.name.rpartition(".")[2] in writers else schedule.name
        key, made = (name, schedule.location), {"name": name, "unit": unit_of(program, schedule)}
        other = next((k for k, o in first.items() if different_arms(o.branches, schedule.branches)), None)
        if other is not None and key not in found:
            found[other] |= {k: None for k in made if found[other][k] != made[k]}
        elif key in found and made["unit"] == NEVER:  # another run of this place steps it
            continue
        else:
            first.setdefault(key, schedule)
            found[key] = made
    objects = list(found.values())
    by_hand = any(optimizer.state.get("lr_changed") for optimizer in program.optimizers)
    if by_hand and not any(each["name"] == "manual" for each in objects):
        objects.append({"name": "manual", "unit": None})
    return objects


def _writers(program: Program) -> set[str]:
    """Classes of the program that are schedules and write all the rates that are written by hand."""
    classes = {schedule.name.rpartition(".")[2] for schedule in program.schedules} - {"manual"}
    steps = [
        event.function.rpartition(".")[0]
        for event in program.events_of(EventKind.SCHEDULE_STEP)
        if isinstance(event.target, Schedule) and event.target.name == "manual"
    ]
    return set(steps) if steps and classes.issuperset(steps) else set()
