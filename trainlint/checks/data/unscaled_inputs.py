"""TL501: inputs reach the network in raw units."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.checks.api import check, report
from trainlint.facts.flow import carries, is_weighted
from trainlint.facts.graph import Graph, ModuleCall, Node, Op
from trainlint.facts.program import Program
from trainlint.facts.transfer import scales_inputs
from trainlint.facts.units import Raw, far_numbers, feeds_any, raw_source, trained_on
from trainlint.facts.words import words
from trainlint.model import Applicability, Finding, Level, Rule

RULE = Rule(
    "TL501",
    "unscaled-inputs",
    Level.WARNING,
    section="Data",
    fix=Applicability.UNSAFE,
    probe="input-scale",
)

FAR = 100.0
"""Mean or deviation of made-up inputs from which on the rule speaks: that of picture bytes."""


@check(RULE)
def unscaled_inputs(program: Program) -> Iterator[Finding]:
    """The input of a network that is trained comes from a file or data set, and nothing scales it."""
    trained = feeds_any(program.graph, trained_on(program))
    losses = [loss for loss in program.losses if loss.target is not None and id(loss.output) in trained]
    targets = feeds_any(program.graph, [loss.target for loss in losses if loss.target is not None])
    for call in program.calls:
        if call.parent is not None or not call.inputs or not any(id(n) in trained for n in call.outputs):
            continue
        raw = raw_source(program.graph, call.inputs[0]) or far_numbers(call.inputs[0], targets, FAR)
        if raw is None or not _meets_plain_layer(program.graph, call):
            continue
        remedy = words(program).scale_pictures if raw.kind == "image" else "Standardise each column"
        message = (
            f"{call.module.qualname.rsplit('.', 1)[-1]} is trained on {_units(raw)}: large inputs slow or "
            f"break training. {remedy}, with statistics of the training data."
        )
        yield report(RULE, call.location, message, raw.places())


def _units(raw: Raw) -> str:
    if raw.kind == "numbers":
        return raw.describe()
    units = "pixel values from 0 to 255" if raw.kind == "image" else "the raw units of its columns"
    return f"{units} ({raw.describe()})"


def _meets_plain_layer(graph: Graph, call: ModuleCall) -> bool:
    """Whether the input goes into weighted layers that no batch norm stands beside, and is not only looked up."""
    first = call.inputs[0]
    meets = [n for n in graph.downstream(first, carries) if n.call is not None and n.call.outermost is call]
    return bool(meets) and all(
        is_weighted(n) and n.op is not Op.EMBEDDING and not _normed(graph, n) and not scales_inputs(n.module)
        for n in meets
    )


def _normed(graph: Graph, node: Node) -> bool:
    return any(n.op is Op.NORM for n in graph.downstream(node, carries))
