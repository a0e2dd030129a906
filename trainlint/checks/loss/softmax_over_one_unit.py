"""TL205: softmax over a single unit."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.checks.api import check, report
from trainlint.facts.events import EventKind
from trainlint.facts.flow import describe_layer
from trainlint.facts.graph import Graph, Node, Op
from trainlint.facts.losses import LAYOUT, STRAIGHT, is_channels_first, width_of
from trainlint.facts.program import Program
from trainlint.model import Applicability, Finding, Level, Place, Rule

RULE = Rule(
    "TL205",
    "softmax-over-one-unit",
    Level.ERROR,
    section="Loss",
    fix=Applicability.UNSAFE,
    probe="constant-output",
)


@check(RULE)
def softmax_over_one_unit(program: Program) -> Iterator[Finding]:
    """Softmax runs over the axis of a layer's units, and there is one of them."""
    for node in program.graph.nodes:
        if node.op is not Op.ACTIVATION or node.name not in ("softmax", "log_softmax", "softmin"):
            continue
        layer = _layer(node)
        if layer is None or width_of(layer) != 1 or not _over_units(program.graph, node, layer):
            continue
        if (
            _is_one_of_several(program.graph, node)
            or _is_a_default(program, layer)
            or _is_unused(program, node)
        ):
            continue
        value = "0" if node.name == "log_softmax" else "1"
        message = (
            f"{node.name} over the single unit of {describe_layer(layer)} is always {value}: its gradient is zero, and "
            "nothing can be learned. Use sigmoid for one unit, or one unit for each class."
        )
        yield report(RULE, node.location, message, (Place(layer.location, "one unit"), *node.origin))


def _is_a_default(program: Program, layer: Node) -> bool:
    """Whether the width is one that a class or config has where nobody gives another (one expert, one channel), in a
    program that trains nothing."""
    if program.losses or program.optimizers:
        return False
    widths = [layer.options[name] for name in ("out_features", "out_channels") if name in layer.options]
    places = [fact.literal for fact in widths if fact.literal is not None]
    made = layer.location
    return any(p.path != made.path or not made.line <= p.line <= made.end_line for p in places)


def _is_unused(program: Program, node: Node) -> bool:
    """Whether its network is only built (a place for one that is loaded), in a program that trains others."""
    root = node.call.outermost.module if node.call is not None else None
    return id(root) in program.rehearsed and bool(program.events_of(EventKind.STEP))


def _is_one_of_several(graph: Graph, node: Node) -> bool:
    """Whether another activation takes the same values: a condition that is not known then chooses by the width."""
    others = [n for n in graph.consumers(node.inputs[0]) if n.op is Op.ACTIVATION]
    return any(n.name != node.name for n in others)


def _layer(node: Node) -> Node | None:
    """The layer whose output the softmax takes, with nothing but casts and dropout between."""
    below = node.inputs[0] if node.inputs else None
    while below is not None and below.op in STRAIGHT and below.inputs:
        below = below.inputs[0]
    return below if below is not None and below.op is Op.AFFINE else None


def _over_units(graph: Graph, node: Node, layer: Node) -> bool:
    """Whether the axis is that of the layer's units.

    `dim=1` of scores over time, (batch, time, 1), is another axis: where the number of dimensions is not known, the
    values must go into a loss as they are, which weights of an attention never do.
    """
    dim = node.options.get("dim")
    shape = node.inputs[0].shape
    rank = len(shape) if shape is not None else None
    if dim is None or not dim.known:
        return False
    if is_channels_first(layer):
        dims = layer.options.get("dims")
        return dim.value == 1 or (dims is not None and dim.value == -1 - (dims.value or 0))
    if dim.value == -1:
        return True
    if rank is not None:
        return dim.value == rank - 1 or (dim.value is None and rank == 2)
    ends = list(graph.downstream(node, lambda n: n.op in LAYOUT))
    return dim.value == 1 and bool(ends) and all(n.op is Op.LOSS for n in ends)
