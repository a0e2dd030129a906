"""TL006: a model with dropout or batch norm is evaluated in training mode."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.checks.api import check, report
from trainlint.facts.evaluation import Evaluation, evaluations, inferences, trained_before
from trainlint.facts.events import EventKind
from trainlint.facts.graph import Module, ModuleCall
from trainlint.facts.modes import describe_moody, moody, switches
from trainlint.facts.program import Program
from trainlint.facts.words import words
from trainlint.model import Applicability, Finding, Level, Place, Rule

RULE = Rule(
    "TL006",
    "missing-eval-mode",
    Level.WARNING,
    section="Training loop",
    fix=Applicability.SAFE,
    probe="eval-mode",
)


@check(RULE)
def missing_eval_mode(program: Program) -> Iterator[Finding]:
    """A network that is trained or loaded here is measured while a layer of it is in training mode."""
    if not program.complete:
        return
    measured = [e for e in evaluations(program) if e.measured and e.trained is True and _in_sight(program, e)]
    for evaluation in [*measured, *(e for e in inferences(program) if not e.made_up)]:
        if evaluation.training is not True or _escaped(evaluation.module):
            continue
        layer = moody(program, evaluation.call)
        if layer is None or _meant(program, evaluation):
            continue
        what = describe_moody(layer)
        yield report(RULE, evaluation.event.location, _message(program, what), (Place(layer.location, what),))


def _message(program: Program, what: str) -> str:
    norm = "normalises by the batch at hand, and goes on learning from it"
    return (
        f"The model is evaluated in training mode: its {what} {norm if 'norm' in what else 'drops values at random'}, so what "
        f"is reported is not what the model can do. {words(program).evaluate}."
    )


def _in_sight(program: Program, evaluation: Evaluation) -> bool:
    certain = evaluation.apart or evaluation.event.grad_enabled is False
    return certain and trained_before(program, evaluation.event) and not _monitored(program, evaluation)


def _escaped(module: Module) -> bool:
    return module.escaped or module.root.escaped


def _meant(program: Program, evaluation: Evaluation) -> bool:
    """Whether train() was called for this very pass: dropout as a posterior, or statistics that are to adapt."""
    event = evaluation.event
    latest = next(
        (e for e in switches(program, evaluation.module, event.root) if e.index < event.index), None
    )
    if latest is None:
        return False
    if latest.kind is EventKind.EVAL_MODE:
        return True  # parts of it were switched back
    return not any(latest.index < e.index < event.index for e in program.events_of(EventKind.BACKWARD))


def _monitored(program: Program, evaluation: Evaluation) -> bool:
    """Whether it looks again at the batch that is being trained on."""
    loop = evaluation.event.loop
    if loop is None or loop.over != "loader":
        return False
    own = {id(n) for n in evaluation.call.inputs}
    for event in program.events_of(EventKind.FORWARD):
        call = event.options.get("call")
        if call is evaluation.call or event.loop is not loop or not isinstance(call, ModuleCall):
            continue
        if call.module is evaluation.module and own & {id(n) for n in call.inputs}:
            return True
    return False
