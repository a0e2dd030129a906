"""How good a network's answers are, whatever its loss: loss and error as parts of what chance gives."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from trainlint.probe.spec import TaskSpec
from trainlint.probe.worker.pool import Pool, known_samples
from trainlint.probe.worker.seeds import derived
from trainlint.probe.worker.train import Run

SAMPLES = 256
"""Fresh samples of a measurement: of 1,000 nets, the share of wrong answers scatters by 0.03 over draws of so many."""

LARGEST = 1 << 18
"""Numbers of input and output that are held at once; large samples are measured on fewer."""

WARM = 40
"""Batches for running statistics: with torch's momentum of 0.1 the start then counts 1.5 %."""

FRESH = -3
"""Number of the batch that nothing is trained on."""


def measured(run: Run, *, training: bool = False, samples: int = SAMPLES) -> tuple[float, float]:
    """Loss (in chance losses) and error (in that of chance) of a run's network as it is now.

    training: measure in training mode, in batches of the size it is trained with, as a program without eval() does.
    Running statistics stay as they are. Values that are not finite are returned as infinity.
    """
    samples = samples_for(run, samples)
    inputs, target = _samples(run, samples)
    state = {name: value.clone() for name, value in run.network.named_buffers()}
    run.network.train(training)
    torch.manual_seed(derived(run.seed, "measured"))
    with torch.no_grad():
        size = run.size if training else samples
        parts = zip(*(torch.split(x, size) for x in inputs), strict=True)
        output = torch.cat([run.network(list(part)) for part in parts])
        loss = float(run.loss(output, target)) / run.chance
        wrong = error(run.variant.task, output, target)
    for name, value in run.network.named_buffers():
        value.copy_(state[name])
    run.network.train()
    return _finite(loss), _finite(wrong)


def _samples(run: Run, samples: int) -> tuple[list[Tensor], Tensor]:
    """Of a fixed set some of its own, else fresh ones."""
    if isinstance(run.data, Pool):
        return known_samples(run, samples)
    return run.data.batch(FRESH, samples)


def samples_for(run: Run, samples: int) -> int:
    """How many samples fit into `LARGEST` numbers, at least one batch."""
    size = sum(math.prod(spec.shape) for spec in run.variant.network.inputs) + math.prod(run.data.output)
    return max(min(samples, LARGEST // max(size, 1)), run.size)


def _finite(value: float) -> float:
    return value if math.isfinite(value) else math.inf


def error(task: TaskSpec, output: Tensor, target: Tensor) -> float:
    """The share of wrong classes (of variance that is not explained, for real numbers), divided by that of chance."""
    if task.squeeze and output.shape[-1] == 1:
        output = output.squeeze(-1)
    if task.kind == "multiclass":
        if task.class_dim != 1 and output.dim() > 2:
            output = output.movedim(task.class_dim, 1)
        if target.dim() == output.dim():
            target = target.argmax(1)
        wrong = (output.argmax(1) != target).float().mean()
        return float(wrong) / (1 - 1 / max(task.classes, 2))
    if task.kind in ("binary", "multilabel"):
        middle = 0.0 if task.loss.takes == "logits" and float(output.min()) < 0 else 0.5
        return float(((output > middle).float() != target).float().mean()) / 0.5
    if not torch.isfinite(output).all():
        return math.inf
    variance = float((target - target.mean(0)).square().mean())
    return float((output.double() - target).square().mean()) / max(variance, 1e-30)


def look_in(mode: str) -> Callable[[Run], tuple[float, float]]:
    """`measured` in a mode: train or eval."""

    def look(run: Run) -> tuple[float, float]:
        return measured(run, training=mode == "train")

    return look


def modes_differ(run: Run) -> float:
    """The largest difference between the outputs of training and evaluation mode, as a part of the outputs' size, after a few
    batches from which running statistics were taken."""
    with torch.no_grad():
        for number in range(WARM):
            run.network(run.data.batch(number, run.size)[0])
        inputs, _ = run.data.batch(0, run.size)
        torch.manual_seed(derived(run.seed, "modes"))
        trained = run.network(inputs)
        run.network.eval()
        evaluated = run.network(inputs)
        run.network.train()
    size = float(evaluated.abs().max())
    return float((trained - evaluated).abs().max()) / size if size > 0 else 0.0
