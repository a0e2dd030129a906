"""TL001: gradients of earlier batches are never cleared in the training loop."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from trainlint.checks.api import check, report
from trainlint.facts.events import Event, EventKind, Loop, exclusive
from trainlint.facts.graph import Parameter
from trainlint.facts.program import Program
from trainlint.facts.training import Optimizer
from trainlint.facts.updates import REST, Updates, hidden_within, same_pass
from trainlint.model import Applicability, Finding, Level, Place, Rule

RULE = Rule("TL001", "missing-zero-grad", Level.ERROR, section="Training loop", fix=Applicability.SAFE)
BY_HAND = "the update by hand"
CLEARS = (EventKind.ZERO_GRAD, EventKind.GRAD_CHANGE)


@check(RULE)
def missing_zero_grad(program: Program) -> Iterator[Finding]:
    """A loop runs backward() and steps an optimizer, or changes weights by hand, and nothing in it clears these gradients."""
    updates = Updates.of(program)
    for backward in updates.looped_backwards():
        found = next(
            (
                (loop, step)
                for loop, step in chain(_updates_of(updates, backward), _updates_by_hand(updates, backward))
                if not _cleared(updates, backward, step, loop)
                and not hidden_within(program, updates, backward, loop)
            ),
            None,
        )
        if found is None:
            continue
        step = found[1]
        if step.kind is EventKind.STEP:
            does, remedy = f"{step.target.name.rsplit('.', 1)[-1]} steps", "Call optimizer.zero_grad()"
        else:
            does, remedy = "the weights move", "Call grad.zero_() of each weight"
        message = (
            f"Nothing clears the gradients in this loop, so backward() adds each batch's to those of all batches before, "
            f"and {does} along the sum. {remedy} once for each update."
        )
        label = "step()" if step.kind is EventKind.STEP else BY_HAND
        yield report(RULE, backward.location, message, (Place(step.location, label),))


def _updates_of(updates: Updates, backward: Event) -> Iterator[tuple[Loop, Event]]:
    """For each optimizer that steps on these gradients: the innermost loop that holds both, and the step.

    An optimizer that is made anew in every pass has no old gradients.
    """
    done: set[int] = set()
    for p in reversed(backward.loops):
        steps = [e for e in updates.events if _uses(updates, e, backward) and e.within(p.loop)]
        for step in steps:
            if id(step.target) not in done and not (
                step.target.symbolic and _is_for_another(updates, backward, step)
            ):
                done.add(id(step.target))
                made_anew = any(made.loop is p.loop for made in step.target.state.get("made_in", ()))
                if not made_anew and not _takes_turns(steps, step, p.loop):
                    yield p.loop, step


def _takes_turns(steps: list[Event], step: Event, loop: Loop) -> bool:
    """Whether the loop goes over optimizers, so that passes step different ones: the loop around it comes back to each."""
    passes: dict[int | None, set[int]] = {}
    for event in steps:
        if event.location == step.location and event.within(loop):
            passes.setdefault(event.pass_of(loop), set()).add(id(event.target))
    targets = list(passes.values())
    return any(other != targets[0] for other in targets)


def _updates_by_hand(updates: Updates, backward: Event) -> Iterator[tuple[Loop, Event]]:
    """The same for code that subtracts gradients from weights which outlive a pass of the loop."""
    steps = [
        e
        for e in updates.program.events_of(EventKind.MANUAL_STEP)
        if isinstance(e.target, Parameter) and e.target.name != REST and updates.related(e, backward)
    ]
    for p in reversed(backward.loops):
        for step in steps:
            number = step.pass_of(p.loop)
            again = [e for e in steps if e.target is step.target and e.pass_of(p.loop) not in (None, number)]
            if number is not None and again:
                yield p.loop, step
                return


def _uses(updates: Updates, step: Event, backward: Event) -> bool:
    if step.kind is not EventKind.STEP or not isinstance(step.target, Optimizer) or step.target.escaped:
        return False
    return not step.options.get("closure") and updates.related(step, backward)


def _cleared(updates: Updates, backward: Event, step: Event, loop: Loop) -> bool:
    clears = [e for e in updates.program.events_of(*CLEARS) if e.within(loop)]
    met = [e for e in clears if updates.meets(e, step) and updates.meets(e, backward)]
    return any(not _clears_its_own(updates, event, step, loop) for event in met)


def _is_for_another(updates: Updates, backward: Event, step: Event) -> bool:
    """Whether another backward pass is nearer to the step of an optimizer that is not shown."""
    before = [e for e in updates.events if e.kind is EventKind.BACKWARD and e.index < step.index]
    near = [e for e in before if same_pass(e, step)]
    return bool(near) and near[-1].location != backward.location


def _clears_its_own(updates: Updates, clear: Event, step: Event, loop: Loop) -> bool:
    """Whether the gradients that are cleared are those of another optimizer that is not shown and steps itself, beside
    this one: each holds its own network, as in adversarial training."""
    other = clear.target
    if (
        not isinstance(other, Optimizer)
        or other is step.target
        or not (other.symbolic and step.target.symbolic)
    ):
        return False
    steps = [e for e in updates.events if e.kind is EventKind.STEP and e.target is other and e.within(loop)]
    return any(same_pass(e, step) and not e.branches and not exclusive(e, step) for e in steps)
