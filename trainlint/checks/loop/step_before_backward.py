"""TL004: optimizer.step() runs before loss.backward() within one iteration."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.checks.api import check, report
from trainlint.facts.events import Event, EventKind
from trainlint.facts.program import Program
from trainlint.facts.updates import Updates, makes_gradients, same_pass
from trainlint.model import Applicability, Finding, Level, Place, Rule

RULE = Rule("TL004", "step-before-backward", Level.ERROR, section="Training loop", fix=Applicability.UNSAFE)
ORDERED = (EventKind.BACKWARD, EventKind.STEP, EventKind.ZERO_GRAD)


@check(RULE)
def step_before_backward(program: Program) -> Iterator[Finding]:
    """The step of an iteration finds gradients that were cleared, or left over, and backward() follows it."""
    if not program.complete:
        return
    updates = Updates.of(program)
    for step in updates.events:
        if step.kind is EventKind.STEP and step.target and step.loops and not step.options.get("closure"):
            backward = misplaced(updates, step)
            if backward is not None:
                message = (
                    f"step() runs before backward() (line {backward.location.line}) of the same iteration, so it has no "
                    "gradients of this batch. Move it behind backward()."
                )
                yield report(RULE, step.location, message, (Place(backward.location, "backward()"),))


def misplaced(updates: Updates, step: Event) -> Event | None:
    """The backward() that should have come before this step.

    A step at the loop's head that uses the last iteration's gradients, which are cleared after it, is in order.
    """
    own = [e for e in updates.events if e.kind in ORDERED and same_pass(e, step) and updates.related(e, step)]
    before = [e for e in own if e.index < step.index]
    after = [e for e in own if e.index > step.index]
    if any(e.kind is EventKind.BACKWARD for e in before) or any(
        e.kind is EventKind.STEP for e in own if e is not step
    ):
        return None
    backward = next((e for e in after if makes_gradients(e)), None)
    if backward is None or len(backward.loops) != len(step.loops):
        return None
    between = [e for e in after if e.index < backward.index and e.kind is EventKind.ZERO_GRAD]
    cleared = any(e.kind is EventKind.ZERO_GRAD for e in before)
    return backward if cleared or not between or _computed_before(updates, step) else None


def _computed_before(updates: Updates, step: Event) -> bool:
    """Whether this iteration's loss was computed before the step: then the step is not the last iteration's."""
    losses = updates.program.events_of(EventKind.LOSS)
    return any(
        e.index < step.index and e.root == step.root and same_pass(e, step) and e.loops == step.loops
        for e in losses
    )
