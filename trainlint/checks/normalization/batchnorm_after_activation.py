"""TL801: batch norm follows the activation."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.checks.api import check, report
from trainlint.facts.flow import carries, is_built_in, is_weighted, outermost
from trainlint.facts.graph import Op
from trainlint.facts.program import Program
from trainlint.model import Applicability, Finding, Level, Rule

RULE = Rule(
    "TL801", "batchnorm-after-activation", Level.ADVICE, section="Normalisation", fix=Applicability.UNSAFE
)


@check(RULE)
def batchnorm_after_activation(program: Program) -> Iterator[Finding]:
    """Batch norm whose input is the activation of a weighted layer of the same network."""
    for node in program.graph.nodes:
        if node.op is not Op.NORM or node.name != "batchnorm" or not node.inputs or is_built_in(node):
            continue
        activation = node.inputs[0]
        if activation.op is not Op.ACTIVATION or outermost(activation) is not outermost(node):
            continue
        if not any(is_weighted(n) for n in program.graph.upstream(activation, carries)):
            continue
        message = (
            f"Batch norm stands behind {activation.name} instead of before it, so the activation's input is not "
            "normalised. The usual order is layer, batch norm, activation."
        )
        yield report(RULE, node.location, message)
