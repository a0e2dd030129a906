"""TL001: gradients of earlier batches are never cleared in the training loop."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.checks.api import check, report
from trainlint.facts.events import Event, EventKind, Loop
from trainlint.facts.program import Program
from trainlint.facts.training import Optimizer
from trainlint.facts.updates import Updates, hidden_within
from trainlint.model import Applicability, Finding, Level, Place, Rule

RULE = Rule("TL001", "missing-zero-grad", Level.ERROR, section="Training loop", fix=Applicability.SAFE)
CLEARS = (EventKind.ZERO_GRAD, EventKind.GRAD_CHANGE)


@check(RULE)
def missing_zero_grad(program: Program) -> Iterator[Finding]:
    """A loop runs backward() and steps an optimizer, and nothing in it clears these gradients."""
    updates = Updates.of(program)
    for backward in updates.looped_backwards():
        found = next(
            (
                (loop, step)
                for loop, step in _updates_of(updates, backward)
                if not _cleared(updates, backward, step, loop)
                and not hidden_within(program, updates, backward, loop)
            ),
            None,
        )
        if found is None:
            continue
        step = found[1]
        name = step.target.name.rsplit(".", 1)[-1]
        message = (
            f"Nothing clears the gradients in this loop, so backward() adds each batch's to those of all batches before, "
            f"and {name} steps along the sum. Call optimizer.zero_grad() once for each update."
        )
        yield report(RULE, backward.location, message, (Place(step.location, "step()"),))


def _updates_of(updates: Updates, backward: Event) -> Iterator[tuple[Loop, Event]]:
    """For each optimizer that steps on these gradients: the innermost loop that holds both, and the step.

    An optimizer that is made anew in every pass has no old gradients.
    """
    done: set[int] = set()
    for p in reversed(backward.loops):
        steps = [e for e in updates.events if _uses(updates, e, backward) and e.within(p.loop)]
        for step in steps:
            if id(step.target) not in done:
                done.add(id(step.target))
                if not any(made.loop is p.loop for made in step.target.state.get("made_in", ())):
                    yield p.loop, step


def _uses(updates: Updates, step: Event, backward: Event) -> bool:
    if step.kind is not EventKind.STEP or not isinstance(step.target, Optimizer) or step.target.escaped:
        return False
    return not step.options.get("closure") and updates.related(step, backward)


def _cleared(updates: Updates, backward: Event, step: Event, loop: Loop) -> bool:
    for event in updates.program.events_of(*CLEARS):
        if event.within(loop) and updates.meets(event, step) and updates.meets(event, backward):
            return True
    return False
