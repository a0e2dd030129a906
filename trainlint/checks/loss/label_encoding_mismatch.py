"""TL210: one-hot labels where class indices belong, or the reverse."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.checks.api import check, report
from trainlint.facts.labels import target_of
from trainlint.facts.losses import COLUMNS, EITHER, INDICES, LABELS, is_one_of_several, output_of, short
from trainlint.facts.program import Program
from trainlint.facts.target_sources import INDEX, ONE_HOT, Target
from trainlint.facts.training import Loss
from trainlint.model import Applicability, Finding, Level, Place, Rule

RULE = Rule("TL210", "label-encoding-mismatch", Level.ERROR, section="Loss", fix=Applicability.UNSAFE)


@check(RULE)
def label_encoding_mismatch(loss: Loss, program: Program) -> Iterator[Finding]:
    """The target is written in another way than the loss takes."""
    target = target_of(program, loss)
    fault = _fault(loss, target)
    if fault is None or is_one_of_several(program, loss):
        return
    places = [Place(target.source.location, "the target")] if target.source is not None else []
    yield report(RULE, loss.location, f"{short(loss)} {fault}", places)


def _fault(loss: Loss, target: Target) -> str | None:
    """What is wrong, and the remedy."""
    name = short(loss)
    wants = LABELS.get(name)
    output = output_of(loss)
    if wants == INDICES and target.encoding == ONE_HOT:
        remedy = (
            "Use CategoricalCrossentropy, or do not encode them"
            if loss.name.startswith(("keras", "tensorflow"))
            else "Give it the indices, or use CrossEntropyLoss"
        )
        return f"takes class indices, and the labels are one-hot. {remedy}."
    if wants == COLUMNS and target.encoding == INDEX and not (output is not None and output.width == 1):
        return (
            "takes one column for each class, and the labels are class indices. Use the sparse loss, or encode them "
            "with to_categorical."
        )
    if name in EITHER and target.encoding == ONE_HOT and target.floating is False:
        return (
            "takes class indices, or floats for each class: integer one-hot labels are neither. Give it the indices, "
            "or call float() on them."
        )
    if (name in EITHER or (wants == INDICES and loss.name.startswith("torch"))) and _float_indices(
        loss, target
    ):
        return (
            "takes class indices as integers, and these labels are floats, which it reads as probabilities. Convert "
            "them with long()."
        )
    if loss.task == "binary" and loss.takes in ("probabilities", "logits") and target.encoding == INDEX:
        softmax = output is not None and output.kind == "softmax"
        if output is not None and (output.units or 0) > 2 and not softmax:
            return (
                f"compares each of {output.units} units with its own flag, and the labels are class indices. Encode "
                "them as one column for each class, or use a cross-entropy of indices."
            )
    return None


def _float_indices(loss: Loss, target: Target) -> bool:
    """Whole numbers that were cast to floats, or floats with one axis less than the scores."""
    if target.floating is not True:
        return False
    counted = target.source is None or target.source.name in ("arange", "range")
    if target.encoding == INDEX or (target.encoding is None and target.whole and counted):
        return True
    scores, labels = (node.shape if node is not None else None for node in (loss.prediction, loss.target))
    return scores is not None and labels is not None and len(scores) == len(labels) + 1
