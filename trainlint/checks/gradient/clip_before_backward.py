"""TL703: gradients are clipped before backward() has made them."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.checks.api import check, report
from trainlint.facts.events import Event, EventKind
from trainlint.facts.program import Program
from trainlint.facts.training import Clipping
from trainlint.facts.updates import Updates, same_pass
from trainlint.model import Applicability, Finding, Level, Place, Rule

RULE = Rule(
    "TL703",
    "clip-before-backward",
    Level.ERROR,
    section="Gradients",
    fix=Applicability.SAFE,
)


@check(RULE)
def clip_before_backward(program: Program) -> Iterator[Finding]:
    """A clip is followed by backward(), then by the step, with no other clip between these two."""
    if not program.complete:
        return
    updates = Updates.of(program)
    for clip in updates.events:
        if clip.kind is not EventKind.CLIP or not isinstance(clip.target, Clipping):
            continue
        backward = updates.after(clip, (EventKind.BACKWARD, EventKind.STEP))
        if backward is None or backward.kind is not EventKind.BACKWARD or not same_pass(clip, backward):
            continue
        if backward.options.get("by") == "unknown":
            continue  # gradients that are applied were made somewhere, and nobody saw where
        made = updates.before(clip, (EventKind.BACKWARD, EventKind.STEP))
        if made is not None and same_pass(made, clip) and made.kind is EventKind.STEP:
            continue  # TL704
        if backward.branches[: len(clip.branches)] != clip.branches and len(backward.branches) > len(
            clip.branches
        ):
            continue
        if _clipped_later(updates, clip, backward):
            continue
        message = (
            f"Gradients are clipped before backward() (line {backward.location.line}) has made them, so the step uses "
            "unclipped ones. Move the clip between backward() and step()."
        )
        yield report(RULE, clip.location, message, (Place(backward.location, "backward()"),))


def _clipped_later(updates: Updates, clip: Event, backward: Event) -> bool:
    """Whether the step is never seen, or a clip stands between the last backward() and it."""
    current: Event | None = backward
    while current is not None:
        current = updates.after(current, (EventKind.BACKWARD, EventKind.STEP, EventKind.CLIP))
        if current is None or (current.kind is EventKind.CLIP and current.location != clip.location):
            return True
        if current.kind is EventKind.CLIP:
            return _same_pass_as(current, clip)
        if current.kind is EventKind.STEP:
            return False
    return True


def _same_pass_as(later: Event, clip: Event) -> bool:
    """The same statement again: in the next pass it comes before that pass's backward(), and clips the last one's
    gradients, unless the step has used them by then."""
    return later.loops == clip.loops
