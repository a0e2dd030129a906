"""TL704: gradients are clipped after the step has used them."""

from __future__ import annotations

import math
from collections.abc import Iterator

from trainlint.checks.api import check, report
from trainlint.facts.events import Event, EventKind
from trainlint.facts.program import Program
from trainlint.facts.training import Clipping
from trainlint.facts.updates import Updates, same_pass
from trainlint.facts.words import words
from trainlint.model import Applicability, Finding, Level, Place, Rule

RULE = Rule("TL704", "clip-after-step", Level.ERROR, section="Gradients", fix=Applicability.SAFE)


@check(RULE)
def clip_after_step(program: Program) -> Iterator[Finding]:
    """A clip follows the step, and the gradients are cleared before anything uses them."""
    if not program.complete:
        return
    updates = Updates.of(program)
    for clip in updates.events:
        if (
            clip.kind is not EventKind.CLIP
            or not isinstance(clip.target, Clipping)
            or _only_measures(clip.target)
        ):
            continue
        step = updates.before(clip, (EventKind.BACKWARD, EventKind.STEP, EventKind.ZERO_GRAD))
        after = updates.after(clip, (EventKind.BACKWARD, EventKind.STEP, EventKind.ZERO_GRAD))
        if step is not None and step.options.get("by") == "apply":
            step = updates.before(step, (EventKind.BACKWARD, EventKind.STEP))
        if step is None or step.kind is not EventKind.STEP or not same_pass(step, clip):
            continue
        if after is not None and after.kind is EventKind.STEP:
            continue
        if not _trained(updates, step) or not _used_only_now(clip, step):
            continue
        say = words(program)
        message = (
            f"Gradients are clipped after {say.step} (line {step.location.line}) has used them, so clipping has no effect. "
            f"Move the clip between {say.backward} and {say.step}."
        )
        yield report(RULE, clip.location, message, (Place(step.location, say.step),))


def _only_measures(clipping: Clipping) -> bool:
    """`clip_grad_norm_(parameters, inf)` returns the norm and changes nothing."""
    return clipping.max.value is not None and math.isinf(clipping.max.value)


def _used_only_now(clip: Event, step: Event) -> bool:
    """Whether the clip always comes right after the step: an accumulation's step stands under a condition of its own,
    and then the clip also runs between backward() calls."""
    return len(step.branches) <= len(clip.branches) and step.branches == clip.branches[: len(step.branches)]


def _trained(updates: Updates, step: Event) -> bool:
    """Whether the step used gradients of a backward() that no clip had touched."""
    before = updates.before(step, (EventKind.BACKWARD, EventKind.CLIP))
    return before is not None and before.kind is EventKind.BACKWARD
