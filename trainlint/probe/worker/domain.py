"""Whether loss and gradients stay finite: in training, on empty samples, and for a network that is sure of itself."""

from __future__ import annotations

import torch
from torch import Tensor

from trainlint.probe.edits import output_layers
from trainlint.probe.spec import Variant
from trainlint.probe.worker.pool import start_pooled
from trainlint.probe.worker.train import Run

SURE = 10.0
"""Factor on the output layer: logits of a trained classifier are some ten times those of the start."""


def trials(variant: Variant, seed: int, steps: int) -> tuple[bool, bool, bool]:
    """Which of three trials end in something that is not finite: training, samples of zeros, a tenfold output layer."""
    return (
        _breaks_in_training(start_pooled(variant, seed), steps),
        _breaks(start_pooled(variant, seed), empty=True),
        _breaks(_surer(start_pooled(variant, seed))),
    )


def _breaks_in_training(run: Run, steps: int) -> bool:
    run.advance(steps)
    return run.broken


def _surer(run: Run) -> Run:
    with torch.no_grad():
        for layer in output_layers(run.variant.network):
            module = run.network.layer(layer.id)
            for parameter in module.parameters() if module is not None else ():
                parameter.mul_(SURE)
    return run


def _breaks(run: Run, *, empty: bool = False) -> bool:
    inputs, target = run.data.batch(0, run.size)
    if empty:
        inputs = [_half_empty(x) for x in inputs]
    loss = run.loss(run.network(inputs), target)
    loss.backward()  # type: ignore[no-untyped-call]
    gradients = [p.grad for p in run.network.parameters() if p.grad is not None]
    return not all(bool(torch.isfinite(x).all()) for x in (loss.detach(), *gradients))


def _half_empty(x: Tensor) -> Tensor:
    """The first half of the samples zero, numbers and indices alike."""
    changed = x.clone()
    changed[: len(x) // 2] = 0
    return changed
