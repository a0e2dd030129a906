"""Losses written by hand: `((prediction - target) ** 2).mean()` is a mean squared error all the same."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from trainlint.facts.events import EventKind
from trainlint.facts.graph import WEIGHTED, Graph, Node, Op
from trainlint.facts.training import Loss

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_SEARCHED = 200
"""Nodes above the scalar that backward() starts from: sums of terms, scalings."""
_TOGETHER = "squared_difference"
"""A function of TensorFlow: difference and square in one."""
_TERMS = frozenset({Op.ADD, Op.SUB, Op.MUL, Op.DIV, Op.JOIN, Op.CONCAT, Op.CAST, Op.RESHAPE})


def record(run: Interpreter, scalar: Node) -> None:
    """Put the handwritten regression losses among the terms of a scalar on the program's record."""
    done: set[int] = run.memo.setdefault("torch.manual_losses", set())
    waiting, seen = deque([scalar]), 0
    while (
        waiting and seen < _SEARCHED
    ):  # nearest first: a term may go on into the network that it is computed from
        node = waiting.popleft()
        seen += 1
        if id(node) in done:
            continue
        done.add(id(node))
        if node.op is Op.REDUCE and node.name in ("mean", "sum"):
            if not _term(run, node):
                waiting.extend(node.inputs)  # the mean of a sum of terms
        elif node.op in _TERMS or (node.op is Op.MATH and node.name == "clamp"):  # a mean kept within bounds
            waiting.extend(node.inputs)


def _term(run: Interpreter, reduced: Node) -> bool:
    """Record a mean or sum of squared or absolute differences, of what carries gradients and what does not, of what two
    passes give, or of a layer's output and a number (what a least-squares GAN wants of its discriminator)."""
    inner = _unweighted(reduced.inputs[0]) if reduced.inputs else None
    while inner is not None and inner.op is Op.REDUCE and inner.name in ("mean", "sum") and inner.inputs:
        inner = _unweighted(inner.inputs[0])  # summed over features, then averaged over samples
    kind = _distance(inner) if inner is not None else None
    if inner is None or kind is None:
        return False
    difference = inner if inner.name == _TOGETHER else _source(inner.inputs[0])
    if (difference.op is not Op.SUB and difference.name != _TOGETHER) or len(difference.inputs) != 2:
        return False
    sides = sorted(difference.inputs, key=lambda n: not n.attached)
    prediction, target = sides
    constant = target.op is Op.CONSTANT and target.name == "number"
    if not prediction.attached or _through(prediction).op is Op.PARAMETER:
        return False
    task = "regression"
    compared: tuple[Node | None, Node | None] = prediction, target
    if constant or target.attached:
        if not (_is_output(prediction) if constant else _made_apart(prediction, target)):
            return False
        task, compared = "other", (prediction if constant else None, None)
    loss = Loss(f"manual.{kind}", reduced.location, "values", task, *compared, reduced)
    run.program.losses.append(loss)
    run.event(EventKind.LOSS, loss, location=reduced.location)
    return True


def _unweighted(node: Node) -> Node:
    """The node below casts and reshapes, weights and masks: what is multiplied with, or picked by, what carries no gradients."""
    while True:
        node = _source(node)
        carries = [n for n in node.inputs if n.attached]
        chosen = node.op is Op.JOIN and node.name == "where"
        if not (chosen or node.op in (Op.MUL, Op.DIV)) or len(carries) != 1 or len(node.inputs) < 2:
            return node
        if node.op is Op.DIV and carries[0] is not node.inputs[0]:
            return node
        node = carries[0]


def _is_output(node: Node) -> bool:
    """Whether it is what a layer gives, behind an activation at most."""
    node = _source(node)
    return node.op in WEIGHTED or node.op is Op.ACTIVATION


def _made_apart(first: Node, second: Node) -> bool:
    """Whether two networks, or two passes of one, give them: features of a real and of a generated sample. Neighbours in one
    output (its total variation) are not compared with a target, nor is a layer's output with what went into it."""
    sides = [_source(first), _source(second)]
    return all(map(_is_output, sides)) and not any(
        a is b or any(each is a for each in Graph.ancestors_of(b)) for a, b in (sides, sides[::-1])
    )


def _source(node: Node) -> Node:
    """The node below what leaves its values as they are."""
    while node.op in (Op.CAST, Op.RESHAPE, Op.INDEX) and node.inputs:
        node = node.inputs[0]
    return node


def _through(node: Node) -> Node:
    """The node below casts and reshapes."""
    while node.op in (Op.CAST, Op.RESHAPE) and node.inputs:
        node = node.inputs[0]
    return node


def _distance(node: Node) -> str | None:
    """mse for a square, l1 for an absolute value, None for anything else."""
    if node.op is Op.MATH and node.name == _TOGETHER:
        return "mse"
    if node.op is Op.POWER and node.inputs:
        exponents = [f.value for k, f in node.options.items() if k in ("exponent", "other")]
        return "mse" if node.name == "square" or exponents == [2] else None
    if node.op is Op.MUL and len(node.inputs) == 2 and node.inputs[0] is node.inputs[1]:
        return "mse"
    return "l1" if node.op is Op.MATH and node.name in ("abs", "absolute") and node.inputs else None
