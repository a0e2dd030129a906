"""How a program trains and evaluates, as flags: True, False, or None where it is not known.

zero_grad: gradients are cleared for every update, by any means. eval_mode, no_grad_eval: networks are in
evaluation mode, and no graph is built, whenever they are evaluated (None where nothing is evaluated).
shuffle_train: training batches come in random order. amp: gradients are scaled for mixed precision.
accumulation: several backward passes make one update.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from trainlint.facts.events import Event, EventKind, Loop, exclusive
from trainlint.facts.graph import ModuleCall
from trainlint.facts.program import Program
from trainlint.report.facts.parts import training_loader

Flag = bool | None

_CLEARING = (EventKind.ZERO_GRAD, EventKind.GRAD_CHANGE)
_SCALER = (EventKind.UNSCALE, EventKind.SCALER_UPDATE)


def habits(program: Program) -> dict[str, Flag]:
    """The flags by name."""
    loader = training_loader(program)
    evaluations = _evaluations(program)
    return {
        "zero_grad": _zero_grad(program),
        "eval_mode": _all_of(_training_off(event) for event in evaluations),
        "no_grad_eval": _all_of(_graph_off(event) for event in evaluations),
        "shuffle_train": loader.shuffle.value if loader is not None and loader.shuffle.known else None,
        "amp": _amp(program),
        "accumulation": _accumulation(program),
    }


def _all_of(answers: Iterable[Flag]) -> Flag:
    """True if all are, False if one is not, None if one is not known or there is none."""
    seen = list(answers)
    if False in seen:
        return False
    return True if seen and None not in seen else None


def _updates(program: Program) -> list[Event]:
    return [e for e in program.events_of(EventKind.STEP) if not e.options.get("closure")]


def _zero_grad(program: Program) -> Flag:
    updates = _updates(program)
    backwards = program.events_of(EventKind.BACKWARD)
    if not updates or not backwards:
        return None
    if all(event.options.get("by") == "autograd.grad" for event in backwards):
        return True
    answers = [_cleared(program, update) for update in updates]
    if all(answers):
        return True
    unseen = not program.complete or bool(program.events_of(EventKind.ESCAPE))
    looped = all(update.loop is not None for update in updates)
    return False if looped and not unseen else None


def _cleared(program: Program, update: Event) -> bool:
    """Whether gradients are cleared in the innermost loop of an update, or beside it outside of loops."""
    for event in program.events_of(*_CLEARING):
        if event.root != update.root or (
            event.kind is EventKind.GRAD_CHANGE and event.options.get("how") == "hook"
        ):
            continue
        if update.loop is None or event.within(update.loop):
            return True
    return False


def _evaluations(program: Program) -> list[Event]:
    """Forward passes that nothing is trained on: no backward in their loop, or no graph for one."""
    trained = program.events_of(EventKind.BACKWARD)
    if not trained:
        return []
    found: list[Event] = []
    for event in program.events_of(EventKind.FORWARD):
        if event.grad_enabled is False or not any(_shares(event, backward) for backward in trained):
            found.append(event)
    return found


def _shares(forward: Event, backward: Event) -> bool:
    """Whether a backward pass may belong to a forward pass: both run in the same pass of the same loop."""
    if forward.root != backward.root or exclusive(forward, backward):
        return False
    loop = forward.loop
    if loop is None:
        return backward.loop is None or backward.index > forward.index
    return backward.within(loop)


def _training_off(event: Event) -> Flag:
    call = event.options.get("call")
    if not isinstance(call, ModuleCall) or call.training is None:
        return None
    return not call.training


def _graph_off(event: Event) -> Flag:
    return None if event.grad_enabled is None else not event.grad_enabled


def _amp(program: Program) -> Flag:
    scaled = bool(program.events_of(*_SCALER))
    scaled = scaled or any(e.options.get("by") == "scaler" for e in program.events_of(EventKind.STEP))
    if scaled:
        return True
    trains = bool(program.events_of(EventKind.STEP))
    return False if trains and program.complete else None


def _accumulation(program: Program) -> Flag:
    """Whether more than one backward pass makes an update: counted in one pass of the update's loop."""
    answers: list[Flag] = []
    for loop, updates in _by_loop(_updates(program)):
        backwards = [
            e for e in program.events_of(EventKind.BACKWARD) if e.within(loop) and e.pass_of(loop) == 1
        ]
        if not backwards:
            continue
        deeper = any(e.loop is not loop for e in backwards)
        skipped = any(_conditional(update, backwards) for update in updates)
        answers.append(deeper or skipped or _at_most(backwards) > len(_places(updates)))
    if not answers:
        return None
    return any(answers)


def _by_loop(updates: Sequence[Event]) -> list[tuple[Loop, list[Event]]]:
    groups: dict[int, tuple[Loop, list[Event]]] = {}
    for update in updates:
        if update.loop is not None and update.pass_of(update.loop) == 1:
            groups.setdefault(id(update.loop), (update.loop, []))[1].append(update)
    return list(groups.values())


def _conditional(update: Event, backwards: Sequence[Event]) -> bool:
    """Whether the update is left out in passes in which the gradients are computed."""
    seen = {b.serial for e in backwards for b in e.branches}
    return any(branch.kind == "if" and branch.serial not in seen for branch in update.branches)


def _places(events: Sequence[Event]) -> set[object]:
    return {event.location for event in events}


def _at_most(backwards: Sequence[Event]) -> int:
    """How many of the backward passes can run in one pass of the loop."""
    kept: list[Event] = []
    for event in backwards:
        if not any(exclusive(event, other) for other in kept):
            kept.append(event)
    return len(_places(kept))
