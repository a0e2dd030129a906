"""TL803: dropout before batch norm."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.checks.api import Options, check, report
from trainlint.facts.flow import is_built_in, is_residual, outermost
from trainlint.facts.graph import Graph, Node, Op
from trainlint.facts.program import Program
from trainlint.model import Applicability, Finding, Level, Option, Place, Rule

RULE = Rule(
    "TL803",
    "dropout-before-batchnorm",
    Level.WARNING,
    section="Normalisation",
    fix=Applicability.UNSAFE,
    probe="variance-shift",
    options={
        "min-rate": Option(
            0.2, "dropout rate from which it is reported", "measured: 0.32 in log variance at 0.2"
        )
    },
)
BETWEEN = frozenset({Op.ACTIVATION, Op.POOL, Op.RESHAPE, Op.CAST})
ONE_LAYER_RATE = 0.4
"""With a linear layer between, the shift that training leaves is told apart safely from this rate on (measured: 0.25
in log variance at 0.3, 0.47 at 0.5). Convolutions were not measured, and two layers halve it again: silent."""


@check(RULE)
def dropout_before_batchnorm(program: Program, options: Options) -> Iterator[Finding]:
    """A dropout whose first normalisation downstream is batch norm, with at most one layer between."""
    for node in program.graph.nodes:
        rate = node.options.get("p") if node.op is Op.DROPOUT and not is_built_in(node) else None
        if rate is None or not isinstance(rate.value, int | float) or rate.value < options["min-rate"]:
            continue
        norm = _batch_norm_behind(program.graph, node, 1 if rate.value >= ONE_LAYER_RATE else 0)
        if norm is None or outermost(norm) is not outermost(node) or _is_switched_off(node, norm):
            continue
        message = (
            f"Dropout of {rate.value:g} stands before batch norm: it raises the variance in training only, so the running "
            "variance is wrong at evaluation. Move it behind the last batch norm, or drop it."
        )
        yield report(RULE, node.location, message, (*rate.origin, Place(norm.location, "batch norm")))


def _is_switched_off(*nodes: Node) -> bool:
    """Whether a layer runs in evaluation mode by a call of its own eval(), whatever the mode of the network."""
    for node in nodes:
        call, whole = node.call, outermost(node)
        if call is not None and call.module is node.module and call.training is False and call is not whole:
            return whole is not None and whole.training is not False
    return False


def _batch_norm_behind(graph: Graph, node: Node, layers: int) -> Node | None:
    consumers = graph.consumers(node)
    if any(is_residual(c) or c.op in (Op.JOIN, Op.CONCAT, Op.UNKNOWN) for c in consumers):
        return None
    for consumer in consumers:
        if consumer.op is Op.NORM:
            return consumer if consumer.name == "batchnorm" else None
        if consumer.op in BETWEEN:
            found = _batch_norm_behind(graph, consumer, layers)
        elif consumer.op is Op.AFFINE and consumer.name == "linear" and layers > 0:
            found = _batch_norm_behind(graph, consumer, layers - 1)
        else:
            found = None
        if found is not None:
            return found
    return None
