"""TL017: GradScaler.step() without update(), or scale() without GradScaler.step()."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.checks.api import check, report
from trainlint.facts.events import Event, EventKind
from trainlint.facts.graph import Node
from trainlint.facts.program import Program
from trainlint.facts.training import Optimizer, Scaler
from trainlint.facts.updates import Updates, hidden_within
from trainlint.model import Applicability, Finding, Level, Place, Rule

RULE = Rule("TL017", "missing-scaler-update", Level.ERROR, section="Training loop", fix=Applicability.SAFE)


@check(RULE)
def missing_scaler_update(program: Program) -> Iterator[Finding]:
    """A loop steps through a scaler that is never updated, or steps an optimizer on gradients that are still scaled."""
    updates = Updates.of(program)
    backwards = list(updates.looped_backwards())
    for step in program.events_of(EventKind.STEP):
        scaler = step.options.get("scaler")
        near = [e for e in backwards if step.loop is not None and e.within(step.loop) and e.root == step.root]
        if isinstance(scaler, Scaler):
            if near and not _off(scaler) and not _updated(program, step, scaler):
                yield report(RULE, step.location, _NEVER_UPDATED)
        elif isinstance(step.target, Optimizer) and not step.options:
            backward = next((e for e in near if e.index < step.index and updates.related(e, step)), None)
            scaler = scale_of(backward.target) if backward is not None else None
            if backward is None or scaler is None or _off(scaler) or _unscaled(updates, step, backward):
                continue
            place = Place(backward.location, "backward() of the scaled loss")
            yield report(RULE, step.location, _STILL_SCALED, (place,))


_NEVER_UPDATED = (
    "Nothing calls update() on this scaler, so its scale never adapts and the second step() raises an error. "
    "Call scaler.update() once after step()."
)
_STILL_SCALED = (
    "This step uses gradients of a loss that the scaler has multiplied (by 65536 at first), so every update is that much "
    "too large. Call scaler.step(optimizer) and scaler.update() instead."
)


def _off(scaler: Scaler) -> bool:
    return scaler.escaped or scaler.enabled.value is False


def _updated(program: Program, step: Event, scaler: Scaler) -> bool:
    events = program.events_of(EventKind.SCALER_UPDATE)
    return any(e.target is None or e.target is scaler for e in events)


def scale_of(node: object) -> Scaler | None:
    """The scaler that multiplied a loss, seen from what backward() is called on."""
    for other in (node, *(node.inputs if isinstance(node, Node) else ())):
        fact = other.options.get("scaler") if isinstance(other, Node) else None
        if fact is not None and isinstance(fact.value, Scaler):
            return fact.value
    return None


def _unscaled(updates: Updates, step: Event, backward: Event) -> bool:
    """Whether the gradients lose their scale before any step of this run, in code that was seen or not."""
    program, optimizer = updates.program, step.target
    assert isinstance(optimizer, Optimizer) and step.loop is not None
    for event in program.events_of(EventKind.STEP, EventKind.UNSCALE, EventKind.GRAD_CHANGE):
        if event.root != step.root or not (event.target is None or updates.meets(event, step)):
            continue
        if event.kind is not EventKind.STEP or event.options.get("by"):
            return True
    return optimizer.escaped or hidden_within(program, updates, backward, step.loop)
