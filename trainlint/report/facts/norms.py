"""Normalisation that a program writes out: deviations or root mean squares of signals, scaled by weights of its own."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from trainlint.facts.graph import WEIGHTED, Graph, Module, Node, Op
from trainlint.facts.program import Program
from trainlint.report.facts.layers import weighted_layers

_SPREADS = frozenset({"std", "var", "std_mean", "var_mean"})
_ROOTS = frozenset({"sqrt", "rsqrt"})
_FEATURES = (-1, 1)
"""Dimensions that hold features, with channels last or first."""
_ADDS = frozenset({Op.REDUCE, Op.MATH, Op.RESHAPE, Op.CAST, Op.CONCAT, Op.ADD})
"""What may become of a measure that is only a feature."""
NO_NORM = "none"
_NEAR = 12
"""Operations before a division that are looked at."""


def written_norms(program: Program, root: Module) -> dict[str | None, None]:
    """Kinds of norms that passes of a network write out; None stands for one of a kind that is not known."""
    found: dict[int, dict[str | None, None]] | None = program.cache.get("written_norms")
    if found is None:
        found = program.cache["written_norms"] = {}
        calls = [(nodes[0].call, nodes) for nodes in _by_call(program)]
        features = {id(c.module) for c, nodes in calls if c is not None and _is_feature(program, nodes)}
        for call, nodes in calls:
            assert call is not None
            kind = _kind(call.module, nodes, program.framework == "keras")
            if kind != NO_NORM and not (kind is None and id(call.module) in features):
                # `self.forward(x)` is no call of the network itself
                for holder in call.outermost.module.lineage():
                    found.setdefault(id(holder), {})[kind] = None
    return found.get(id(root), {})


def _by_call(program: Program) -> list[list[Node]]:
    """The operations of each forward pass of a module of the program's own that takes means or deviations."""
    calls: dict[int, list[Node]] = {}
    for node in program.graph.nodes:
        if node.call is not None and node.call.module.op is None:
            calls.setdefault(id(node.call), []).append(node)
    return [nodes for nodes in calls.values() if any(n.op is Op.REDUCE or _is_length(n) for n in nodes)]


def _kind(module: Module, nodes: Sequence[Node], channels_last: bool) -> str | None:
    """layernorm, rmsnorm, or instancenorm of images; None for another norm, or one of which it is not known; `NO_NORM` where
    there is none."""
    spreads = [n for n in nodes if n.op is Op.REDUCE and n.name in _SPREADS]
    squares = [
        n
        for n in nodes
        if n.op is Op.REDUCE and n.name == "mean" and _has_dim(n) and _is_square(n.inputs[:1])
    ]
    if any(n.op is Op.NORM and n.module is None and n.name != "l2" for n in nodes):
        return NO_NORM  # statistics for a function that normalises, which says itself which norm it is
    roots = any(n.op is Op.MATH and n.name in _ROOTS for n in nodes)
    learned = any(p.requires_grad is not False for p in module.parameters.values())
    own = learned and next(weighted_layers(module), None) is None  # constants of a basis scale no signal
    if own and any(map(_is_length, nodes)) and not (spreads or squares):
        # `F.normalize(x, dim=-1) * dim ** 0.5 * gain`; with the gain alone it is another norm.
        return "rmsnorm" if sum(n.op is Op.MUL for n in nodes) > 1 else None
    if not spreads and not (squares and roots):
        # sums that code divides by a count: which norm that makes is not told
        return None if own and any(map(_divides_by_deviation, nodes)) else NO_NORM
    measured = spreads or squares
    if own and spreads and all(_over_places(n, channels_last) for n in spreads):
        return "instancenorm"
    if not own or not all(_over_features(n) for n in measured):
        return None
    centred = bool(spreads) or any(n.op is Op.SUB for n in nodes)
    return "layernorm" if centred else "rmsnorm"


def _divides_by_deviation(node: Node) -> bool:
    """Whether it divides by the root of a sum of squares."""
    if node.op is not Op.DIV or len(node.inputs) < 2:
        return False
    behind = [node.inputs[1], *islice(Graph.ancestors_of(node.inputs[1]), _NEAR)]
    root = any(n.op is Op.MATH and n.name in _ROOTS for n in behind)
    return root and any(n.op is Op.REDUCE and _has_dim(n) and _is_square(n.inputs[:1]) for n in behind)


def has_silent_part(program: Program, root: Module) -> bool:
    """Whether a part that only has weights of its own, as a norm that is written out does, was never seen at work."""
    called = {id(c.module) for c in program.calls}
    return any(
        m is not root and m.op is None and m.parameters and not m.children and id(m) not in called
        for m in root.walk()
    )


def _is_feature(program: Program, nodes: Sequence[Node]) -> bool:
    """Whether what is measured goes into layers beside the signal (the deviation within a batch, as one more channel), and
    nothing is divided by it or multiplied with it."""
    measured = [n for n in nodes if n.op is Op.REDUCE and (n.name in _SPREADS or _is_square(n.inputs[:1]))]
    ends = [end for n in measured for end in program.graph.downstream(n, lambda node: node.op in _ADDS)]
    return bool(ends) and all(end.op in WEIGHTED for end in ends)


def _is_length(node: Node) -> bool:
    """Whether it takes lengths, or brings to unit length: `x.norm(dim=-1)`, `F.normalize(x, dim=-1)`."""
    return (node.op is Op.NORM and node.name == "l2") or (node.op is Op.REDUCE and node.name == "norm")


def _is_square(inputs: Sequence[Node]) -> bool:
    for node in inputs:
        if node.op is Op.POWER:
            exponent = node.options.get("exponent") or node.options.get("other")  # `x.pow(2)`, `x ** 2`
            return node.name == "square" or (exponent is not None and exponent.value == 2)
        if node.op is Op.MUL:
            return len(node.inputs) == 2 and node.inputs[0] is node.inputs[1]
        return node.op is Op.MATH and node.name == "square"
    return False


def _has_dim(node: Node) -> bool:
    """Whether it keeps some dimensions: a mean over all is a figure, such as a loss."""
    given = node.options.get("dim")
    return given is not None and given.value is not None


def _over_places(node: Node, channels_last: bool) -> bool:
    """Whether it measures each channel of each image."""
    given = node.options.get("dim")
    shape = node.inputs[0].shape if node.inputs else None
    places = [1, 2] if channels_last else [2, 3]
    value = given.value if given is not None else None
    return isinstance(value, tuple | list) and list(value) == places and (shape is None or len(shape) == 4)


def _over_features(node: Node) -> bool:
    given = node.options.get("dim")
    value = given.value if given is not None else None
    return value in _FEATURES or (
        isinstance(value, tuple | list) and len(value) == 1 and value[0] in _FEATURES
    )
