"""What a loss may want: the shapes and kinds of predictions and targets that are tried, the usual ones first.

Each kind is a small task that a small MLP can solve, with a measure of how well it is solved that does not use the loss:
accuracy for classes, correlation for numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

SAMPLES, INPUTS, CLASSES, PIXELS = 16, 8, 3, 4


@dataclass(frozen=True)
class Kind:
    """One assumption about a loss.

    predicts, against: in words. outputs: of the network for each sample. pixels: whether the prediction is a small image.
    squash: what the network's output goes through (none, sigmoid, tanh, softmax, log_softmax). make: targets from a rule on the
    inputs: (torch, scores of shape (N, outputs[, H, W])) -> target. measure: (torch, prediction, target) -> number, 1 is best.
    """

    name: str
    predicts: str
    against: str
    outputs: int
    squash: str
    make: Callable[[Any, Any], Any]
    measure: Callable[[Any, Any, Any], float]
    pixels: bool = False
    squeeze: bool = False


def _indices(torch: Any, scores: Any) -> Any:
    return scores.argmax(1)


def _one_hot(torch: Any, scores: Any) -> Any:
    best = scores.argmax(1)
    return torch.nn.functional.one_hot(best, scores.shape[1]).movedim(-1, 1).to(scores.dtype)


def _zero_one(torch: Any, scores: Any) -> Any:
    return (scores > scores.median()).to(scores.dtype)


def _signs(torch: Any, scores: Any) -> Any:
    return 2 * _zero_one(torch, scores) - 1


def _values(torch: Any, scores: Any) -> Any:
    return (scores - scores.mean()) / scores.std()


def _positive(torch: Any, scores: Any) -> Any:
    return torch.nn.functional.softplus(_values(torch, scores)) + 0.1


def _shares(torch: Any, scores: Any) -> Any:
    return (2 * _values(torch, scores)).softmax(1)


def _hit(torch: Any, prediction: Any, target: Any) -> float:
    """Accuracy of the largest score against indices, one-hot columns or shares."""
    wanted = target if target.dim() < prediction.dim() else target.argmax(1)
    return float((prediction.argmax(1) == wanted).double().mean())


def _ordered(torch: Any, prediction: Any, target: Any) -> float:
    """Correlation."""
    a, b = prediction.reshape(-1).double(), target.reshape(-1).double()
    if float(a.std()) == 0 or float(b.std()) == 0:
        return 0.0
    return float(torch.corrcoef(torch.stack([a, b]))[0, 1])


def _auc(torch: Any, prediction: Any, target: Any) -> float:
    """Share of pairs of a positive and a negative sample that are in the right order: below 0.5, the loss ranks them backwards."""
    flat, wanted = prediction.reshape(-1).double(), target.reshape(-1) > target.double().mean()
    above, below = flat[wanted], flat[~wanted]
    pairs = above[:, None] - below[None, :]
    return float(((pairs > 0).double() + 0.5 * (pairs == 0).double()).mean())


_C = f"(N, {CLASSES})"
_MAP = f"(N, {CLASSES}, H, W)"

KINDS: tuple[Kind, ...] = (
    Kind("class indices", f"logits {_C}", "class indices (N,)", CLASSES, "none", _indices, _hit),
    Kind("class indices", f"log-probabilities {_C}", "class indices (N,)", CLASSES, "log_softmax", _indices, _hit),
    Kind("class indices", f"probabilities {_C}", "class indices (N,)", CLASSES, "softmax", _indices, _hit),
    Kind("one-hot", f"logits {_C}", f"one-hot classes {_C}", CLASSES, "none", _one_hot, _hit),
    Kind("one-hot", f"probabilities {_C}", f"one-hot classes {_C}", CLASSES, "softmax", _one_hot, _hit),
    Kind("one-hot", f"log-probabilities {_C}", f"one-hot classes {_C}", CLASSES, "log_softmax", _one_hot, _hit),
    Kind("shares", f"log-probabilities {_C}", f"probabilities {_C}", CLASSES, "log_softmax", _shares, _hit),
    Kind("zero or one", "logits (N, 1)", "zeros and ones (N, 1)", 1, "none", _zero_one, _auc),
    Kind("zero or one", "logits (N,)", "zeros and ones (N,)", 1, "none", _zero_one, _auc, squeeze=True),
    Kind("zero or one", "probabilities (N, 1)", "zeros and ones (N, 1)", 1, "sigmoid", _zero_one, _auc),
    Kind("zero or one", "probabilities (N,)", "zeros and ones (N,)", 1, "sigmoid", _zero_one, _auc, squeeze=True),
    Kind("numbers", "numbers (N, 1)", "numbers (N, 1)", 1, "none", _values, _ordered),
    Kind("numbers", "numbers (N,)", "numbers (N,)", 1, "none", _values, _ordered, squeeze=True),
    Kind("numbers", f"numbers {_C}", f"numbers {_C}", CLASSES, "none", _values, _ordered),
    Kind("positive numbers", "positive numbers (N, 1)", "positive numbers (N, 1)", 1, "softplus", _positive, _ordered),
    Kind("signs", "scores (N, 1)", "-1 and 1 (N, 1)", 1, "none", _signs, _auc),
    Kind("signs", "scores (N,)", "-1 and 1 (N,)", 1, "none", _signs, _auc, squeeze=True),
    Kind("masks", "logits (N, 1, H, W)", "masks of zeros and ones (N, 1, H, W)", 1, "none", _zero_one, _auc, True),
    Kind("masks", "probabilities (N, 1, H, W)", "masks of zeros and ones (N, 1, H, W)", 1, "sigmoid", _zero_one, _auc, True),
    Kind("class maps", f"logits {_MAP}", "class indices (N, H, W)", CLASSES, "none", _indices, _hit, True),
    Kind("class maps", f"logits {_MAP}", f"one-hot classes {_MAP}", CLASSES, "none", _one_hot, _hit, True),
    Kind("class maps", f"probabilities {_MAP}", f"one-hot classes {_MAP}", CLASSES, "softmax", _one_hot, _hit, True),
)  # fmt: skip
"""In the order of preference: where several kinds descend, the first is named."""


BACKWARDS: dict[Callable[[Any, Any, Any], float], float] = {_hit: 0.2, _auc: 0.25, _ordered: -0.5}
"""Below this a measure says that the loss pulls the wrong way: chance is 1/3, 1/2 and 0, and a loss that ignores its target stays
near it."""


def squashed(torch: Any, kind: Kind, output: Any) -> Any:
    """A network's output as the kind predicts it."""
    if kind.squash == "none":
        return output
    if kind.squash == "softplus":
        return torch.nn.functional.softplus(output)
    if kind.squash in ("sigmoid", "tanh"):
        return getattr(torch, kind.squash)(output)
    return getattr(torch.nn.functional, kind.squash)(output, dim=1)
