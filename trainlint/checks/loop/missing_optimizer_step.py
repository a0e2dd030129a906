"""TL002: backward() runs in the loop but no optimizer ever steps."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.checks.api import check, report
from trainlint.facts.events import Event, EventKind
from trainlint.facts.program import Program
from trainlint.facts.training import Optimizer
from trainlint.facts.updates import Updates, hidden_within
from trainlint.facts.words import words
from trainlint.model import Applicability, Finding, Level, Place, Rule

RULE = Rule("TL002", "missing-optimizer-step", Level.ERROR, section="Training loop", fix=Applicability.UNSAFE)
UPDATES = (EventKind.STEP, EventKind.MANUAL_STEP)


@check(RULE)
def missing_optimizer_step(program: Program) -> Iterator[Finding]:
    """A loop runs backward() on what an optimizer holds, and that optimizer never steps."""
    updates = Updates.of(program)
    for backward in updates.looped_backwards():
        dead = backward.options.get("unused") is True
        optimizer = _meant(updates) if dead else _waiting(updates, backward)
        if optimizer is None or _updated(updates, backward, optimizer):
            continue
        hidden = optimizer.escaped or hidden_within(program, updates, backward, backward.loops[0].loop)
        if hidden and not dead:
            continue
        name = optimizer.name.rsplit(".", 1)[-1]
        message = (
            f"{words(program).backward} computes gradients in this loop, but {name} never steps, so no weight changes. "
            f"{words(program).update}."
        )
        yield report(RULE, backward.location, message, (Place(optimizer.location, name),))


def _meant(updates: Updates) -> Optimizer | None:
    """The optimizer of a program whose tape computes gradients that no code reads; without one they are only timed."""
    return next((o for o in updates.program.optimizers if not o.symbolic), None)


def _waiting(updates: Updates, backward: Event) -> Optimizer | None:
    """An optimizer meant for these gradients: the loop clears it, or it holds these very parameters."""
    loop = backward.loops[0].loop
    for event in updates.events:
        if event.kind is not EventKind.ZERO_GRAD or not isinstance(event.target, Optimizer):
            continue
        if event.within(loop) and updates.related(event, backward):
            return event.target
    own = updates.touched(backward)
    if own is None or backward.root != 1:
        return None
    for optimizer in updates.program.optimizers:
        held = updates.touched_by(optimizer)
        if held is not None and held & own:
            return optimizer
    return None


def _updated(updates: Updates, backward: Event, optimizer: Optimizer) -> bool:
    """Whether anything in the run updates weights: this optimizer, another one, or code by hand.

    The methods of a class that nobody here uses are run alone: whoever uses it may call the one that steps.
    """
    events = updates.program.events_of(*UPDATES)
    if any(e.root == backward.root and updates.meets(e, backward) for e in events):
        return True
    owner = backward.function.rpartition(".")[0]
    return optimizer.symbolic and bool(owner) and any(e.function.startswith(f"{owner}.") for e in events)
