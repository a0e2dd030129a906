"""How the classes of a target are written: as indices, or as one column a class."""

from __future__ import annotations

from trainlint.facts.graph import Graph, Node, Op

ONE_HOT, INDEX = "one_hot", "index"

KEEPS_ENCODING = frozenset({Op.INDEX, Op.CAST, Op.BATCH, Op.CONCAT, Op.DETACH, Op.JOIN, Op.RESHAPE})
"""Operations after which classes are still written as before. (A column taken out of a one-hot matrix is none of
these: `target_encoding` gives up where a key is known.)"""


def target_encoding(graph: Graph, node: Node) -> str | None:
    """`one_hot` or `index`, where every way to the value says so; None where that is not known.

    Nodes say it by their option `encoding`: an ENCODE node (to_categorical, one_hot, LabelEncoder) or an element of
    a data set whose documentation fixes it.
    """
    ends = [node] if node.op not in KEEPS_ENCODING else list(graph.upstream(node, _keeps))
    found = {_encoding(end) for end in ends}
    return found.pop() if len(found) == 1 else None


def _keeps(node: Node) -> bool:
    return node.op in KEEPS_ENCODING and not _takes_column(node)


def _takes_column(node: Node) -> bool:
    key = node.options.get("key") if node.op is Op.INDEX else None
    return key is not None and isinstance(key.value, tuple | str) and key.value != "slice"


def _encoding(node: Node) -> str | None:
    fact = node.options.get("encoding")
    if fact is not None and fact.value in (ONE_HOT, INDEX):
        return str(fact.value)
    return ONE_HOT if node.op is Op.ENCODE and node.name == ONE_HOT else None
