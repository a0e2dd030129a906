"""What autograd recorded: ReLUs and the layers before them, squashing activations, and what losses compare.

Read from the graph that backward() is about to walk, so that functional calls count like modules, and no function of torch
is replaced.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

LARGEST = 20_000
"""Graphs are read up to so many nodes."""

AFFINE = ("AddmmBackward0", "MmBackward0", "ConvolutionBackward0", "BmmBackward0", "LinearBackward0")
SQUASHING = {"SigmoidBackward0": "sigmoid", "TanhBackward0": "tanh", "SoftmaxBackward0": "softmax"}
LOSSES = {
    "MseLossBackward0": "mse_loss",
    "SmoothL1LossBackward0": "smooth_l1_loss",
    "HuberLossBackward0": "huber_loss",
    "NllLossBackward0": "nll_loss",
    "NllLoss2DBackward0": "nll_loss",
    "BinaryCrossEntropyBackward0": "binary_cross_entropy",
    "BinaryCrossEntropyWithLogitsBackward0": "binary_cross_entropy_with_logits",
    "KlDivBackward0": "kl_div",
}
_BETWEEN = (
    "BatchNorm",
    "View",
    "Reshape",
    "Transpose",
    "Permute",
    "LayerNorm",
    "GroupNorm",
    "Squeeze",
    "Add",
)
_SCALING = ("Mul", "Div", "Dropout")
"""Between an activation and its layer where one of their inputs was computed: dropout (a mask is multiplied with), a temperature."""
_LAYOUT = ("View", "Reshape", "Transpose", "Permute", "Squeeze", "Slice", "Select", "ToCopy", "TBackward")
_REACH = 6
"""So many nodes may lie between a ReLU and its layer."""


@dataclass(frozen=True)
class Squash:
    """A squashing activation: its node in the graph and the weight of the layer before it."""

    kind: str
    node: Any
    weight: Any


def nodes(root: Any) -> Iterator[tuple[Any, bool]]:
    """The nodes of a graph from the loss backwards; whether a layer with weights lies between the loss and the node."""
    queue: deque[tuple[Any, bool]] = deque([(root, False)])
    seen: dict[Any, bool] = {}
    while queue and len(seen) < LARGEST:
        node, hidden = queue.popleft()
        if node is None or node in seen:
            continue
        seen[node] = True
        yield node, hidden
        below = hidden or node.name() in AFFINE
        queue.extend((following, below) for following, _ in node.next_functions)


def relus(root: Any) -> Iterator[tuple[Any, Any]]:
    """For each ReLU: the weight of the layer before it, and which of its units were above zero for any sample."""
    for node, _ in nodes(root):
        if node.name() != "ReluBackward0":
            continue
        weight = _weight_before(node)
        result = _saved(node, "result")
        if weight is not None and result is not None and result.dim() >= 2:
            dimension = 1 if weight.dim() > 2 else result.dim() - 1
            alive = (result.detach() > 0).movedim(dimension, 0).flatten(1).any(1)
            yield weight, alive


def squashes(root: Any) -> Iterator[Squash]:
    """Sigmoid, tanh and softmax behind a layer with weights and before another one."""
    for node, hidden in nodes(root):
        kind = SQUASHING.get(node.name())
        if kind is not None and hidden:
            weight = _weight_before(node)
            if weight is not None:
                yield Squash(kind, node, weight)


@dataclass(frozen=True)
class Compared:
    """What a loss compares. through: the operations that made the prediction, the last one first."""

    name: str
    prediction: Any
    target: Any
    through: tuple[str, ...]


def compared(root: Any) -> Iterator[Compared]:
    """What losses compare."""
    for node, _ in nodes(root):
        name = LOSSES.get(node.name())
        if name is not None:
            prediction, target = _saved(node, "self"), _saved(node, "target")
            if prediction is not None or target is not None:
                yield Compared(name, prediction, target, tuple(_made_by(node)))


def passing(node: Any, report: Callable[[float], None]) -> None:
    """Tell, when backward() passes a node, which share of the gradient's norm it lets through."""

    def hook(passed: Any, given: Any) -> None:
        if given and given[0] is not None and passed and passed[0] is not None:
            before = float(given[0].double().norm())
            if before > 0:
                report(float(passed[0].double().norm()) / before)

    node.register_hook(hook)


def _weight_before(node: Any) -> Any:
    """The weight of the layer that a node's input comes from; None where anything else lies between."""
    current = node
    for _ in range(_REACH):
        following = [f for f, _ in current.next_functions if f is not None and not _leaf(f)]
        if not following:
            return None
        current = following[0]
        if current.name() in AFFINE:
            return _weight_of(current)
        scaled = any(word in current.name() for word in _SCALING) and _inputs(current) == 1
        if not scaled and not any(word in current.name() for word in _BETWEEN):
            return None
    return None


def _inputs(node: Any) -> int:
    """How many inputs of a node were computed."""
    return sum(f is not None and not _leaf(f) for f, _ in node.next_functions)


def _made_by(node: Any) -> Iterator[str]:
    """The operations before a node, layout left out, up to the first layer."""
    for _ in range(_REACH):
        following = [f for f, _ in node.next_functions if f is not None and not _leaf(f)]
        if not following:
            return
        node = following[0]
        if not any(word in node.name() for word in _LAYOUT):
            yield _plain(node.name())
        if node.name() in AFFINE:
            return


def _plain(name: str) -> str:
    """`LogSoftmaxBackward0` as `log_softmax`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", re.sub(r"Backward\d*$", "", name)).lower()


def _leaf(node: Any) -> bool:
    return bool(node.name() == "torch::autograd::AccumulateGrad")


def _weight_of(node: Any) -> Any:
    """The matrix of weights among the inputs of an affine node."""
    for following, _ in node.next_functions:
        if following is None:
            continue
        if not _leaf(following) and following.name() in ("TBackward0", "TransposeBackward0"):
            following = following.next_functions[0][0]
        if following is not None and _leaf(following) and following.variable.dim() >= 2:
            return following.variable
    return None


def _saved(node: Any, name: str) -> Any:
    """A tensor that a node saved; None where it is gone or was packed away."""
    try:
        return getattr(node, f"_saved_{name}", None)
    except RuntimeError:
        return None
