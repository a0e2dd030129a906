"""TL001: gradients of earlier batches are never cleared in the training loop."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.checks.api import check, report
from trainlint.facts.events import Event, EventKind, Loop
from trainlint.facts.program import Program
from trainlint.facts.training import Optimizer
from trainlint.facts.updates import Updates, hidden_within, makes_gradients
from trainlint.model import Applicability, Finding, Level, Place, Rule

RULE = Rule("TL001", "missing-zero-grad", Level.ERROR, section="Training loop", fix=Applicability.SAFE)
CLEARS = (EventKind.ZERO_GRAD, EventKind.GRAD_CHANGE)


@check(RULE)
def missing_zero_grad(program: Program) -> Iterator[Finding]:
    """A loop runs backward() and steps an optimizer, and nothing in it clears these gradients."""
    if not program.complete:
        return
    updates = Updates(program)
    for backward in updates.events:
        if not makes_gradients(backward) or not backward.loops:
            continue
        loop = backward.loops[0].loop
        step = _step(updates, backward, loop)
        if (
            step is None
            or _cleared(updates, backward, loop)
            or hidden_within(program, updates, backward, loop)
        ):
            continue
        name = step.target.name.rsplit(".", 1)[-1]
        message = (
            f"Nothing clears the gradients in this loop, so backward() adds each batch's to those of all batches before, "
            f"and {name} steps along the sum. Call optimizer.zero_grad() once for each update."
        )
        yield report(RULE, backward.location, message, (Place(step.location, "step()"),))


def _step(updates: Updates, backward: Event, loop: Loop) -> Event | None:
    """The optimizer's step that uses these gradients in the same loop."""
    for event in updates.events:
        if event.kind is not EventKind.STEP or not isinstance(event.target, Optimizer) or event.target.escaped:
            continue
        if event.within(loop) and not event.options.get("closure") and updates.related(event, backward):
            return event
    return None


def _cleared(updates: Updates, backward: Event, loop: Loop) -> bool:
    return any(
        e.kind in CLEARS and e.within(loop) and updates.meets(e, backward)
        for e in updates.program.events_of(*CLEARS)
    )
