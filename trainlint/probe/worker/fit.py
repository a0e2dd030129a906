"""Whether outputs and targets fit each other, and runs in which they are broadcast instead."""

from __future__ import annotations

from dataclasses import replace

import torch

from trainlint.probe.spec import TaskSpec, Variant
from trainlint.probe.worker.data import Data
from trainlint.probe.worker.losses import make_loss
from trainlint.probe.worker.network import Network
from trainlint.probe.worker.pool import start_pooled
from trainlint.probe.worker.train import Run

SAMPLES = 8


def fits(variant: Variant, answer: TaskSpec, seed: int) -> tuple[int, bool]:
    """How many dimensions the output has beyond those of the answer's, and whether the loss takes it.

    answer: the task that the target belongs to.
    """
    data = Data(variant.network, answer, answer.output, seed)
    inputs, target = data.batch(0, SAMPLES)
    network = Network(variant.network, seed).eval()
    with torch.no_grad():
        output = network(inputs)
        try:
            loss = make_loss(answer)(output, target)
            taken = bool(torch.isfinite(loss).all())
        except (RuntimeError, ValueError, IndexError):
            taken = False
    return max(0, output.dim() - 1 - len(answer.output)), taken


def start_broadcast(variant: Variant, seed: int) -> Run:
    """A run whose loss compares predictions (N, 1) with targets (N,): every prediction with every target."""
    run = start_pooled(variant, seed)
    plain = make_loss(replace(variant.task, squeeze=False))

    def loss(output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        column = output.reshape(-1, 1)
        row = target.reshape(1, -1)
        size = len(column), row.shape[1]
        return plain(column.expand(size), row.expand(size))

    run.loss = loss
    return run
