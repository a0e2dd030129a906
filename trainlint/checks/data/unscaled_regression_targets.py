"""TL502: a regression target is trained in raw units."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.checks.api import check, report
from trainlint.facts.flow import is_weighted
from trainlint.facts.graph import Graph, Node, Op
from trainlint.facts.labels import is_compared_with_argmax
from trainlint.facts.program import Program
from trainlint.facts.units import feeds_any, raw_source, trained_on
from trainlint.model import Applicability, Finding, Level, Rule

RULE = Rule(
    "TL502",
    "unscaled-regression-targets",
    Level.WARNING,
    section="Data",
    fix=Applicability.UNSAFE,
    probe="target-scale",
)
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
        raw = raw_source(program.graph, loss.target)
        if raw is None or raw.kind != "table" or is_compared_with_argmax(program, loss):
            continue  # the last are class indices, which no scaling helps: TL207
        name = loss.name.rsplit(".", 1)[-1]
        message = (
            f"The target ({raw.describe()}) reaches {name} in raw units, and the gradients grow with them: SGD diverges, "
            "Adam spends its steps on the scale. Standardise it, and undo that on predictions."
        )
        yield report(RULE, loss.location, message, raw.places())


def _ends_in_layer(graph: Graph, prediction: Node) -> bool:
    """Whether the network's last operation is a layer: what multiplies or bends its output may restore the units."""
    if is_weighted(prediction) or prediction.op in (Op.UNKNOWN, Op.ACTIVATION):
        return prediction.op is not Op.UNKNOWN or prediction.module is not None
    ends = list(graph.upstream(prediction, lambda n: n.op in LAYOUT)) if prediction.op in LAYOUT else []
    return bool(ends) and all(is_weighted(n) or n.op is Op.ACTIVATION for n in ends)
