"""TL201: softmax output goes into a loss that applies log-softmax itself."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.checks.api import check, report
from trainlint.facts.graph import Node
from trainlint.facts.losses import SQUASHED, activation_before, is_matched
from trainlint.facts.program import Program
from trainlint.facts.training import Loss
from trainlint.model import Applicability, Finding, Level, Place, Rule

RULE = Rule(
    "TL201",
    "softmax-before-cross-entropy",
    Level.ERROR,
    section="Loss",
    fix=Applicability.SAFE,
    probe="loss-scale",
)


@check(RULE)
def softmax_before_cross_entropy(loss: Loss, program: Program) -> Iterator[Finding]:
    """A loss that wants logits of classes is fed with probabilities."""
    if loss.takes != "logits" or loss.task != "multiclass" or loss.prediction is None:
        return
    if "from_logits" in loss.options:
        return  # TL202
    activation = activation_before(program.graph, loss.prediction, ("softmax", "log_softmax", "softmin"))
    if activation is None or is_matched(program, loss, SQUASHED):
        return
    name = loss.name.rsplit(".", 1)[-1]
    if activation.name == "log_softmax":
        if _told(loss, activation, program):
            return
        message = (
            f"{name} applies log-softmax itself, and log-softmax stands before it: the result is right, but one of the two "
            "is superfluous. Feed it logits, or use NLLLoss."
        )
    else:
        message = (
            f"{name} applies log-softmax itself, and {activation.name} stands before it: gradients shrink and the loss "
            "cannot come near zero. Feed it logits, and apply softmax for predictions only."
        )
    yield report(
        RULE, loss.location, message, (*activation.origin, Place(activation.location, activation.name))
    )


def _told(loss: Loss, activation: Node, program: Program) -> bool:
    """Whether an earlier loss has the same log-softmax before it: where the result is right, once is enough."""
    for other in program.losses:
        if other is loss:
            return False
        if other.takes == "logits" and other.task == "multiclass" and other.prediction is not None:
            before = activation_before(program.graph, other.prediction, ("log_softmax",))
            if (
                before is not None
                and before.location == activation.location
                and other.location != loss.location
            ):
                return True
    return False
