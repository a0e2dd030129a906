"""What a loss of the project's own takes, as its code shows: probabilities where it takes their logarithm, logits where
it makes probabilities of them first."""

from __future__ import annotations

from trainlint.facts.graph import Node, Op

_SQUASHES = frozenset({"sigmoid", "softmax", "log_softmax", "logsigmoid", "log_sigmoid"})
_LOGARITHMS = frozenset({"log", "log1p"})
_SEARCHED = 400
"""Nodes between a loss and the prediction that are looked at."""


def takes(loss: Node, prediction: Node) -> str | None:
    """logits or probabilities; None where the ways from the prediction to the loss do not say, or disagree."""
    found: set[str] = set()
    seen: set[tuple[int, bool]] = set()
    stack = [(loss, False)]
    while stack and len(seen) < _SEARCHED:
        node, logarithm = stack.pop()
        if (id(node), logarithm) in seen:
            continue
        seen.add((id(node), logarithm))
        if node is prediction:
            found.update(("probabilities",) if logarithm else ())
        elif node.op is Op.ACTIVATION and node.name in _SQUASHES:
            found.update(("logits",) if _above(node, prediction) else ())
        else:
            deeper = logarithm or node.name in _LOGARITHMS
            stack.extend((inner, deeper) for inner in node.inputs)
    return found.pop() if len(found) == 1 else None


def _above(node: Node, prediction: Node) -> bool:
    seen: set[int] = set()
    stack = [node]
    while stack and len(seen) < _SEARCHED:
        current = stack.pop()
        if current is prediction:
            return True
        if id(current) not in seen:
            seen.add(id(current))
            stack.extend(current.inputs)
    return False
