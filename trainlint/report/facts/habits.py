"""How a program trains and evaluates, as flags: True, False, or None where it is not known.

zero_grad: gradients are cleared for every update, by any means. eval_mode, no_grad_eval: networks are in
evaluation mode, and no graph is built, whenever they are evaluated (None where nothing is evaluated).
shuffle_train: training batches come in random order. amp: mixed precision, by autocast or a gradient scaler.
accumulation: several backward passes make one update.
"""

from __future__ import annotations

from collections.abc import Sequence

from trainlint.facts.events import Event, EventKind, Loop, exclusive
from trainlint.facts.graph import Node, Op
from trainlint.facts.program import Program
from trainlint.facts.training import Loader
from trainlint.facts.updates import Updates, makes_gradients, of_training, same_pass
from trainlint.report.facts.alternatives import in_every_case
from trainlint.report.facts.batches import training_loader
from trainlint.report.facts.modes import modes

Flag = bool | None

_CLEARING = (EventKind.ZERO_GRAD, EventKind.GRAD_CHANGE)
_SCALER = (EventKind.UNSCALE, EventKind.SCALER_UPDATE)


def habits(program: Program) -> dict[str, Flag]:
    """The flags by name."""
    loader = training_loader(program)
    updates = Updates.of(program)
    return {
        "zero_grad": _zero_grad(program, updates),
        **modes(program),
        "shuffle_train": _shuffled(program, loader),
        "amp": _amp(program),
        "accumulation": _accumulation(program, updates),
    }


def _shuffled(program: Program, loader: Loader | None) -> Flag:
    """Whether training batches come in random order: the loader draws it, or the program's own code does."""
    if loader is not None and loader.shuffle.value is True:
        return True
    draws = program.events_of(EventKind.DRAW)
    if any(_orders_training(program, event) for event in draws):
        return True
    if loader is None or not loader.shuffle.known or any(_orders_elements(event) for event in draws):
        return None
    return loader.shuffle.value


def _orders_elements(draw: Event) -> bool:
    """Whether a data set's own code draws an order when it is asked for elements, in whatever order it is asked."""
    method = draw.function.rpartition(".")[2]
    return draw.options.get("by") == "order" and method in ("__getitem__", "__iter__", "__next__")


def _orders_training(program: Program, draw: Event) -> bool:
    """Whether an order is drawn in a loop around the one that goes over batches: once for each epoch."""
    if draw.options.get("by") != "order" or draw.loop is None:
        return False
    steps = of_training(program, EventKind.STEP)
    return any(draw.loop in [p.loop for p in step.loops[:-1]] for step in steps)


def _zero_grad(program: Program, updates: Updates) -> Flag:
    steps = of_training(program, EventKind.STEP)
    backwards = program.events_of(EventKind.BACKWARD)
    if not steps or not backwards:
        return None
    if not any(makes_gradients(event) for event in backwards):
        return True
    if all(_cleared(program, updates, step) for step in steps):
        return True
    unseen = not program.complete or bool(program.events_of(EventKind.ESCAPE))
    unseen = unseen or any(step.target is None for step in steps)
    looped = all(step.loop is not None for step in steps)
    return False if looped and not unseen else None


def _cleared(program: Program, updates: Updates, step: Event) -> bool:
    """Whether an update's gradients are cleared in its innermost loop, or in the same run outside of loops."""
    for event in program.events_of(*_CLEARING):
        if event.options.get("how") == "hook" or not updates.meets(event, step):
            continue
        if step.loop is None or event.within(step.loop):
            return True
    return False


def _amp(program: Program) -> Flag:
    regions = program.events_of(EventKind.AUTOCAST)
    answers: set[Flag] = {event.options.get("enabled") for event in regions}
    if True in answers or None in answers:
        # Switched on for a choice that is not known is not known, but for regions in each of its arms.
        return in_every_case(e.branches for e in regions if e.options.get("enabled")) or None
    scales = bool(program.events_of(*_SCALER))
    scales = scales or any(e.options.get("by") == "scaler" for e in program.events_of(EventKind.STEP))
    if scales and any(node.name == "loss_scale" for node in program.graph.nodes):
        return True
    steps = program.events_of(EventKind.STEP)
    unseen = any(e.options.get("by") == "unknown scaler" for e in steps)
    return False if steps and program.complete and not unseen else None


def _accumulation(program: Program, updates: Updates) -> Flag:
    """Whether more than one backward pass makes an update, by the last pass of the update's loop that was seen."""
    counted = [e.options["every"] for e in program.events_of(EventKind.STEP) if "every" in e.options]
    if counted:  # by a library that counts them
        return any(every.value > 1 for every in counted) if all(every.known for every in counted) else None
    steps = [e for e in of_training(program, EventKind.STEP) if e.loop is not None]
    latest: dict[int, int] = {}
    for step in steps:
        assert step.loop is not None
        latest[id(step.loop)] = max(latest.get(id(step.loop), 0), step.loops[-1].number)
    answers: list[Flag] = []
    for step in steps:
        if step.loops[-1].number == latest[id(step.loop)]:
            answers.append(_accumulates(program, updates, step, steps))
    answers = [answer for answer in answers if answer is not None]
    return any(answers) if answers else None


def _accumulates(program: Program, updates: Updates, step: Event, steps: Sequence[Event]) -> Flag:
    """Whether this update sums the gradients of several backward passes; None if none is seen."""
    loop, number = step.loops[-1].loop, step.loops[-1].number
    backwards = [
        event
        for event in program.events_of(EventKind.BACKWARD)
        if makes_gradients(event)
        and event.pass_of(loop) == number
        and updates.related(step, event)
        and not _cleared_between(program, updates, event, step)
        and not _spent_elsewhere(updates, event, loop, steps)
        and not _spent_before(updates, event, step, steps)
    ]
    if not backwards:
        return None
    repeats = [
        not _starts_afresh(program, updates, event, loop) and _repeats(program, event, loop)
        for event in backwards
    ]
    if True in repeats or _at_most(backwards) > 1:
        return True
    if None in repeats:
        return None
    return _skipped(program, updates, step, backwards, steps)


def _repeats(program: Program, backward: Event, loop: Loop) -> Flag:
    """Whether it runs in a loop within the update's, of more than one pass; None for a range of a length that is not known,
    which may be a single one (`range(0, len(batch), args.microbatch)`), and for losses of one forward pass (those of several
    parts, each of which gets its gradients once)."""
    around = [p.loop for p in backward.loops]
    inner = around[around.index(loop) + 1 :] if loop in around else None
    if inner is None or any(each.length is not None and each.length != 1 for each in inner):
        return True if inner is None or _computes(program, inner) else None
    unknown = [each for each in inner if each.length is None]
    if unknown and (all(each.over == "range" for each in unknown) or not _computes(program, inner)):
        return None
    return None if unknown and _shared_by_one(backward.target) else bool(unknown)


def _shared_by_one(loss: object) -> bool:
    """Whether a loss is divided by a 1 that the program names: the number of batches that make an update, as a rule."""
    while isinstance(loss, Node) and (loss.name == "loss_scale" or loss.op is Op.JOIN) and loss.inputs:
        loss = loss.inputs[0]
    numbers = loss.options.values() if isinstance(loss, Node) and loss.op is Op.DIV else ()
    return any(type(fact.value) is int and fact.value == 1 and fact.origin for fact in numbers)


def _computes(program: Program, loops: list[Loop]) -> bool:
    """Whether networks are applied, or batches are drawn, in one of these loops."""
    kinds = (EventKind.FORWARD, EventKind.DRAW)
    if any(isinstance(each.target, Loader) for each in loops):
        return True
    return any(p.loop in loops for event in program.events_of(*kinds) for p in event.loops)


def _starts_afresh(program: Program, updates: Updates, backward: Event, loop: Loop) -> bool:
    """Whether each pass of a loop within the update's begins by clearing: the update sees the last pass alone."""
    if backward.loop is loop or not backward.loops:
        return False
    inner, seen = backward.loops[-1], {branch.serial for branch in backward.branches}
    return any(
        clearing.loops[-1:] == (inner,)
        and clearing.index < backward.index
        and {branch.serial for branch in clearing.branches} <= seen
        and updates.meets(clearing, backward)
        for clearing in of_training(program, EventKind.ZERO_GRAD)
    )


def _cleared_between(program: Program, updates: Updates, backward: Event, step: Event) -> bool:
    """Whether its gradients are always cleared before the update, in this pass or, if it comes later, the next."""
    loop, seen = step.loops[-1].loop, {branch.serial for branch in step.branches}
    own = {(branch.serial, branch.arm) for branch in backward.branches}
    for clearing in of_training(program, EventKind.ZERO_GRAD):
        same = clearing.pass_of(loop) == step.loops[-1].number and updates.meets(clearing, step)
        if not same or any(b.serial not in seen and (b.serial, b.arm) not in own for b in clearing.branches):
            continue
        first, place, last = backward.index, clearing.index, step.index
        if first < place < last if first < last else place > first or place < last:
            return True
    return False


def _spent_elsewhere(updates: Updates, backward: Event, loop: Loop, steps: Sequence[Event]) -> bool:
    """Whether the loop within, in which this backward pass runs, makes its own update of it."""
    inner = backward.loop
    return inner is not loop and any(
        other.loop is inner and updates.meets(other, backward) for other in steps
    )


def _spent_before(updates: Updates, backward: Event, step: Event, steps: Sequence[Event]) -> bool:
    """Whether another optimizer steps first, where it is not known whose gradients the backward pass makes: one
    backward and one step for each of several optimizers. What follows this update is made for a next one."""
    if updates.touched(step) is not None and updates.touched(backward) is not None:
        return False
    last = backward.index > step.index
    return any(
        backward.index < other.index
        and (last or other.index < step.index)
        and (other.target is not step.target or (other.target is None and other.location != step.location))
        and same_pass(other, step)
        and updates.related(other, backward)
        for other in steps
    )


def _skipped(
    program: Program, updates: Updates, step: Event, backwards: Sequence[Event], steps: Sequence[Event]
) -> Flag:
    """Whether gradients are kept through passes in which the update is left out; None where it is not known that any
    is."""
    seen = {branch.serial for event in backwards for branch in event.branches}
    for branch in step.branches:
        arms = {b.arm for other in steps for b in other.branches if b.serial == branch.serial}
        if branch.kind == "if" and branch.serial not in seen and len(arms) == 1:
            cleared = any(
                updates.meets(clearing, step) and {b.serial for b in clearing.branches} <= seen
                for clearing in of_training(program, EventKind.ZERO_GRAD)
                if clearing.loop is step.loop
            )
            return None if (branch.unsettled or not branch.varies) and not cleared else not cleared
    return False


def _at_most(backwards: Sequence[Event]) -> int:
    """How many of the backward passes can run in one pass of the loop."""
    kept: list[Event] = []
    for event in backwards:
        if not any(exclusive(event, other) or event.location == other.location for other in kept):
            kept.append(event)
    return len(kept)
