"""Batches of a text that was folded into rows before (`text.view(20, -1)`), of which a window is read at a time."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.facts.events import Event
from trainlint.facts.fact import Fact, known, unknown
from trainlint.facts.graph import Node, Op
from trainlint.facts.program import Program
from trainlint.facts.training import Loader


def folded(program: Program, backward: Event) -> Loader | None:
    """The rows as batches: each window that is trained on has a piece of all of them. They are read in their order."""
    if not isinstance(backward.target, Node) or not any(map(_is_fold, program.graph.nodes)):
        return None
    found = {id(fold): fold for window in _windows(backward.target) for fold in _folds(program, window)}
    sizes = {rows for fold in found.values() if (rows := _rows(fold)) is not None}
    if len(sizes) != 1:
        return None
    fold = next(iter(found.values()))
    size = Fact(sizes.pop(), fold.options["shape"].origin, "", True)
    return Loader(fold.location, size, known(False), unknown("made by hand"))


def _rows(node: Node) -> int | None:
    """How many rows data is put into, which are as long as there is data; None for anything else."""
    given = node.options.get("shape")
    if given is None or node.op is not Op.RESHAPE or node.call is not None or node.attached:
        return None
    shape = given.value
    if not isinstance(shape, tuple) or len(shape) != 2 or shape[1] != -1:
        return None
    return shape[0] if isinstance(shape[0], int) and shape[0] > 1 else None


def _is_fold(node: Node) -> bool:
    return _rows(node) is not None


def _windows(loss: Node) -> Iterator[Node]:
    """The pieces of data that a loss was computed from."""
    seen, stack = {id(loss)}, [loss]
    while stack:
        for node in stack.pop().inputs:
            if id(node) not in seen:
                seen.add(id(node))
                stack.append(node)
                if node.op is Op.INDEX and not node.attached and node.call is None:
                    yield node


def _folds(program: Program, window: Node) -> list[Node]:
    """The folds that a window was cut from, transposed or moved to a device since."""
    ends = program.graph.upstream(
        window, lambda n: n.op in (Op.CAST, Op.JOIN) or (n.op is Op.RESHAPE and not _is_fold(n))
    )
    return [node for node in ends if _is_fold(node)]
