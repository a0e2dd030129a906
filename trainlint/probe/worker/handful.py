"""Runs on a handful of samples with random labels: what a network can learn by heart, and nothing else."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from trainlint.probe.spec import Variant
from trainlint.probe.worker.answers import error
from trainlint.probe.worker.data import Data
from trainlint.probe.worker.train import Run, start

SAMPLES = 16


class Handful(Data):
    """The same few samples in every batch; targets belong to other samples, so that nothing can be understood."""

    def batch(self, number: int, size: int) -> tuple[list[Tensor], Tensor]:
        """Batches that are asked for by negative numbers are fresh ones, for the chance loss."""
        if number < 0:
            return super().batch(number, size)
        inputs, _ = super().batch(0, SAMPLES)
        _, target = super().batch(1, SAMPLES)
        return inputs, target


def start_handful(variant: Variant, seed: int) -> Run:
    """A run at its first step, on a handful.

    Raises:
        ValueError, RuntimeError: as `train.start`.
    """
    run = start(variant, seed)
    run.data = Handful(variant.network, variant.task, run.data.output, seed)
    run.size = SAMPLES
    return run


def evaluated(run: Run) -> tuple[float, float]:
    """Loss and error on the handful in evaluation mode, as parts of those of chance."""
    inputs, target = run.data.batch(0, SAMPLES)
    run.network.eval()
    with torch.no_grad():
        output = run.network(inputs)
        loss = float(run.loss(output, target)) / run.chance
        wrong = error(run.variant.task, output, target)
    run.network.train()
    return (loss if math.isfinite(loss) else math.inf), (wrong if math.isfinite(wrong) else math.inf)
