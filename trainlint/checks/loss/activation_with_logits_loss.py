"""TL202: sigmoid (or softmax, ReLU) output goes into a loss told to expect logits."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.checks.api import check, report
from trainlint.facts.losses import SQUASHED, activation_before, is_matched
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
    told = "from_logits" in loss.options  # losses that always apply softmax are TL201
    names = BINARY if told or loss.task != "multiclass" else SQUASHING
    activation = activation_before(program.graph, loss.prediction, names)
    if activation is None or is_matched(program, loss, SQUASHED):
        return
    name = loss.name.rsplit(".", 1)[-1]
    if activation.name.startswith("relu"):
        why = "half of the logits are cut off and carry no gradient"
    elif activation.name == "softmax" and loss.task == "multiclass":
        why = "its own softmax sees only values between 0 and 1, so it can never become confident"
    elif loss.task == "multiclass":
        why = f"it sees values that {activation.name} has squeezed into 0 to 1, and cannot become confident"
    else:
        why = "its own sigmoid sees only values between 0 and 1, so no negative can be predicted with confidence"
    message = (
        f"{name}{' with from_logits=True' if told else ''} expects logits, and {activation.name} stands before it: {why}. "
        f"{_remedy(activation.name, told)}"
    )
    yield report(
        RULE, loss.location, message, (*activation.origin, Place(activation.location, activation.name))
    )


def _remedy(activation: str, told: bool) -> str:
    if told and not activation.startswith("relu"):
        return f"Remove the {activation} from the network, or set from_logits to False."
    return f"Remove the {activation}, and apply it for predictions only."
