"""TL005: zero_grad() stands between backward() and step(), so every update is empty."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.checks.api import check, report
from trainlint.facts.events import Event, EventKind
from trainlint.facts.program import Program
from trainlint.facts.updates import Updates, makes_gradients, same_pass
from trainlint.model import Applicability, Finding, Level, Place, Rule

RULE = Rule("TL005", "zero-grad-after-backward", Level.ERROR, section="Training loop", fix=Applicability.SAFE)
ORDERED = (EventKind.BACKWARD, EventKind.STEP)


@check(RULE)
def zero_grad_after_backward(program: Program) -> Iterator[Finding]:
    """The gradients that backward() made are cleared before the step of the same iteration."""
    if not program.complete:
        return
    updates = Updates.of(program)
    for clear in updates.events:
        if clear.kind is not EventKind.ZERO_GRAD or clear.target is None:
            continue
        backward, step = updates.before(clear, ORDERED), updates.after(clear, ORDERED)
        if (
            backward is None
            or step is None
            or not makes_gradients(backward)
            or step.kind is not EventKind.STEP
            or step.target is None
        ):
            continue
        if not (same_pass(backward, clear) and same_pass(clear, step) and same_pass(backward, step)):
            continue
        if not updates.covers(clear, step, backward) or _restored(program, clear, step):
            continue
        if not updates.related(backward, step) or clear.branches != step.branches[: len(clear.branches)]:
            continue
        message = (
            f"zero_grad() clears the gradients between backward() (line {backward.location.line}) and step() "
            f"(line {step.location.line}), so no weight ever changes. Move it before backward()."
        )
        places = (Place(backward.location, "backward()"), Place(step.location, "step()"))
        yield report(RULE, clear.location, message, places)


def _restored(program: Program, clear: Event, step: Event) -> bool:
    """Whether code writes gradients again before the step."""
    return any(clear.index < e.index < step.index for e in program.events_of(EventKind.GRAD_CHANGE))
