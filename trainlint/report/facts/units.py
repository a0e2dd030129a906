"""How often the code steps a schedule: for each batch, for each epoch, or never."""

from __future__ import annotations

from trainlint.facts.events import Event, EventKind, Loop
from trainlint.facts.program import Program
from trainlint.facts.training import Schedule
from trainlint.facts.updates import training_passes

_CHAINS = (".SequentialLR", ".ChainedScheduler")


FEW_UPDATES = 10
"""Updates that make one iteration: WGAN's critic takes five (Gulrajani et al. 2017), spectrally normalised ones up to ten."""


NEVER = "none"
"""The unit of a schedule that the program never steps."""


def unit_of(program: Program, schedule: Schedule) -> str | None:
    """`batch`, `epoch`, NEVER, or None if that is not known."""
    steps = [e for e in program.events_of(EventKind.SCHEDULE_STEP) if e.target in (schedule, None)]
    if not steps and (above := _chained(program, schedule)) is not None:
        return unit_of(program, above)
    if not steps and lost(program, schedule):
        return None
    if not steps:
        escaped = any(e.target in (schedule, None) for e in program.events_of(EventKind.ESCAPE))
        updated = program.events_of(EventKind.STEP)  # where there are none, the training was not reached
        return None if escaped or not program.complete or not updated else NEVER
    made = [e for e in program.events_of(EventKind.STEP) if e.loop is not None]
    made = [
        e for e in made if e.target is not None
    ] or made  # `x.step()` of an unknown object may be anything
    made = [e for e in made if e.target is schedule.optimizer] or made  # others may step more rarely
    updates = [_without_few([p.loop for p in training_passes(program, e)]) for e in made]
    inner = {id(loops[-1]) for loops in updates}
    outer = {id(loop) for loops in updates for loop in loops[:-1]}
    # Of the loops around the schedule's step those that hold no update go over its parts: parameter groups, schedules.
    nearest = [
        next((id(p.loop) for p in reversed(step.loops) if id(p.loop) in inner | outer), None)
        for step in steps
    ]
    within = [step for step, loop in zip(steps, nearest, strict=True) if loop in inner]
    if any(not _in_one_pass(step, made) for step in within):
        return "batch"
    if within:
        return None
    return "epoch" if any(loop in outer for loop in nearest) else None


def _in_one_pass(step: Event, updates: list[Event]) -> bool:
    """Whether it stands under an equality that may hold in one pass only (`if i == len(loader) - 1`), and updates do not."""
    shared = {branch for update in updates for branch in update.branches}
    return any(branch.once and branch not in shared for branch in step.branches)


def lost(program: Program, schedule: Schedule) -> bool:
    """Whether it is one that an optimizer steps by itself (of Keras), and no optimizer is seen to have it."""
    stepped = any(e.target is schedule for e in program.events_of(EventKind.SCHEDULE_STEP))
    return schedule.optimizer is None and schedule.unit == "batch" and not stepped


def _without_few(loops: list[Loop]) -> list[Loop]:
    """Without an innermost loop of a few passes that goes over no data: the critic's updates for one of the generator."""
    last = loops[-1]
    few = last.over == "range" and last.length is not None and last.length <= FEW_UPDATES
    return loops[:-1] if len(loops) > 1 and few else loops


def _chained(program: Program, schedule: Schedule) -> Schedule | None:
    """The schedule that steps this one: SequentialLR and ChainedScheduler over the same optimizer."""
    for other in program.schedules:
        if other is not schedule and other.name.endswith(_CHAINS) and other.optimizer is schedule.optimizer:
            return None if schedule.name.endswith(_CHAINS) else other
    return None
