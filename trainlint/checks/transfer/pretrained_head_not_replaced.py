"""TL904: the classifier of a network with published weights still has the classes that it was published with."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.checks.api import check, report
from trainlint.facts.losses import output_of
from trainlint.facts.program import Program
from trainlint.facts.target_sources import INDEX
from trainlint.facts.targets import describe
from trainlint.facts.training import Loss
from trainlint.facts.transfer import published_classes
from trainlint.facts.units import feeds_any, trained_on
from trainlint.model import Finding, Level, Place, Rule

RULE = Rule("TL904", "pretrained-head-not-replaced", Level.ERROR, section="Transfer learning")


@check(RULE)
def pretrained_head_not_replaced(program: Program) -> Iterator[Finding]:
    """A loss of fewer classes is trained through the head that came with the weights."""
    trained: set[int] | None = None
    for loss in program.losses:
        target = describe(loss.target) if loss.task == "multiclass" else None
        if target is None or target.encoding != INDEX or target.classes is None:
            continue
        head = published_classes(loss.prediction, output_of(loss))
        if head is None or head.classes <= target.classes:
            continue
        trained = feeds_any(program.graph, trained_on(program)) if trained is None else trained
        if loss.output is not None and id(loss.output) in trained:
            yield _finding(loss, head.module.qualname.rsplit(".", 1)[-1], head.classes, target.classes, [
                Place(head.module.location, f"{head.classes} classes"),
                *([Place(target.source.location, "the labels")] if target.source is not None else []),
            ])  # fmt: skip


def _finding(loss: Loss, name: str, classes: int, wanted: int, places: list[Place]) -> Finding:
    message = (
        f"{name} keeps the head of its pre-trained weights, with {classes} classes, and the labels have {wanted}: "
        f"{classes - wanted} outputs mean nothing here, and the others something else. Put a layer with {wanted} units in its place."
    )
    return report(RULE, loss.location, message, places)
