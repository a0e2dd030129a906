"""Questions about the data-flow graph that several checks ask."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.facts.graph import WEIGHTED, Graph, Module, ModuleCall, Node, Op
from trainlint.facts.program import Program

CARRIES = frozenset({Op.DROPOUT, Op.POOL, Op.RESHAPE, Op.CAST, Op.UPSAMPLE, Op.AUGMENT})
"""Operations that hand a layer's signal on as it is, but for its layout or thinning."""
RELU_FAMILY = frozenset({"relu", "relu6", "leaky_relu", "prelu", "rrelu", "elu", "celu", "selu"})
"""Activations for whose positive half He's derivation holds."""
LAYERS = frozenset({Op.AFFINE})
SKIPS = frozenset({Op.ADD, Op.SUB})


def carries(node: Node) -> bool:
    """Whether a signal passes unchanged in scale and meaning."""
    if node.op is Op.MATMUL and not is_weighted(node):
        return sum(n.attached for n in node.inputs) == 1  # a fixed matrix mixes rows: graph convolution
    return node.op in CARRIES


def is_weighted(node: Node) -> bool:
    """Whether the operation has learned weights: a layer, or a product with a parameter."""
    if node.op is Op.MATMUL:
        return any(n.op is Op.PARAMETER for n in node.inputs)
    return node.op in WEIGHTED


def is_bias_addition(node: Node) -> bool:
    """Whether it only adds a parameter or a number."""
    return node.op is Op.ADD and sum(n.op not in (Op.PARAMETER, Op.CONSTANT) for n in node.inputs) == 1


def producers(graph: Graph, node: Node) -> list[Node]:
    """What made this node's input, behind dropout, pooling, reshapes and added biases."""
    return list(graph.upstream(node, lambda n: carries(n) or is_bias_addition(n)))


def outermost(node: Node) -> ModuleCall | None:
    """The forward pass of the whole network during which it ran."""
    return node.call.outermost if node.call is not None else None


def is_result(node: Node) -> bool:
    """Whether it is what a network returns: the outermost, or a whole model within it (a GAN's generator)."""
    call = node.call
    while call is not None:
        whole = call.parent is None or call.module.state.get("whole_model")
        if whole and any(node is output for output in call.outputs):
            return True
        call = call.parent
    return False


def nodes_by_call(program: Program) -> dict[int, list[Node]]:
    """The nodes of every outermost forward pass, by identity of the call."""
    found: dict[int, list[Node]] | None = program.cache.get("nodes_by_call")
    if found is None:
        found = program.cache["nodes_by_call"] = {}
        for node in program.graph.nodes:
            call = outermost(node)
            if call is not None:
                found.setdefault(id(call), []).append(node)
    return found


def forward_passes(program: Program, module: Module) -> list[list[Node]]:
    """The nodes of each outermost forward pass of a root module, in order."""
    grouped = nodes_by_call(program)
    calls = [c for c in program.calls_of(module) if c.parent is None]
    return [grouped[id(c)] for c in calls if id(c) in grouped]


def is_residual(node: Node) -> bool:
    """A sum of two branches that were both computed from data."""
    if node.op is not Op.ADD:
        return False
    return sum(n.op not in (Op.PARAMETER, Op.CONSTANT) for n in node.inputs) >= 2


def is_skip(node: Node) -> bool:
    """A concatenation of a value with something computed from it, as in a dense block."""
    if node.op is not Op.CONCAT or len(node.inputs) < 2:
        return False
    return any(a is b for i in node.inputs for a in Graph.ancestors_of(i) for b in node.inputs)


def is_built_in(node: Node) -> bool:
    """Whether it runs as a part of a library's whole network: where it stands there is not the user's choice."""
    module = node.module or (node.call.module if node.call is not None else None)
    return module is not None and module.built_in


def is_plain(nodes: list[Node]) -> bool:
    """Whether a forward pass has neither normalisation nor residual sums, nothing that was not followed, and no
    library's network in it."""
    return not any(
        is_built_in(n)
        or n.op in (Op.NORM, Op.UNKNOWN, Op.TRANSFORMER, Op.BACKBONE)
        or is_residual(n)
        or is_skip(n)
        for n in nodes
    )


def activations_after(graph: Graph, node: Node) -> Iterator[Node]:
    """The activations that a layer's output reaches with nothing but dropout, pooling and reshapes between."""
    for consumer in graph.downstream(node, lambda n: carries(n) or is_bias_addition(n)):
        if consumer.op is Op.ACTIVATION:
            yield consumer


def layer_nodes(nodes: list[Node], module: Module) -> list[Node]:
    """The applications of one layer in a forward pass."""
    return [n for n in nodes if n.module is module and is_weighted(n)]


def describe_layer(node: Node) -> str:
    """`fc1 (Linear 10 -> 64)` for messages."""
    module = node.module
    if module is None:
        return "a weighted layer"
    kind = module.qualname.rsplit(".", 1)[-1]
    sizes = [
        module.options.get(a) or module.options.get(b)
        for a, b in (("in_features", "in_channels"), ("out_features", "out_channels"))
    ]
    text = " -> ".join(str(s.value) if s is not None and s.value is not None else "?" for s in sizes)
    name = f"{module.path} " if module.path and not module.path.isdigit() else ""
    return f"{name}({kind} {text})" if any(s is not None for s in sizes) and name else f"{name}{kind}"
