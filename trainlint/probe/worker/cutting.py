"""Runs whose prediction passes an operation without a gradient before it reaches the loss."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from trainlint.probe.spec import Variant
from trainlint.probe.worker.pool import start_pooled
from trainlint.probe.worker.train import Run


def _argmax(value: Tensor) -> Tensor:
    """One-hot columns of the largest score (of a single score: whether it is above zero)."""
    if value.dim() < 2 or value.shape[1] == 1:
        return (value > 0).to(value.dtype)
    best = value.argmax(1)
    return torch.nn.functional.one_hot(best, value.shape[1]).movedim(-1, 1).to(value.dtype)


CUTS: dict[str, Callable[[Tensor], Tensor]] = {
    "argmax": _argmax,
    "round": torch.round,
    "floor": torch.floor,
    "ceil": torch.ceil,
    "trunc": torch.trunc,
    "sign": torch.sign,
    "compare": lambda value: (value > 0).to(value.dtype),
    "detach": torch.Tensor.detach,
}


class _Cut(Run):
    """A run that trains through a cut; what has no gradient at all stands still, as its optimizer would."""

    cut: Callable[[Tensor], Tensor]

    def _step(self) -> None:
        plain = self.loss
        self.loss = lambda output, target: plain(self.cut(output), target) + 0.0 * output.sum()
        try:
            super()._step()
        finally:
            self.loss = plain


def start_cut(cut: str) -> Callable[[Variant, int], Run]:
    """How to begin a run with a cut of this name; "" for none."""

    def start(variant: Variant, seed: int) -> Run:
        run = start_pooled(variant, seed)
        if not cut:
            return run
        found = _Cut(variant, seed, run.network, run.data, run.chance)
        found.cut = CUTS[cut]
        return found

    return start
