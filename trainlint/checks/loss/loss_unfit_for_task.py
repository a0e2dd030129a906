"""TL207: the loss does not fit the objective."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.checks.api import check, report
from trainlint.facts.graph import Op
from trainlint.facts.labels import is_compared_with_argmax, target_of
from trainlint.facts.losses import (
    Output,
    is_measured_as_classes,
    is_one_of_several,
    short,
    trained_losses,
)
from trainlint.facts.program import Program
from trainlint.facts.target_sources import INDEX, MULTI_HOT, ONE_HOT, VALUES, Target
from trainlint.facts.training import Loss
from trainlint.model import Applicability, Finding, Level, Place, Rule

RULE = Rule(
    "TL207",
    "loss-unfit-for-task",
    Level.ERROR,
    section="Loss",
    fix=Applicability.UNSAFE,
    probe="overfit",
)
COUNTED = ("probabilities", "logits")


@check(RULE)
def loss_unfit_for_task(program: Program) -> Iterator[Finding]:
    """The targets or the output layer say what is learned, and the loss is made for something else."""
    for loss, output in trained_losses(program):
        target = target_of(program, loss)
        if loss.task == "regression":
            fault = _regression(program, loss, output, target)
        elif loss.task == "binary" and loss.takes in COUNTED:
            fault = _binary(loss, output, target)
        elif loss.task == "multiclass":
            fault = _multiclass(loss, output, target)
        else:
            continue
        if fault is None or is_one_of_several(program, loss):
            continue
        places = [Place((output.activation or output.layer).location, output.kind)]
        if target.source is not None:
            places.append(Place(target.source.location, "the target"))
        yield report(RULE, loss.location, f"{short(loss)} {fault}", places)


def _regression(program: Program, loss: Loss, output: Output, target: Target) -> str | None:
    """Distances between numbers, where the targets are classes.

    One-hot labels with squared errors are also a scoring rule (Brier) and least squares on purpose: they are judged
    where softmax stands before, or where accuracy is asked for beside the loss.
    """
    source = target.source.op if target.source is not None else None
    units = output.units or 0
    several = units > 1 or (output.width is None and is_compared_with_argmax(program, loss))
    if target.encoding == INDEX and source is not Op.RANDOM and several:
        return (
            f"measures the distance of {units or 'the'} units from class indices, which have none. Use a cross-entropy of "
            "classes."
        )
    if target.encoding == INDEX and source is Op.DATASET and output.width == 1 and (target.classes or 0) > 2:
        return (
            f"takes {target.classes} classes for numbers, as if class 2 lay between 1 and 3. Use one unit for each class "
            "and cross-entropy."
        )
    if target.encoding not in (ONE_HOT, None) or units < 2:
        return None
    measured = is_measured_as_classes(program, loss)
    if output.kind == "softmax" and (measured or (target.encoding == ONE_HOT and units > 2)):
        return (
            "behind softmax has almost no gradient where the network is confident and wrong. Use cross-entropy for "
            f"{units} classes."
        )
    if target.encoding == ONE_HOT and units > 2 and measured:
        return f"is made for real values, and {units} classes are learned. Use softmax and cross-entropy."
    return None


def _binary(loss: Loss, output: Output, target: Target) -> str | None:
    """Independent flags, where the classes exclude each other or the target is a quantity."""
    if output.kind == "softmax" and loss.takes == "probabilities" and (output.units or 0) > 2:
        return (
            f"takes {output.units} independent flags, and softmax makes them exclude each other. Use a categorical "
            "cross-entropy for classes, or sigmoid for several labels."
        )
    if target.encoding == INDEX and output.width == 1 and (target.classes or 0) > 2:
        return f"knows two classes, and the labels have {target.classes}. Use one unit for each class and cross-entropy."
    return _quantity(target, output)


def _multiclass(loss: Loss, output: Output, target: Target) -> str | None:
    """One class of several, where labels or units are independent, or the target is a quantity."""
    units = output.units or 0
    several = units > 1 or (output.width is None and target.encoding in (ONE_HOT, INDEX))
    if loss.takes == "probabilities" and output.kind in ("sigmoid", "hardsigmoid") and several:
        return (
            f"expects probabilities that sum to 1, and {units or 'the'} sigmoid units are independent. Use softmax for "
            "classes, or binary cross-entropy for several labels."
        )
    if target.encoding == MULTI_HOT and units > 1:
        return (
            "lets one class win, and several labels may hold at once. Use sigmoid and binary cross-entropy."
        )
    return _quantity(target, output)


def _quantity(target: Target, output: Output) -> str | None:
    """A target of real numbers that no probability is.

    Noise as wide as the output stands in for any target in benchmarks and tests, so it counts before one unit only.
    """
    outside = target.range is not None and (target.range.low < 0 or target.range.high > 1)
    if target.encoding != VALUES or not outside:
        return None
    if target.source is not None and target.source.op is Op.RANDOM and output.width != 1:
        return None
    return "is a loss for classes, and the target is a quantity. Use a regression loss such as the squared error."
