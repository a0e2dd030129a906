"""TL802: a layer before batch norm keeps a bias that batch norm removes."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.checks.api import check, report
from trainlint.facts.flow import describe_layer, is_result
from trainlint.facts.graph import Module, Node, Op
from trainlint.facts.idioms import idiom
from trainlint.facts.program import Program
from trainlint.model import Applicability, Finding, Level, Location, Place, Rule

RULE = Rule(
    "TL802", "redundant-bias-before-batchnorm", Level.WARNING, section="Normalisation", fix=Applicability.SAFE
)


@check(RULE)
def redundant_bias_before_batchnorm(program: Program) -> Iterator[Finding]:
    """A layer with a bias whose every use goes into batch norm and nowhere else."""
    uses: dict[int, list[Node]] = {}
    for node in program.graph.nodes:
        if node.op is Op.AFFINE and node.module is not None:
            uses.setdefault(id(node.module), []).append(node)
    for nodes in uses.values():
        module = nodes[0].module
        if module is None or module.built_in or _is_fixed(module, program) or not _has_bias(module):
            continue
        norms = [consumer for node in nodes for consumer in program.graph.consumers(node)]
        if (
            not norms
            or not all(_subtracts_mean(n, nodes[0]) for n in norms)
            or any(not program.graph.consumers(n) or is_result(n) for n in nodes)
            or all(
                n.call is not None and n.call.training is False for n in norms
            )  # statistics that do not follow it
        ):
            continue
        message = (
            f"The bias of {describe_layer(nodes[0])} is removed again by the batch norm behind it: it learns nothing and "
            f"takes memory and time. Pass {idiom(module).without_bias}."
        )
        yield report(RULE, module.location, message, (Place(norms[0].location, "batch norm"),))


def _is_fixed(module: Module, program: Program) -> bool:
    """Whether published weights are loaded into the network, which hold this bias."""
    return module.released or module.location.path in program.released


def _has_bias(module: Module) -> bool:
    """Whether the layer has a bias: by default, written at the call, or passed by the script's own run (a class that
    is run alone takes its parameters' defaults, which no caller may use)."""
    bias = module.options.get("bias")
    if bias is None or bias.value is not True:
        return False
    passed = bias.literal is not None and not _inside(bias.literal, module.location)
    return not passed or module.state.get("root") == 1


def _inside(inner: Location, outer: Location) -> bool:
    start, end = (outer.line, outer.column), (outer.end_line, outer.end_column)
    return inner.path == outer.path and start <= (inner.line, inner.column) <= end


def _subtracts_mean(node: Node, layer: Node) -> bool:
    """Whether it is batch norm over the layer's output features, and not over another axis."""
    if node.op is not Op.NORM or node.name != "batchnorm" or not node.inputs:
        return False
    axis = node.options.get("axis")
    if axis is None:  # torch's always normalises the features
        return True
    channel = layer.options.get("channel_axis")
    wanted = channel.value if channel is not None else -1
    rank = len(layer.shape) if layer.shape is not None else None
    if axis.value == wanted or not isinstance(axis.value, int) or not isinstance(wanted, int) or not rank:
        return bool(axis.value == wanted)
    return axis.value % rank == wanted % rank
