"""TL206: the output activation cannot produce values that the targets are known to take."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.checks.api import check, report
from trainlint.facts.graph import Node
from trainlint.facts.losses import compared_with, short, trained_losses
from trainlint.facts.program import Program
from trainlint.facts.ranges import CENTRED, STANDARD
from trainlint.facts.target_sources import Target
from trainlint.facts.targets import describe
from trainlint.model import Applicability, Finding, Level, Place, Rule

RULE = Rule(
    "TL206",
    "loss-range-unreachable",
    Level.ERROR,
    section="Loss",
    fix=Applicability.UNSAFE,
    probe="loss-range",
)


@check(RULE)
def loss_range_unreachable(program: Program) -> Iterator[Finding]:
    """A regression loss compares a bounded output with targets that are known to leave its bounds."""
    for loss, output in trained_losses(program):
        activation = output.activation
        if loss.task != "regression" or activation is None:
            continue
        if activation.name == "softmax" and output.width == 1:  # constant anyway: TL205
            continue
        target = describe(compared_with(loss))
        if target.range is None or target.discrete or not _leaves(activation, target):
            continue
        message = (
            f"{short(loss)} compares the output of {activation.name} ({_bounds(activation)}) with targets that are "
            f"known to leave that range ({_known(target)}): they can never be predicted. Leave the output linear, or "
            "scale the targets."
        )
        places = [Place(activation.location, activation.name)]
        if target.source is not None:
            places.append(Place(target.source.location, "the target"))
        yield report(RULE, loss.location, message, (*activation.origin, *places))


def _leaves(activation: Node, target: Target) -> bool:
    assert target.range is not None
    below = activation.low is not None and target.range.low < activation.low
    above = activation.high is not None and target.range.high > activation.high
    return below or above


def _bounds(activation: Node) -> str:
    low, high = activation.low, activation.high
    if low is None:
        return f"at most {high:g}"
    return f"at least {low:.3g}" if high is None else f"{low:.3g} to {high:.3g}"


def _known(target: Target) -> str:
    """Words for the values that they take."""
    assert target.range is not None
    if target.range is CENTRED:
        return "values below and above zero"
    if target.range is STANDARD:
        return "standardised: beyond one on either side"
    return target.range.describe()
