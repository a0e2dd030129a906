"""A run that learns a fixed set of samples by heart, as a training set is learned: its noise too.

Fresh batches of easy data hide what slows a network down, because every variant soon comes to the noise that nobody can
explain. What a training set of a thousand samples still asks for shows the difference for as long as a training lasts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import torch
from torch import Generator, Tensor

from trainlint.probe.spec import Variant
from trainlint.probe.worker.data import Data, generator
from trainlint.probe.worker.train import Run, start

POOL = 1024
"""Samples of the set; `benchmarks/calibration/truth.py` has as many."""

LEAST, MOST_NUMBERS = 64, 1 << 23
"""Samples at least, and numbers in all inputs and outputs (32 MB) at most."""

MOST_CAUSES = 8
"""Numbers of a hidden cause at most."""

HIDDEN, CURVED, EVEN = 24, 1.5, 1.5
"""Units of the functions that make classes, how strongly they bend, and the weight of their even part: with it a linear network
stays at 0.6 of the chance loss where ReLU networks of two layers come to 0.4 in 800 steps; without it at 0.30 and 0.25."""


@dataclass
class Pool(Data):
    """A fixed set; batches are drawn from it at random, so that statistics of a batch cannot be learned by heart.

    Classes are the largest of some curved functions of the cause, so that a linear network cannot tell them apart; fresh
    batches have one cluster a class, which is learned in a hundred steps by nearly anything.
    """

    _known: list[tuple[list[Tensor], Tensor]] = field(default_factory=list)

    @property
    def causes(self) -> int:
        """Numbers of a hidden cause: fewer than of endless data, so that some hundred steps show what can be learned."""
        return min(MOST_CAUSES, super().causes)

    def batch(self, number: int, size: int) -> tuple[list[Tensor], Tensor]:
        """Samples of the set, drawn by the batch's number; negative numbers are batches that are not in it."""
        if number < 0:
            return super().batch(number, size)
        inputs, target = self.samples()
        rows = torch.randint(len(target), (size,), generator=generator(self.seed, "rows", number))
        return [x[rows] for x in inputs], target[rows]

    def samples(self) -> tuple[list[Tensor], Tensor]:
        """The whole set: `POOL` samples, fewer where each is large."""
        if not self._known:
            numbers = sum(math.prod(spec.shape) for spec in self.network.inputs) + math.prod(self.output)
            self._known.append(super().batch(0, max(LEAST, min(POOL, MOST_NUMBERS // max(numbers, 1)))))
        return self._known[0]

    def _causes(self, size: int, source: Generator) -> tuple[Tensor, Tensor]:
        if self.task.kind != "multiclass":
            return super()._causes(size, source)
        cause = torch.randn((size, self.causes), generator=source)
        bent = torch.tanh(
            CURVED * cause @ self._table("classes in", self.causes, HIDDEN) / math.sqrt(self.causes)
        )
        bent = bent + EVEN * (bent.square() - bent.square().mean())
        labels = (bent @ self._table("classes out", HIDDEN, self.task.classes)).argmax(-1)
        return cause, self._wanted(labels)


def start_pooled(variant: Variant, seed: int) -> Run:
    """A run at its first step, on a pool.

    Raises:
        ValueError, RuntimeError: as `train.start`.
    """
    run = start(variant, seed)
    run.data = Pool(variant.network, variant.task, run.data.output, seed)
    return run


def known_samples(run: Run, samples: int) -> tuple[list[Tensor], Tensor]:
    """The first samples of the set that a run learns.

    Raises:
        ValueError: it learns none.
    """
    if not isinstance(run.data, Pool):
        raise ValueError("this run learns fresh batches")
    inputs, target = run.data.samples()
    return [x[:samples] for x in inputs], target[:samples]


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
