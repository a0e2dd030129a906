"""The learning rate over a run, as far as the schedule's options and the loops' lengths tell it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from trainlint.facts.events import Event, EventKind
from trainlint.facts.formulas import FORMULAS
from trainlint.facts.learning_rate import planned_steps
from trainlint.facts.program import Program
from trainlint.facts.training import Optimizer, Schedule

POINTS = 240
"""Points of a curve: one for each two pixels of the plot."""


@dataclass(frozen=True)
class RateCurve:
    """The rate by steps of its schedule (or, without one, by the run's epochs or updates).

    unit: `epochs`, `updates`, or `steps` of the schedule, where it is not known which of them a step is; "" for a rate
    that never changes in a run of unknown length. complete: whether the length is the run's own, not only long enough to
    show the schedule's shape.
    """

    points: tuple[tuple[float, float], ...]
    unit: str
    schedule: str
    complete: bool


def rate_curve(optimizer: Optimizer, program: Program) -> RateCurve | None:
    """The curve of an optimizer; None where anything that is not known may set its rate, or several schedules do."""
    base = optimizer.lr.value
    unseen = optimizer.state.get("lr_changed") or optimizer.state.get("lr_unseen") or optimizer.escaped
    groups = {group.lr.value for group in optimizer.groups} - {base}
    schedules = [s for s in program.schedules if s.optimizer in (optimizer, None)]
    if unseen or groups or len(schedules) > 1 or optimizer.symbolic:
        return None
    if schedules:
        return _scheduled(base, schedules[0], optimizer, program)
    if not isinstance(base, int | float) or optimizer.state.get("scheduled"):
        return None
    length, unit = _run_length(optimizer, program)
    return RateCurve(((0.0, float(base)), (length, float(base))), unit, "", bool(unit))


def _scheduled(
    base: float | None, schedule: Schedule, optimizer: Optimizer, program: Program
) -> RateCurve | None:
    formula, horizon = FORMULAS.get(schedule.name, (None, None))
    values = {name: fact.value for name, fact in schedule.options.items() if fact.known}
    base = values.get("initial_learning_rate", base)
    if formula is None or horizon is None or schedule.optimizer is None or not isinstance(base, int | float):
        return None
    length, unit = _schedule_length(schedule, optimizer, program)
    try:
        steps = length if length is not None else math.ceil(horizon(values))
        places = _places(max(int(steps), 1))
        points = tuple((float(t), float(formula(float(base), values, t))) for t in places)
    except (KeyError, TypeError, ValueError, ArithmeticError, IndexError):
        return None  # an option that is not known, or that the library itself would refuse
    if not all(math.isfinite(rate) for _, rate in points):
        return None
    return RateCurve(points, unit, schedule.name, length is not None)


def _places(steps: int) -> Sequence[int]:
    """The first step to the last one, at most so many of them as a plot shows."""
    if steps <= POINTS:
        return range(steps + 1)
    return sorted({round(i * steps / POINTS) for i in range(POINTS + 1)})


def _schedule_length(schedule: Schedule, optimizer: Optimizer, program: Program) -> tuple[int | None, str]:
    """How often the run steps the schedule, and what a step is."""
    events = [e for e in program.events_of(EventKind.SCHEDULE_STEP) if e.target is schedule]
    if not events and schedule.name.startswith("keras."):
        return planned_steps(optimizer, program), "updates"
    first = [e for e in events if e.loops and not any(p.number for p in e.loops)]
    if len(first) != 1 or first[0].branches:
        return None, "steps"
    return _passes(first[0]), _unit(first[0], optimizer, program)


def _unit(step: Event, optimizer: Optimizer, program: Program) -> str:
    updates = [e for e in program.events_of(EventKind.STEP) if e.target is optimizer and e.loops]
    if any(e.loop is step.loop for e in updates):
        return "updates"
    return "epochs" if any(step.loop is not None and e.within(step.loop) for e in updates) else "steps"


def _passes(event: Event) -> int | None:
    """How often an event happens, by the lengths of its loops."""
    lengths = [p.loop.length for p in event.loops]
    return None if None in lengths else math.prod(length for length in lengths if length is not None)


def _run_length(optimizer: Optimizer, program: Program) -> tuple[float, str]:
    """How long the run is: in updates, else in passes of the outermost loop around them; ("", 1) where neither is known."""
    updates = planned_steps(optimizer, program)
    if updates:
        return float(updates), "updates"
    steps = [e for e in program.events_of(EventKind.STEP) if e.target is optimizer and len(e.loops) > 1]
    lengths = {e.loops[0].loop.length for e in steps}
    epochs = lengths.pop() if len(lengths) == 1 else None
    return (float(epochs), "epochs") if epochs else (1.0, "")
