"""What a long run does beside training on its variant's loss, for faults that are none of network, task or update.

cut: an operation without a gradient stands before the loss. weights: the loss is the sum of the columns' squared errors so
weighted, and the error that of the worst column. broadcast: predictions (N, 1) meet targets (N,). refusing: a loss that does not
take what it is given is a failure. task: answers are those of the task with one answer a sample. handful: 16 samples with random answers are all
there is. empty: that share of the samples is all zeros.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from trainlint.probe.spec import TaskSpec, Variant

HANDFUL = 16

LossOf = Callable[[Tensor, Tensor], Tensor]
ErrorOf = Callable[[Tensor, Tensor], float]


def changed_data(
    inputs: Tensor, targets: Tensor, extra: Mapping[str, Any], seed: int
) -> tuple[Tensor, Tensor]:
    """Inputs and targets as the run sees them."""
    if extra.get("handful"):
        return inputs[:HANDFUL], targets[-HANDFUL:]
    if extra.get("empty"):
        inputs = inputs.clone()
        chosen = torch.rand(len(inputs), generator=torch.Generator().manual_seed(seed)) < extra["empty"]
        inputs[chosen] = 0.0
    return inputs, targets


def losses_of(
    variant: Variant,
    extra: Mapping[str, Any],
    loss: Callable[[TaskSpec, Tensor, Tensor], Tensor],
    error: Callable[[TaskSpec, Tensor, Tensor], float],
) -> tuple[LossOf, ErrorOf]:
    """Loss and error of a run, from the plain ones."""
    task = variant.task
    plain: tuple[LossOf, ErrorOf] = (lambda s, t: loss(task, s, t), lambda s, t: error(task, s, t))
    if "cut" in extra:
        cut = _CUTS[extra["cut"]]
        return (lambda s, t: loss(task, cut(s), t) + 0.0 * s.sum(), plain[1])
    if "weights" in extra:
        weights = torch.tensor(extra["weights"])
        return (
            lambda s, t: ((s - t).square().mean(0) * weights).sum(),
            lambda s, t: float(((s - t).square().mean(0) / t.var(0)).max()),
        )
    if extra.get("broadcast"):
        return (lambda s, t: functional.mse_loss(*torch.broadcast_tensors(s, t.flatten())), plain[1])
    return plain


def _largest(scores: Tensor) -> Tensor:
    return functional.one_hot(scores.argmax(1), scores.shape[1]).float()


_CUTS: dict[str, Callable[[Tensor], Tensor]] = {
    "argmax": _largest,
    "detach": Tensor.detach,
    "round": torch.round,
    "floor": torch.floor,
    "sign": torch.sign,
    "compare": lambda scores: (scores > 0).float(),
}
