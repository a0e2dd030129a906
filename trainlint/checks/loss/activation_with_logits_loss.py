"""TL202: sigmoid (or softmax, ReLU) output goes into a loss told to expect logits."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.checks.api import check, report
from trainlint.facts.losses import activation_before
from trainlint.facts.program import Program
from trainlint.facts.training import Loss
from trainlint.model import Applicability, Finding, Level, Place, Rule

RULE = Rule(
    "TL202",
    "activation-with-logits-loss",
    Level.ERROR,
    section="Loss",
    fix=Applicability.SAFE,
    probe="loss-scale",
)
SQUASHING = ("sigmoid", "hardsigmoid", "relu", "relu6")
BINARY = (*SQUASHING, "softmax", "log_softmax")


@check(RULE)
def activation_with_logits_loss(loss: Loss, program: Program) -> Iterator[Finding]:
    """A loss that wants logits is fed with values that an activation has squashed."""
    if loss.takes != "logits" or loss.prediction is None:
        return
    names = SQUASHING if loss.task == "multiclass" else BINARY
    activation = activation_before(program.graph, loss.prediction, names)
    if activation is None:
        return
    name = loss.name.rsplit(".", 1)[-1]
    if activation.name.startswith("relu"):
        why = "half of the logits are cut off and carry no gradient"
    elif loss.task == "multiclass":
        why = f"it sees values that {activation.name} has squeezed into 0 to 1, and cannot become confident"
    else:
        why = "its own sigmoid sees only values between 0 and 1, so no negative can be predicted with confidence"
    message = (
        f"{name} expects logits, and {activation.name} stands before it: {why}. "
        f"Remove the {activation.name}, and apply it for predictions only."
    )
    yield report(
        RULE, loss.location, message, (*activation.origin, Place(activation.location, activation.name))
    )
