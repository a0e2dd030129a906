"""TL803: dropout before batch norm."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.checks.api import Options, check, report
from trainlint.facts.flow import is_residual, is_weighted, outermost
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
MOST_LAYERS = 1
"""Weighted layers between the two: behind a second one the shift is no longer told apart safely (measured)."""


@check(RULE)
def dropout_before_batchnorm(program: Program, options: Options) -> Iterator[Finding]:
    """A dropout whose first normalisation downstream is batch norm, with at most one layer between."""
    for node in program.graph.nodes:
        rate = node.options.get("p") if node.op is Op.DROPOUT else None
        if rate is None or not isinstance(rate.value, int | float) or rate.value < options["min-rate"]:
            continue
        norm = _batch_norm_behind(program.graph, node, MOST_LAYERS)
        if norm is None or outermost(norm) is not outermost(node):
            continue
        message = (
            f"Dropout of {rate.value:g} stands before batch norm: it raises the variance in training only, so the running "
            "variance is wrong at evaluation. Move it behind the last batch norm, or drop it."
        )
        yield report(RULE, node.location, message, (*rate.origin, Place(norm.location, "batch norm")))


def _batch_norm_behind(graph: Graph, node: Node, layers: int) -> Node | None:
    consumers = graph.consumers(node)
    if any(is_residual(c) or c.op in (Op.JOIN, Op.CONCAT, Op.UNKNOWN) for c in consumers):
        return None
    for consumer in consumers:
        if consumer.op is Op.NORM:
            return consumer if consumer.name == "batchnorm" else None
        if consumer.op in BETWEEN:
            found = _batch_norm_behind(graph, consumer, layers)
        elif is_weighted(consumer) and layers > 0:
            found = _batch_norm_behind(graph, consumer, layers - 1)
        else:
            found = None
        if found is not None:
            return found
    return None
