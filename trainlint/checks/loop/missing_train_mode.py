"""TL007: eval() in a loop is not followed by train() before the next pass trains."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.checks.api import check, report
from trainlint.facts.evaluation import differentiated, rehearsed
from trainlint.facts.events import Event, EventKind
from trainlint.facts.graph import ModuleCall
from trainlint.facts.modes import describe_moody, moody, switches
from trainlint.facts.program import Program
from trainlint.model import Applicability, Finding, Level, Place, Rule

RULE = Rule("TL007", "missing-train-mode", Level.ERROR, section="Training loop", fix=Applicability.SAFE)


@check(RULE)
def missing_train_mode(program: Program) -> Iterator[Finding]:
    """A forward pass that is trained on ran in training mode in a loop's first pass, and not in the second."""
    if not program.complete:
        return
    trained = differentiated(program)
    earlier: dict[object, Event] = {}
    for event in program.events_of(EventKind.FORWARD):
        call = event.options.get("call")
        if not isinstance(call, ModuleCall) or rehearsed(program, event) or event.grad_enabled is False:
            continue
        if not any(id(n) in trained for n in call.outputs):
            continue
        key = (id(call.module), event.location, event.root)
        if call.training is True:
            earlier.setdefault(key, event)
            cause = _comes_round(program, event)
        else:
            cause = _left_by(program, earlier[key], event) if key in earlier else None
        if cause is None or call.module.escaped or call.module.root.escaped:
            continue
        what = _why(program, earlier[key], cause)
        if what is not None:
            yield report(RULE, event.location, _message(cause, what), (Place(cause.location, "eval()"),))


def _message(cause: Event, what: str) -> str:
    return (
        f"From the second pass on the model trains in evaluation mode, because eval() (line {cause.location.line}) is never "
        f"undone: {what}. Call model.train() at the head of every epoch."
    )


def _left_by(program: Program, first: Event, event: Event) -> Event | None:
    """The eval() in an earlier pass of a loop that is still in force."""
    latest = next((e for e in switches(program, event.target, event.root) if e.index < event.index), None)
    if latest is None or latest.kind is not EventKind.EVAL_MODE or latest.index < first.index:
        return None
    if not _stays(program, latest):
        return None
    again = any((number := latest.pass_of(p.loop)) is not None and number < p.number for p in event.loops)
    return latest if again else None


def _comes_round(program: Program, event: Event) -> Event | None:
    """The eval() at the end of a later pass, with which the next one begins: a first pass may have skipped it."""
    found = [e for e in switches(program, event.target, event.root) if e.index > event.index]
    for p in event.loops:
        ended = p.number == 0 or (p.loop.length is not None and p.loop.length <= p.number + 1)
        latest = next((e for e in found if e.pass_of(p.loop) == p.number), None)
        if ended or latest is None or latest.kind is not EventKind.EVAL_MODE or not _stays(program, latest):
            continue
        before = switches(program, event.target, event.root)
        if not any(e.index < event.index and e.pass_of(p.loop) == p.number for e in before):
            return latest
    return None


def _stays(program: Program, switch: Event) -> bool:
    """Whether what a switch does may last into another pass of its loop."""
    plain = all(b.kind in ("if", "match") and not b.once for b in switch.branches)
    return plain and not any((b.serial, b.arm) in program.leaving for b in switch.branches)


def _why(program: Program, first: Event, cause: Event) -> str | None:
    """What the mode changes in this network; for one that is not shown, somebody must have called train() before."""
    call = first.options["call"]
    layer = moody(program, call)
    if layer is not None:
        effect = (
            "normalises by its running statistics"
            if "norm" in (kind := describe_moody(layer))
            else "drops nothing"
        )
        return f"{kind} {effect}"
    called = any(
        e.kind is EventKind.TRAIN_MODE and e.index < cause.index
        for e in switches(program, call.module, first.root)
    )
    return "dropout and batch norm are off" if call.module.symbolic and called else None
