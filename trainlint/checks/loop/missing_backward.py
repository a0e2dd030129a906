"""TL003: an optimizer steps in the loop but nothing calls backward()."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.checks.api import check, report
from trainlint.facts.coverage import missed, strangers
from trainlint.facts.events import Event, EventKind
from trainlint.facts.graph import Graph, Module, Node, Parameter
from trainlint.facts.program import Program
from trainlint.facts.training import Optimizer
from trainlint.facts.updates import Updates
from trainlint.model import Applicability, Finding, Level, Rule

RULE = Rule("TL003", "missing-backward", Level.ERROR, section="Training loop", fix=Applicability.UNSAFE)


@check(RULE)
def missing_backward(program: Program) -> Iterator[Finding]:
    """A loop computes something with a network and steps an optimizer, and nothing makes gradients for it."""
    if not program.complete:
        return
    updates = Updates.of(program)
    for step in updates.events:
        if step.kind is not EventKind.STEP or not step.loops or not isinstance(step.target, Optimizer):
            continue
        if step.target.escaped or step.options.get("closure") or not _trains(program, step):
            continue
        if _fed(program, updates, step) or _holds_others(program, step):
            continue
        name = step.target.name.rsplit(".", 1)[-1]
        message = (
            f"{name} steps, but nothing calls backward(), so there are no gradients and no weight changes. "
            "Call loss.backward() before step()."
        )
        yield report(RULE, step.location, message)


def _holds_others(program: Program, step: Event) -> bool:
    """Whether there are gradients, of parameters that no optimizer holds (TL013 and TL014 speak of it)."""
    strange = any(m.strange and m.optimizer is step.target for m in missed(program))
    return strange or any(other is step for other, _ in strangers(program))


def _trains(program: Program, step: Event) -> bool:
    loop = step.loops[0].loop
    return any(e.within(loop) for e in program.events_of(EventKind.LOSS, EventKind.FORWARD))


def _fed(program: Program, updates: Updates, step: Event) -> bool:
    """Whether backward() was seen, or unseen code may have called it or written gradients."""
    for event in program.events_of(EventKind.BACKWARD, EventKind.GRAD_CHANGE, EventKind.ESCAPE):
        if event.root != step.root:
            continue
        if event.kind is EventKind.ESCAPE:
            if isinstance(event.target, Node | Optimizer | Module | Parameter):
                return True
        elif updates.meets(event, step) or _is_of_unshown(event):
            return True
    return False


def _is_of_unshown(backward: Event) -> bool:
    """Whether a loss comes of a network that the code does not show: it may be the one that the optimizer trains,
    under another name (`model`, which a script makes of the class whose method this is)."""
    if backward.kind is not EventKind.BACKWARD or not isinstance(backward.target, Node):
        return False
    history = (backward.target, *Graph.ancestors_of(backward.target))
    return any(node.module is not None and node.module.symbolic for node in history)
