"""TL217: accuracy for regression, or a regression metric for classes."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.checks.api import check, report
from trainlint.facts.losses import INDICES, LABELS, Output, losses_of, output_at, short
from trainlint.facts.program import Program
from trainlint.facts.target_sources import VALUES
from trainlint.facts.targets import describe
from trainlint.facts.training import Loss, Metric
from trainlint.model import Applicability, Finding, Level, Place, Rule

RULE = Rule("TL217", "metric-unfit-for-task", Level.WARNING, section="Loss", fix=Applicability.UNSAFE)
UNBOUNDED = ("linear", "relu", "leaky_relu", "prelu", "elu", "softplus")
COUNTS = ("accuracy", "Accuracy")
SQUARES = ("MeanSquaredError", "RootMeanSquaredError", "MeanAbsoluteError", "LogCoshError")
"""Also scores of predicted probabilities (Brier), where the labels are one column a class."""


@check(RULE)
def metric_unfit_for_task(program: Program) -> Iterator[Finding]:
    """A metric is asked for beside a loss of the other kind."""
    for metric in program.metrics:
        losses = losses_of(program, metric)
        output = output_at(metric.prediction)
        if not losses or output is None:
            continue
        fault = _fault(metric, losses, output)
        if fault is not None:
            places = [Place(loss.location, short(loss)) for loss in losses[:1]]
            yield report(RULE, metric.location, fault, (*metric.origin, *places))


def _fault(metric: Metric, losses: list[Loss], output: Output) -> str | None:
    name = metric.name.rsplit(".", 1)[-1]
    tasks = {loss.task for loss in losses}
    loss = short(losses[0])
    if metric.task == "classification" and tasks == {"regression"} and _is_quantity(metric, name, output):
        return (
            f"{name} counts exact hits, and {loss} trains a quantity: it stays near zero whatever is learned. Report "
            "the mean absolute error or R2."
        )
    if (
        metric.task == "regression"
        and tasks <= {"multiclass", "binary"}
        and _is_meaningless(metric, name, losses)
    ):
        return f"{name} measures distances, and {loss} trains classes: the number means nothing. Report accuracy or AUC."
    return None


def _is_quantity(metric: Metric, name: str, output: Output) -> bool:
    """The target is a quantity; or nothing is known of it, and an output without bounds is compared with it.

    Zeros and ones that code makes are flags, as for the discriminator of a least-squares GAN.
    """
    target = describe(metric.target)
    if target.encoding is not None:
        return target.encoding == VALUES
    return name.endswith(COUNTS) and target.source is None and output.kind in UNBOUNDED


def _is_meaningless(metric: Metric, name: str, losses: list[Loss]) -> bool:
    """Distances from the indices that the loss takes, or relative errors and shares of variance of classes."""
    together = all(loss.location == metric.location for loss in losses)  # compile(): both see the same labels
    return name not in SQUARES or (together and all(LABELS.get(short(loss)) == INDICES for loss in losses))
