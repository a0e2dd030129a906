"""Optimizers, schedules and batches, as the code makes them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from trainlint.facts.events import Event, EventKind, Loop, different_arms
from trainlint.facts.fact import Fact, known, unknown
from trainlint.facts.program import Program
from trainlint.facts.training import Loader, Optimizer, Schedule
from trainlint.facts.updates import Updates, same_pass
from trainlint.report.facts.values import number_of, origin_objects, place_object

_CHAINS = (".SequentialLR", ".ChainedScheduler")
FEW_UPDATES = 10
"""Updates that make one iteration: WGAN's critic takes five (Gulrajani et al. 2017), spectrally normalised ones up to ten."""
_TRAINED = (EventKind.BACKWARD, EventKind.STEP)


def optimizer_objects(program: Program) -> list[dict[str, Any]]:
    """Each optimizer that the code constructs; the literal of its rate comes first in `lr_origin`.

    Several of which a choice that is not known takes one are one; what they differ in is not known.
    """
    found: dict[Any, dict[str, Any]] = {}
    first: dict[Any, Optimizer] = {}
    idle = {id(optimizer) for optimizer in _idle(program)}
    for optimizer in program.optimizers:
        if optimizer.symbolic or id(optimizer) in idle or _in_handler(optimizer, program):
            continue
        made = {
            "name": optimizer.name,
            "lr": number_of(optimizer.lr),
            "momentum": number_of(optimizer.momentum),
            "weight_decay": number_of(optimizer.weight_decay),
            "lr_origin": origin_objects(optimizer.lr.origin),
            **place_object(optimizer.location),
        }
        other = next(
            (o for o in first.values() if _either(o, optimizer) and _kept(o) != _kept(optimizer)), None
        )
        if other is not None:
            before = found[_kept(other)]
            before |= {k: None for k in ("name", "lr", "momentum", "weight_decay") if before[k] != made[k]}
            before["lr_origin"] = [] if before["lr"] is None else before["lr_origin"]
            continue
        first.setdefault(optimizer.location, optimizer)
        found[_kept(optimizer)] = made
    return list(found.values())


def _idle(program: Program) -> list[Optimizer]:
    """Optimizers that never step beside others that do: for the same weights (the rest of a table to choose from), for
    those of networks that nothing calls (a trial of the arguments), or a parameter's default that is never given weights."""
    steps = program.events_of(EventKind.STEP)
    stepped = {id(event.target): event.target for event in steps if isinstance(event.target, Optimizer)}
    if not stepped or not program.complete or any(event.target is None for event in steps):
        return []
    updates = Updates.of(program)
    held = [found for each in stepped.values() if (found := updates.touched_by(each)) is not None]
    scheduled = {id(s.optimizer) for s in program.schedules if _unit(program, s) != "none"}
    called = {id(call.module) for call in program.calls} - program.rehearsed

    def unused(optimizer: Optimizer) -> bool:
        roots = {id(m.root): m.root for m in optimizer.parameters.modules}.values()
        return bool(roots) and not any(id(m) in called for root in roots for m in root.walk())

    return [
        each
        for each in program.optimizers
        if not (id(each) in stepped or each.escaped or id(each) in scheduled)
        and (
            each.state.get("waiting")
            or (
                (own := updates.touched_by(each)) is not None
                and (any(own <= other for other in held) or unused(each))
            )
        )
    ]


def _in_handler(optimizer: Optimizer, program: Program) -> bool:
    """Whether it is made where an exception was caught, in a program that makes one where none was."""
    return _caught(optimizer) and not all(_caught(other) for other in program.optimizers)


def _caught(optimizer: Optimizer) -> bool:
    return any(branch.unlikely for branch in optimizer.state.get("branches", ()))


def _kept(optimizer: Optimizer) -> tuple[Any, ...]:
    """What tells optimizers apart that one place makes: a helper that is called twice makes two."""
    numbers = (optimizer.lr, optimizer.momentum, optimizer.weight_decay)
    return optimizer.name, optimizer.location, *map(number_of, numbers), optimizer.lr.literal


def _either(first: Optimizer, second: Optimizer) -> bool:
    return different_arms(first.state.get("branches", ()), second.state.get("branches", ()))


NEVER = "none"
"""The unit of a schedule that the program never steps."""


def schedule_objects(program: Program) -> list[dict[str, Any]]:
    """Each schedule with the unit in which the code steps it: batch, epoch, none, or None if that is not known.

    Several of which a choice that is not known takes one are one; what they differ in is not known. A class of the program
    whose `step` writes the rates is a schedule that is written by hand.
    """
    found: dict[Any, dict[str, Any]] = {}
    first: dict[Any, Schedule] = {}
    writers = _writers(program)
    idle = {id(optimizer) for optimizer in _idle(program)}
    for schedule in program.schedules:
        written = schedule.name == "manual" and bool(writers)
        part = schedule.optimizer is None and "part" in schedule.options
        if written or part or id(schedule.optimizer) in idle:
            continue
        name = "manual" if schedule.name in writers else schedule.name
        key, made = (name, schedule.location), {"name": name, "unit": _unit(program, schedule)}
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
    classes = {schedule.name for schedule in program.schedules} - {"manual"}
    steps = [
        event.function.rpartition(".")[0]
        for event in program.events_of(EventKind.SCHEDULE_STEP)
        if isinstance(event.target, Schedule) and event.target.name == "manual"
    ]
    return set(steps) if steps and classes.issuperset(steps) else set()


def _unit(program: Program, schedule: Schedule) -> str | None:
    steps = [e for e in program.events_of(EventKind.SCHEDULE_STEP) if e.target in (schedule, None)]
    if not steps and (above := _chained(program, schedule)) is not None:
        return _unit(program, above)
    if not steps:
        escaped = any(e.target in (schedule, None) for e in program.events_of(EventKind.ESCAPE))
        return None if escaped or not program.complete else NEVER
    updates = [_training_loops(program, e) for e in program.events_of(EventKind.STEP) if e.loop is not None]
    updates = [_without_few(loops) for loops in updates]
    inner = {id(loops[-1]) for loops in updates}
    outer = {id(loop) for loops in updates for loop in loops[:-1]}
    # Of the loops around the schedule's step those that hold no update go over its parts: parameter groups, schedules.
    nearest = [
        next((id(p.loop) for p in reversed(step.loops) if id(p.loop) in inner | outer), None)
        for step in steps
    ]
    if any(loop in inner for loop in nearest):
        return "batch"
    return "epoch" if any(loop in outer for loop in nearest) else None


def _without_few(loops: list[Loop]) -> list[Loop]:
    """Without an innermost loop of a few passes that goes over no data: the critic's updates for one of the generator."""
    last = loops[-1]
    few = last.over == "range" and last.length is not None and last.length <= FEW_UPDATES
    return loops[:-1] if len(loops) > 1 and few else loops


def _training_loops(program: Program, step: Event) -> list[Loop]:
    """The loops around an update, without one inside that makes no gradients (`for optimizer in optimizers`)."""
    loops = [p.loop for p in step.loops]
    backwards = [e for e in program.events_of(EventKind.BACKWARD) if e.root == step.root]
    while len(loops) > 1 and not any(e.within(loops[-1]) for e in backwards):
        loops.pop()
    return loops


def _chained(program: Program, schedule: Schedule) -> Schedule | None:
    """The schedule that steps this one: SequentialLR and ChainedScheduler over the same optimizer."""
    for other in program.schedules:
        if other is not schedule and other.name.endswith(_CHAINS) and other.optimizer is schedule.optimizer:
            return None if schedule.name.endswith(_CHAINS) else other
    return None


def training_loader(program: Program) -> Loader | None:
    """The loader whose batches are trained on; None if that is not known."""
    found = [
        p.loop.target
        for event in program.events_of(*_TRAINED)
        for p in reversed(event.loops)
        if isinstance(p.loop.target, Loader)
    ]
    if not found:
        return _drawn_loader(program) or _only_loader(program)
    if program.trains_itself:
        return found[0]
    # Functions run alone, some of them with guessed arguments: what others say of theirs is worth more.
    return next((loader for loader in found if loader.batch_size.known), found[0])


def _drawn_loader(program: Program) -> Loader | None:
    """The loader from which `next()` first takes a batch in a pass that makes gradients, before it makes them; else the
    elements in random order that are taken one window after the other, or those that are drawn at random."""
    for find in (_taken, _stepped, _windowed, _by_hand):
        for backward in program.events_of(EventKind.BACKWARD):
            loader = find(program, backward)
            if loader is not None:
                return loader
    return None


def _taken(program: Program, backward: Event, by: str | None = None) -> Loader | None:
    around = set(backward.loops)
    for draw in program.events_of(EventKind.DRAW):
        if draw.options.get("by") != by or draw.root != backward.root or draw.index > backward.index:
            continue
        together = same_pass(draw, backward) and around.issuperset(draw.loops)
        if together and draw.loops and isinstance(draw.target, Loader):
            return draw.target
    return None


def _by_hand(program: Program, backward: Event) -> Loader | None:
    return _taken(program, backward, "hand")


def _stepped(program: Program, backward: Event) -> Loader | None:
    """Batches of `for start in range(0, n, 32)`."""
    for p in reversed(backward.loops):
        if p.loop.step is not None:
            return _ordered(program, backward, Loader(p.loop.location, p.loop.step, _UNSEEN, known(False)))
    return None


def _windowed(program: Program, backward: Event) -> Loader | None:
    """Batches of `x[start : start + 32]`."""
    found = _taken(program, backward, "window")
    return found if found is None else _ordered(program, backward, found)


_UNSEEN: Fact[bool] = unknown("no order is drawn that is seen")


def _ordered(program: Program, backward: Event, loader: Loader) -> Loader | None:
    """The windows of elements whose order was drawn before; None where none was, as for a text that is read on.
    shuffle: known where an order is drawn in a loop around, for each pass over the data."""
    loops = {p.loop for p in backward.loops}
    orders = [
        event
        for event in program.events_of(EventKind.DRAW)
        if event.options.get("by") == "order" and event.root == backward.root
    ]
    again = any(event.loops and loops.issuperset(p.loop for p in event.loops) for event in orders)
    if not again and not any(event.index < backward.index for event in orders):
        return None
    return replace(loader, shuffle=known(True)) if again else loader


def _only_loader(program: Program) -> Loader | None:
    return program.loaders[0] if len(program.loaders) == 1 and _may_train(program) else None


def _may_train(program: Program) -> bool:
    """Whether nothing says that the only loader is for evaluation."""
    evaluated: list[Event] = program.events_of(EventKind.EVAL_MODE)
    return not evaluated or bool(program.events_of(*_TRAINED))


def batch_size(program: Program) -> dict[str, Any]:
    """The size of the training batches and where it comes from; for one device, where their number counts."""
    loader = training_loader(program)
    if loader is None:
        return {"value": None, "origin": []}
    size = loader.batch_size
    if not size.known:
        size = loader.options.get("usual_batch_size", size)
    return {"value": number_of(size), "origin": origin_objects(size.origin)}
