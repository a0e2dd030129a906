"""What the target of a loss is known to hold: class indices, one column a class, flags, or real numbers.

A way back through the graph, from the target to its sources (`target_sources`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from trainlint.facts.graph import Graph, Node, Op
from trainlint.facts.ranges import Range, changed_range
from trainlint.facts.target_sources import (
    FLOATS,
    INDEX,
    INTEGERS,
    MULTI_HOT,
    ONE_HOT,
    UNKNOWN,
    VALUES,
    Target,
    classes_of,
    encoding_option,
    number_option,
    told_by,
)

KEEPS = frozenset({Op.INDEX, Op.CAST, Op.BATCH, Op.CONCAT, Op.DETACH, Op.JOIN, Op.RESHAPE})
"""Operations after which single values are as before."""
ARITHMETIC = frozenset({Op.ADD, Op.SUB, Op.MUL, Op.DIV, Op.POWER})
_DEEPEST = 80


@dataclass(slots=True)
class _Walk:
    """One way back through the graph: how deep it stands, and what was found of the nodes that it has seen."""

    depth: int = 0
    found: dict[int, Target] = field(default_factory=dict)


def describe(node: Node | None) -> Target:
    """What is known of the values of a node, from what they were made of."""
    return _described(node, _Walk())


def _described(node: Node | None, walk: _Walk) -> Target:
    """As `describe`; each node is looked at once, as branches that part and join double the ways to it."""
    if node is None or walk.depth > _DEEPEST:
        return UNKNOWN
    known = walk.found.get(id(node))
    if known is None:
        walk.depth += 1
        known = walk.found[id(node)] = _looked_at(node, walk)
        walk.depth -= 1
    return known


def _looked_at(node: Node, walk: _Walk) -> Target:
    if node.op in KEEPS:
        return _kept(node, walk)
    if node.op in (Op.DATASET, Op.RANDOM, Op.READ, Op.CONSTANT):
        return told_by(node)
    if node.op is Op.ENCODE:
        return _encoded(node, walk)
    if node.op is Op.REDUCE and node.name in ("argmax", "argmin"):
        return Target(INDEX, _size_along(node), False, None, node, True)
    if node.op in ARITHMETIC or node.op in (Op.SCALE, Op.MATH, Op.AUGMENT):
        return _changed(node, walk)
    return UNKNOWN


def describe_in(graph: Graph, node: Node | None) -> Target:
    """As `describe`; what says nothing of itself is class indices if code counts how often argmax equals it."""
    found = describe(node)
    if found.encoding is not None or node is None or not _equals_argmax(graph, node):
        return found
    return replace(found, encoding=INDEX, source=found.source or node)


def _equals_argmax(graph: Graph, node: Node) -> bool:
    """Whether the same data is compared with an argmax (of something else)."""
    compared = graph.downstream(_same_values(node), lambda n: n.op in SAME)
    return any(
        n.op is Op.COMPARE and n.name in EQUALS and any(is_argmax(_same_values(s)) for s in n.inputs)
        for n in compared
    )


SAME = frozenset({Op.CAST, Op.RESHAPE, Op.DETACH})
"""Operations after which it is the same data, none of it taken out and nothing put beside it."""
EQUALS = ("==", "eq", "equal", "equals")


def _same_values(node: Node) -> Node:
    while node.op in SAME and len(node.inputs) == 1:
        node = node.inputs[0]
    return node


def is_argmax(node: Node) -> bool:
    """Whether it is the index of the largest value."""
    return node.op is Op.REDUCE and node.name == "argmax"


def _kept(node: Node, walk: _Walk) -> Target:
    """All that goes in agrees, and nothing of it that matters is taken out."""
    parts = [_described(source, walk) for source in node.inputs]
    if not parts:
        return UNKNOWN
    result = parts[0]
    for part in parts[1:]:
        result = _both(result, part)
    floating = _number_type(node)
    if floating is not None:
        result = replace(result, floating=floating, whole=result.whole or not floating)
    if node.op is Op.INDEX:
        return _taken(node, result)
    return result


def _both(first: Target, second: Target) -> Target:
    """What holds of either of two. Whole numbers beside class indices (a start symbol, say) are class indices."""
    if second.encoding == INDEX and first.encoding is None:
        first, second = second, first
    same = first.encoding == second.encoding or (
        first.encoding == INDEX and second.encoding is None and second.whole
    )
    return Target(
        first.encoding if same else None,
        first.classes if first.classes == second.classes else None,
        first.floating if first.floating == second.floating else None,
        first.range if first.range == second.range else None,
        first.source,
        first.whole and second.whole,
    )


def _taken(node: Node, whole: Target) -> Target:
    """Rows, a part of them, or a column.

    Which rows are taken may leave classes out; a column of one-hot rows is a flag.
    """
    axes = node.options.get("axes")
    if axes is not None and isinstance(axes.value, int) and axes.value > 1 and _is_wide(whole):
        return UNKNOWN
    if node.name == "column" and _is_wide(whole):
        return UNKNOWN
    key = node.options.get("key")
    if key is not None and not key.known and axes is None:
        return replace(whole, classes=None if whole.encoding == INDEX else whole.classes)
    return replace(whole, classes=None) if node.name == "subset" else whole


def _is_wide(target: Target) -> bool:
    return target.encoding in (ONE_HOT, MULTI_HOT)


def _number_type(node: Node) -> bool | None:
    """True for a cast to floats, False for one to integers, None for anything else."""
    if node.op is not Op.CAST:
        return None
    words = [node.name]
    for name in ("dtype", "target"):
        fact = node.options.get(name)
        if fact is not None and isinstance(fact.value, str):
            words.append(fact.value)
    for word in reversed(words):
        short = word.rsplit(".", 1)[-1].lower()
        if short.startswith((*FLOATS, "bfloat")):
            return True
        if short.startswith(INTEGERS):
            return False
    return None


def _encoded(node: Node, walk: _Walk) -> Target:
    """The result of an encoder."""
    encoding = encoding_option(node) or (ONE_HOT if node.name == ONE_HOT else None)
    if encoding is None:
        return UNKNOWN
    below = _described(node.inputs[0], walk) if node.inputs else UNKNOWN
    classes = classes_of(node) or (below.classes if below.encoding == INDEX else None)
    return Target(encoding, classes, False, None, node, True)


def _changed(node: Node, walk: _Walk) -> Target:
    """Arithmetic and scaling: real numbers in another range; indices that are shifted stay indices."""
    position = 1 if "reflected" in node.options and len(node.inputs) > 1 else 0
    below = _described(node.inputs[position], walk) if node.inputs else UNKNOWN
    if node.op is Op.AUGMENT:
        return below
    found = changed_range(node, below.range)
    if below.encoding == INDEX:
        shifted = node.op in (Op.ADD, Op.SUB) and isinstance(number_option(node, "other"), int)
        return (
            Target(INDEX, None, below.floating, None, below.source)
            if shifted
            else _scaled(node, found, below)
        )
    if below.encoding in (ONE_HOT, MULTI_HOT):
        return UNKNOWN
    return _scaled(node, found, below)


def _scaled(node: Node, found: Range | None, below: Target) -> Target:
    if found is None and below.encoding != VALUES:
        return UNKNOWN
    return Target(VALUES, None, True, found, below.source or node)


def _size_along(node: Node) -> int | None:
    """The size of the dimension over which an argmax runs."""
    dim = number_option(node, "dim") if "dim" in node.options else number_option(node, "axis")
    shape = node.inputs[0].shape if node.inputs else None
    if shape is None or not isinstance(dim, int) or not -len(shape) <= dim < len(shape):
        return None
    return shape[dim]
