"""A run that learns a fixed set of samples by heart, as a training set is learned: its noise too.

Fresh batches of easy data hide what slows a network down, because every variant soon comes to the noise that nobody can
explain. What a training set of a thousand samples still asks for shows the difference for as long as a training lasts.
"""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor

from trainlint.probe.spec import InputSpec, Variant
from trainlint.probe.worker.data import CAUSES, Data
from trainlint.probe.worker.train import Run, start

POOL = 1024
"""Samples of the set; `benchmarks/calibration/truth.py` has as many."""

NOISE = 0.1
"""Share of noise in the deviation of every input value: a fit is asked for, no denoising."""

HIDDEN, CURVED, EVEN = 24, 1.5, 1.5
"""Units of the functions that make classes, how strongly they bend, and the weight of their even part: with it a linear network
stays at 0.6 of the chance loss where ReLU networks of two layers come to 0.4 in 800 steps; without it at 0.30 and 0.25."""


class Pool(Data):
    """Data whose batches come again: number n is the same as n + `POOL / size`.

    Classes are the largest of some curved functions of the cause, so that a linear network cannot tell them apart; fresh
    batches have one cluster a class, which is learned in a hundred steps by nearly anything.
    """

    def batch(self, number: int, size: int) -> tuple[list[Tensor], Tensor]:
        """A batch of the set; negative numbers are batches that are not in it."""
        return super().batch(number % max(POOL // size, 1) if number >= 0 else number, size)

    def _causes(self, size: int, source: Generator) -> tuple[Tensor, Tensor]:
        if self.task.kind != "multiclass":
            return super()._causes(size, source)
        cause = torch.randn((size, CAUSES), generator=source)
        bent = torch.tanh(CURVED * cause @ self._table("classes in", CAUSES, HIDDEN) / math.sqrt(CAUSES))
        bent = bent + EVEN * (bent.square() - bent.square().mean())
        labels = (bent @ self._table("classes out", HIDDEN, self.task.classes)).argmax(-1)
        return cause, self._wanted(labels)

    def _input(self, spec: InputSpec, cause: Tensor, target: Tensor, source: Generator) -> Tensor:
        if spec.tokens:
            return super()._input(spec, cause, target, source)
        signal = cause @ self._patterns(spec) / math.sqrt(CAUSES)
        x = math.sqrt(1 - NOISE**2) * signal + NOISE * torch.randn(signal.shape, generator=source)
        return (self.task.input_offset + self.task.input_scale * x).reshape(-1, *spec.shape)


def start_pooled(variant: Variant, seed: int) -> Run:
    """A run at its first step, on a pool.

    Raises:
        ValueError, RuntimeError: as `train.start`.
    """
    run = start(variant, seed)
    run.data = Pool(variant.network, variant.task, run.data.output, seed)
    return run


def known_samples(run: Run, samples: int) -> tuple[list[Tensor], Tensor]:
    """Some samples of the set."""
    batches = [run.data.batch(n, run.size) for n in range(max(1, math.ceil(samples / run.size)))]
    inputs = [torch.cat(parts) for parts in zip(*(b[0] for b in batches), strict=True)]
    return inputs, torch.cat([b[1] for b in batches])


class _Tolerant(Run):
    """A run that breaks, instead of raising, where its loss refuses what it is given."""

    def advance(self, steps: int) -> None:
        end = len(self.losses) + steps
        try:
            super().advance(steps)
        except RuntimeError as error:
            if "between 0 and 1" not in str(error):
                raise
            self.broken = True
            super().advance(end - len(self.losses))


def start_tolerant(variant: Variant, seed: int) -> Run:
    """As `start_pooled`; a loss that refuses values outside its domain ends the run as one that is not finite does."""
    run = start_pooled(variant, seed)
    return _Tolerant(variant, seed, run.network, run.data, run.chance)
