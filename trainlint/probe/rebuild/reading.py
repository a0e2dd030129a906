"""What a node of the data flow tells: its description, its options, and whether what it gives comes from unseen code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trainlint.facts.flow import describe_layer
from trainlint.facts.graph import Graph, ModuleCall, Node, Op
from trainlint.probe.case import Unbuildable


def unseen_within(node: Node, unknown_inputs: Mapping[int, str]) -> Node | None:
    """What of a value's history is the result of unseen code inside of a forward pass, rather than something given to it."""
    for other in (node, *Graph.ancestors_of(node)):
        if (
            other.op in (Op.UNKNOWN, Op.CALL)
            and other.call is not None
            and not _was_given(other, other.call, unknown_inputs)
        ):
            return other
    return None


def _was_given(node: Node, call: ModuleCall | None, unknown_inputs: Mapping[int, str]) -> bool:
    """What is not known at all is no input on record, and gets a node wherever it is used, of the same description."""
    while call is not None:
        if any(node is given or (given.op is node.op and given.name == node.name) for given in call.inputs):
            return True
        if call.parent is None:
            return unknown_inputs.get(id(call)) == node.name
        call = call.parent
    return False


def describe(node: Node) -> str:
    """A node in words for messages."""
    if node.module is not None and node.op is not Op.UNKNOWN:
        return describe_layer(node)
    return node.name or node.op.value


def known(node: Node, name: str, default: Any = None) -> Any:
    """An option of a node.

    Raises:
        Unbuildable: the program does not tell it.
    """
    fact = node.options.get(name)
    if fact is None:
        return default
    if not fact.known:
        raise Unbuildable(
            f"{name} of {describe(node)} is not known ({fact.why})"
            if fact.why
            else f"{name} of {describe(node)} is not known"
        )
    return fact.value


def size_of(node: Node, name: str) -> int | None:
    """An option that is a size; None where it is not known."""
    fact = node.options.get(name)
    value = fact.value if fact is not None else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None
