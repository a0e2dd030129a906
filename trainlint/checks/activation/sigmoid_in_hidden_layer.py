"""TL601: sigmoid activates a hidden layer."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.checks.api import Options, check, report
from trainlint.facts.flow import (
    carries,
    describe_layer,
    is_bias_addition,
    is_built_in,
    is_result,
    is_weighted,
    outermost,
)
from trainlint.facts.graph import Graph, Node, Op
from trainlint.facts.idioms import idiom
from trainlint.facts.program import Program
from trainlint.model import Applicability, Finding, Level, Option, Rule

RULE = Rule(
    "TL601",
    "sigmoid-in-hidden-layer",
    Level.WARNING,
    section="Activation and initialisation",
    fix=Applicability.UNSAFE,
    probe="gradient-flow",
    options={
        "min-layers": Option(
            1, "hidden sigmoid layers in one network", "measured: harm begins at one or two layers"
        )
    },
)
SIGMOIDS = ("sigmoid", "hardsigmoid")
BETWEEN = frozenset({Op.NORM, Op.DROPOUT, Op.POOL, Op.RESHAPE, Op.CAST, Op.UPSAMPLE})


@check(RULE)
def sigmoid_in_hidden_layer(program: Program, options: Options) -> Iterator[Finding]:
    """A sigmoid between two weighted layers of one network that is no gate, probability or output."""
    hidden = [n for n in program.graph.nodes if is_hidden_sigmoid(program.graph, n)]
    networks: dict[int, set[object]] = {}
    for node in hidden:
        networks.setdefault(id(outermost(node)), set()).add(
            (node.location, id(node.module) if node.module else 0)
        )
    for node in hidden:
        count = len(networks[id(outermost(node))])
        if count < options["min-layers"]:
            continue
        made_by = _producers(program.graph, node)[0]
        layer, passed = describe_layer(made_by), idiom(made_by.module).sigmoid_gradient
        left = (
            f"{count} such layers pass about {passed**count:.1g}"
            if count > 1
            else f"it passes about {passed}"
        )
        message = (
            f"Sigmoid activates the hidden layer {layer}: {left} of the gradient on. "
            "Use ReLU with He initialisation (or GELU), and keep sigmoid for outputs and gates."
        )
        yield report(RULE, node.location, message, node.origin)


def _producers(graph: Graph, node: Node) -> list[Node]:
    return list(graph.upstream(node, lambda n: n.op in BETWEEN or is_bias_addition(n)))


def is_hidden_sigmoid(graph: Graph, node: Node) -> bool:
    """Whether the node is a sigmoid on a weighted layer whose value feeds nothing but weighted layers."""
    if not _is_sigmoid(node) or is_built_in(node):
        return False
    made_by = _producers(graph, node)
    if not made_by or not all(_is_layer(n) for n in made_by):
        return False
    if any(_width(n) == 1 for n in (node, *made_by)):
        return False  # a probability
    call = outermost(node)
    passed: list[Node] = [node]

    def through(n: Node) -> bool:
        inside = n.op in BETWEEN or n.op is Op.CONCAT
        if inside:
            passed.append(n)
        return inside

    feeds = list(graph.downstream(node, through))
    if not feeds or not all(is_weighted(n) and outermost(n) is call for n in feeds):
        return False
    if all(_is_gate(graph, n) or _mixes_weights(graph, n) for n in feeds):
        return False
    return not any(is_result(n) or _fuses(n) for n in passed)


def _fuses(node: Node) -> bool:
    """Whether it puts several predictions (maps of side outputs) beside each other, for a last layer to weigh."""
    return node.op is Op.CONCAT and len(node.inputs) > 1 and all(map(_is_sigmoid, node.inputs))


def _is_sigmoid(node: Node) -> bool:
    return node.op is Op.ACTIVATION and node.name in SIGMOIDS


def _is_gate(graph: Graph, node: Node) -> bool:
    """Whether a layer's output does nothing but multiply another signal: a gate made of two small layers."""
    after = list(graph.downstream(node, lambda n: carries(n) or is_bias_addition(n)))
    return bool(after) and all(n.op is Op.MUL and len(n.inputs) == 2 for n in after)


def _mixes_weights(graph: Graph, node: Node) -> bool:
    """Whether a product is what other layers take for their weights: shares of experts' kernels (CondConv)."""
    after = list(graph.downstream(node, lambda n: n.op in BETWEEN))
    return bool(after) and all(n.op is Op.AFFINE and n.inputs and _data(n) is not node for n in after)


def _data(layer: Node) -> Node:
    """What made the data that a layer is applied to."""
    node = layer.inputs[0]
    while node.op in BETWEEN and node.inputs:
        node = node.inputs[0]
    return node


def _is_layer(node: Node) -> bool:
    """A layer with weights as they are: one whose weights are computed first has reasons of its own."""
    return (
        is_weighted(node)
        and node.op is not Op.EMBEDDING
        and (node.module is not None or node.op is Op.MATMUL)
    )


def _width(node: Node) -> int | None:
    """Units of the layer, where known."""
    if node.module is not None:
        units = node.module.options.get("out_features") or node.module.options.get("out_channels")
        if units is not None and isinstance(units.value, int):
            return units.value
    return None
