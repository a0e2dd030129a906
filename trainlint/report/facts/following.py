"""Walks over the graph of one network: what stands between a layer and what becomes of it."""

from __future__ import annotations

from collections.abc import Sequence

from trainlint.facts.graph import Graph, Module, ModuleCall, Node, Op
from trainlint.facts.program import Program
from trainlint.report.facts.layers import weighted_layers

MOST_PARTS = 64
"""Calls of parts by themselves that are looked at: each takes a walk over what its input was made of."""
LOOKED_THROUGH = frozenset(
    {
        Op.NORM,
        Op.DROPOUT,
        Op.RESHAPE,
        Op.CAST,
        Op.POOL,
        Op.INDEX,
        Op.UPSAMPLE,
        Op.ADD,
        Op.SUB,
        Op.MUL,
        Op.DIV,
        Op.JOIN,
    }
)
"""What may stand between a layer and the activation of its output."""


WRITTEN = frozenset({
    "masked_fill", "scatter_add", "scatter_reduce", "index_add", "index_reduce", "segment_sum", "segment_mean",
    "segment_max", "unsorted_segment_sum", "unsorted_segment_mean", "unsorted_segment_max", "sparse_dense_matmul",
})  # fmt: skip
"""A mask, and sums over neighbours: what becomes of a layer's output goes on from there."""


def learns(call: ModuleCall) -> bool:
    """Whether a forward pass may be one of training: in evaluation mode a network may give something else."""
    return call.training is not False and call.grad_enabled is not False


def last(outputs: Sequence[Node]) -> list[Node]:
    """Results without those that others were computed from: features beside the result."""
    first = min((node.index for node in outputs), default=0)
    before: set[int] = set()
    stack = [source for node in outputs for source in node.inputs]
    while stack:
        node = stack.pop()
        if id(node) not in before and node.index >= first:
            before.add(id(node))
            stack.extend(node.inputs)
    return [node for node in outputs if id(node) not in before]


def sources(program: Program, node: Node) -> list[Node]:
    """What a node was made of, behind what may stand between a layer and its activation."""
    return list(program.graph.upstream(node, lambda n: n.op in LOOKED_THROUGH))


def goes_through(node: Node) -> bool:
    """What may stand between a layer and its activation; a mask and a product with data too (the adjacency of a graph)."""
    return (
        node.op in LOOKED_THROUGH
        or node.op is Op.CONCAT
        or node.name in WRITTEN
        or (node.op is Op.REDUCE and node.name in ("mean", "max"))  # over heads, or positions
        or (node.op is Op.MATMUL and not all(n.attached for n in node.inputs))
    )


def index_of(node: Node | None) -> int:
    """The place of a node in the order of the data; 0 for none."""
    return node.index if node is not None else 0


def compared_in(program: Program, results: Sequence[Node]) -> list[Node]:
    """The predictions of the losses that a network returns in the place of what it predicts; [] where it returns none."""
    ends = [end for node in results for end in ([node] if node.op is Op.LOSS else sources(program, node))]
    return list({id(end): end.inputs[0] for end in ends if end.op is Op.LOSS and end.inputs}.values())


def heads_behind(program: Program, root: Module, results: Sequence[Node]) -> list[Node]:
    """What parts of a network give that code calls by themselves, always with the network's result (`self.actor(self.forward(x))`),
    and that its own pass does not reach; [] where there are none."""
    below = {id(m) for m in root.walk()} - {id(root)}
    within = [c for c in program.calls if c.parent is not None and c.outermost.module is root]
    given = {id(node) for node in results} | {id(n) for c in program.calls_of(root) for n in c.outputs}
    ends = {id(c.module) for c in within if any(id(n) in given for n in c.outputs)}
    apart = [c for c in program.calls if c.parent is None and id(c.module) in below]
    given |= {
        id(n) for c in apart if id(c.module) in ends for n in c.outputs
    }  # the pass, as its parts stand in a method
    reached = {id(c.module) for c in within}
    heads: dict[int, list[ModuleCall]] = {}
    criteria = _criteria(program)
    for call in apart[:MOST_PARTS]:
        if id(call.module) not in reached and id(call.module) not in criteria:
            heads.setdefault(id(call.module), []).append(call)
    behind = [c for calls in heads.values() if all(_comes_of(c, given) for c in calls) for c in calls]
    taken = {id(n) for c in behind for each in c.inputs for n in (each, *Graph.ancestors_of(each))}
    return [n for c in behind for n in last(c.outputs) if id(n) not in taken]


def _criteria(program: Program) -> set[int]:
    """Modules without weights that apply losses: parts of what is trained, not of what it gives."""
    found: set[int] = set()
    for loss in program.losses:
        call = loss.output.call if loss.output is not None else None
        while call is not None:
            if next(weighted_layers(call.module), None) is None:
                found.add(id(call.module))
            call = call.parent
    return found


def _comes_of(call: ModuleCall, given: set[int]) -> bool:
    every = (each for node in call.inputs for each in (node, *Graph.ancestors_of(node)))
    return any(id(each) in given for each in every)
