"""What stands before a loss."""

from __future__ import annotations

from collections.abc import Collection

from trainlint.facts.graph import Graph, Node, Op

LAYOUT = frozenset({Op.RESHAPE, Op.INDEX, Op.CAST, Op.DROPOUT, Op.CONCAT, Op.JOIN})
"""Operations between an activation and a loss that leave single values as they are."""


def activation_before(graph: Graph, prediction: Node, names: Collection[str]) -> Node | None:
    """The activation of one of these names whose output a loss receives; None unless all ways end in one."""
    ends = (
        [prediction]
        if prediction.op not in LAYOUT
        else list(graph.upstream(prediction, lambda n: n.op in LAYOUT))
    )
    if not ends or not all(n.op is Op.ACTIVATION and n.name in names for n in ends):
        return None
    return ends[0]
