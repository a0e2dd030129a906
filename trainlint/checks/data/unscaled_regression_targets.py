"""TL502: a regression target is trained in raw units."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.checks.api import check, report
from trainlint.facts.flow import is_weighted
from trainlint.facts.graph import Graph, Node, Op
from trainlint.facts.labels import is_compared_with_argmax
from trainlint.facts.program import Program
from trainlint.facts.units import Raw, far_numbers, feeds_any, raw_source, trained_on
from trainlint.model import Applicability, Finding, Level, Rule

RULE = Rule(
    "TL502",
    "unscaled-regression-targets",
    Level.WARNING,
    section="Data",
    fix=Applicability.UNSAFE,
    probe="target-scale",
)
FAR = 100.0
"""Mean or deviation of made-up targets from which on the rule speaks: SGD ends in NaN, Adam leaves a tenth of the variance
after 400 steps (target-scale, PROBES.md and `benchmarks/calibration/RESULTS.md`)."""
LAYOUT = frozenset({Op.RESHAPE, Op.CAST, Op.INDEX, Op.DROPOUT, Op.CONCAT})


@check(RULE)
def unscaled_regression_targets(program: Program) -> Iterator[Finding]:
    """The target of a regression loss that is trained on comes from a file, and nothing on its way scales it."""
    trained = feeds_any(program.graph, trained_on(program))
    for loss in program.losses:
        if loss.task != "regression" or loss.target is None or loss.prediction is None or loss.output is None:
            continue
        if id(loss.output) not in trained or not _ends_in_layer(program.graph, loss.prediction):
            continue
        raw = _raw(program.graph, loss.prediction, loss.target)
        if raw is None or is_compared_with_argmax(program, loss):
            continue  # the last are class indices, which no scaling helps: TL207
        name = loss.name.rsplit(".", 1)[-1]
        message = (
            f"The target ({raw.describe()}) reaches {name} in raw units, and the gradients grow with them: SGD diverges, "
            "Adam spends its steps on the scale. Standardise it, and undo that on predictions."
        )
        yield report(RULE, loss.location, message, raw.places())


def _raw(graph: Graph, prediction: Node, target: Node) -> Raw | None:
    """A column of a file, or numbers of the program's own that the network's inputs are made of too."""
    raw = raw_source(graph, target)
    if raw is not None:
        return raw if raw.kind == "table" else None
    return far_numbers(target, feeds_any(graph, [prediction]), FAR)


def _ends_in_layer(graph: Graph, prediction: Node) -> bool:
    """Whether the network's last operation is a layer: what multiplies or bends its output may restore the units."""
    if is_weighted(prediction) or prediction.op in (Op.UNKNOWN, Op.ACTIVATION):
        return prediction.op is not Op.UNKNOWN or prediction.module is not None
    ends = list(graph.upstream(prediction, lambda n: n.op in LAYOUT)) if prediction.op in LAYOUT else []
    return bool(ends) and all(is_weighted(n) or n.op is Op.ACTIVATION for n in ends)
