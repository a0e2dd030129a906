"""Losses by name, and what a network loses that only guesses."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from trainlint.probe.spec import TaskSpec

Loss = Callable[[Tensor, Tensor], Tensor]

TINY = 1e-7
"""What Keras keeps probabilities from 0 and 1 by (keras.config.epsilon)."""


def make_loss(task: TaskSpec) -> Loss:
    """A task's loss as a function of output and target; classes are brought to dimension 1, where torch wants them.

    Raises:
        ValueError: no such loss.
    """
    spec = task.loss
    function = _FUNCTIONS.get(spec.name)
    if function is None:
        raise ValueError(f"no loss is called {spec.name!r}")
    options = {key: _option(value) for key, value in spec.options.items()}

    def loss(output: Tensor, target: Tensor) -> Tensor:
        if task.squeeze and output.shape[-1] == 1:
            output = output.squeeze(-1)
        if task.kind == "multiclass" and task.class_dim != 1 and output.dim() > 2:
            output = output.movedim(task.class_dim, 1)
        return function(output, target, spec.reduction, **options)

    return loss


def _option(value: Any) -> Any:
    return torch.tensor(value) if isinstance(value, tuple) else value


def _reduced(values: Tensor, reduction: str) -> Tensor:
    return values.sum() if reduction == "sum" else values.mean()


def _torch(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    def run(output: Tensor, target: Tensor, reduction: str, **options: Any) -> Tensor:
        return function(output, target, reduction=reduction, **options)

    return run


def _elementwise(function: Callable[[Tensor, Tensor], Tensor]) -> Callable[..., Tensor]:
    def run(output: Tensor, target: Tensor, reduction: str, **_: Any) -> Tensor:
        return _reduced(function(output, target), reduction)

    return run


def _signs(target: Tensor) -> Tensor:
    return 2 * target - 1


def _gaussian_nll(output: Tensor, target: Tensor, reduction: str, **options: Any) -> Tensor:
    return functional.gaussian_nll_loss(
        output, target, torch.ones_like(output), reduction=reduction, **options
    )


def _cosine(output: Tensor, target: Tensor, reduction: str, **_: Any) -> Tensor:
    return _reduced(1 - functional.cosine_similarity(output.flatten(1), target.flatten(1)), reduction)


def _kl_div(output: Tensor, target: Tensor, reduction: str, **options: Any) -> Tensor:
    return functional.kl_div(
        output, target, reduction="batchmean" if reduction == "mean" else "sum", **options
    )


def _probabilities(output: Tensor, target: Tensor, reduction: str, **_: Any) -> Tensor:
    """Cross-entropy of probabilities as Keras computes it: normalised, kept from zero."""
    shares = (output / output.sum(1, keepdim=True)).clamp(TINY, 1 - TINY).log()
    return (
        functional.nll_loss(shares, target, reduction=reduction)
        if target.dim() < output.dim()
        else -_reduced((target * shares).sum(1), reduction)
    )


def _bce(output: Tensor, target: Tensor, reduction: str, **options: Any) -> Tensor:
    return functional.binary_cross_entropy(output, target, reduction=reduction, **options)


_FUNCTIONS: dict[str, Callable[..., Tensor]] = {
    "cross_entropy": _torch(functional.cross_entropy),
    "nll": _torch(functional.nll_loss),
    "bce": _bce,
    "bce_logits": _torch(functional.binary_cross_entropy_with_logits),
    "mse": _torch(functional.mse_loss),
    "mae": _torch(functional.l1_loss),
    "smooth_l1": _torch(functional.smooth_l1_loss),
    "huber": _torch(functional.huber_loss),
    "hinge": _elementwise(lambda output, target: functional.relu(1 - _signs(target) * output)),
    "squared_hinge": _elementwise(lambda output, target: functional.relu(1 - _signs(target) * output) ** 2),
    "kl_div": _kl_div,
    "poisson_nll": _torch(functional.poisson_nll_loss),
    "gaussian_nll": _gaussian_nll,
    "cosine": _cosine,
    "mape": _elementwise(
        lambda output, target: 100 * ((target - output) / target.abs().clamp_min(TINY)).abs()
    ),
    "msle": _elementwise(
        lambda output, target: (output.clamp_min(TINY).log1p() - target.clamp_min(TINY).log1p()) ** 2
    ),
    "log_cosh": _elementwise(lambda output, target: _log_cosh(output - target)),
    "categorical_probabilities": _probabilities,
}


def _log_cosh(x: Tensor) -> Tensor:
    return x + functional.softplus(-2.0 * x) - math.log(2.0)


def guesses(task: TaskSpec, output: Tensor, target: Tensor) -> list[Tensor]:
    """Outputs that know nothing of the input: the same for every sample, of the output's shape."""
    loss = task.loss
    if task.kind == "multiclass":
        dim = 1 if output.dim() == 2 else task.class_dim
        if task.one_hot or loss.name == "kl_div":
            frequency = target.movedim(1, -1).reshape(-1, output.shape[dim]).mean(0)
        else:
            frequency = torch.bincount(target.flatten(), minlength=output.shape[dim]) / target.numel()
        frequency = frequency.clamp_min(1e-6)
        values = frequency if loss.takes == "probabilities" else frequency.log()
        shape = [1] * output.dim()
        shape[dim] = -1
        return [values.reshape(shape).expand_as(output)]
    if task.kind in ("binary", "multilabel"):
        return [torch.full_like(output, 0.5 if loss.takes == "probabilities" else 0.0)]
    flat = target.float()
    center = [flat.mean(0, keepdim=True), flat.median(0, keepdim=True).values, torch.zeros_like(flat[:1])]
    return [
        c.expand_as(flat).reshape(output.shape).contiguous() for c in center if flat.numel() == output.numel()
    ]


def chance_loss(task: TaskSpec, loss: Loss, output: Tensor, target: Tensor) -> float:
    """The loss of the best guess: ln k for cross-entropy of k classes, the targets' variance for the squared error."""
    with torch.no_grad():
        found = [float(loss(guess, target)) for guess in guesses(task, output, target)]
    finite = [value for value in found if math.isfinite(value)]
    return min(finite, default=math.nan)
