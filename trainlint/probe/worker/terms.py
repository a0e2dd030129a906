"""Losses that are sums of weighted terms, one for each column of the output."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from trainlint.probe.spec import Variant
from trainlint.probe.worker.answers import SAMPLES
from trainlint.probe.worker.pool import known_samples, start_pooled
from trainlint.probe.worker.train import Run


def start_with(weights: Sequence[float]) -> Callable[[Variant, int], Run]:
    """What makes runs whose loss is the sum of squared errors of the columns, weighted."""
    factors = torch.tensor(weights)

    def begin(variant: Variant, seed: int) -> Run:
        run = start_pooled(variant, seed)
        run.loss = lambda output, target: ((output - target).square().mean(0) * factors).sum()
        run.chance = float(factors.sum()) * variant.task.target_scale**2
        return run

    return begin


def worst_term(run: Run) -> tuple[float, float]:
    """The loss as a share of chance, and the share of variance that the worst column has left unexplained."""
    inputs, target = known_samples(run, SAMPLES)
    run.network.eval()
    with torch.no_grad():
        output = run.network(inputs)
        loss = float(run.loss(output, target)) / run.chance
        left = (output - target).square().mean(0) / target.var(0).clamp_min(1e-12)
    run.network.train()
    worst = float(left.max())
    return (loss, worst) if math.isfinite(loss + worst) else (math.inf, math.inf)


def gradient_ratio(run: Run, weights: Sequence[float]) -> float:
    """The largest over the smallest gradient norm of single terms at the start, over all weights of the network."""
    inputs, target = run.data.batch(0, run.size)
    norms = [_norm(run, inputs, target, column, weight) for column, weight in enumerate(weights)]
    return max(norms) / min(norms) if min(norms) > 0 else math.inf


def _norm(run: Run, inputs: list[Tensor], target: Tensor, column: int, weight: float) -> float:
    output = run.network(inputs)
    term = weight * (output[:, column] - target[:, column]).square().mean()
    gradients = torch.autograd.grad(term, list(run.network.parameters()), allow_unused=True)
    return math.sqrt(sum(float(g.square().sum()) for g in gradients if g is not None))
