"""Whether a batch norm's running statistics are those that it meets at evaluation."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from trainlint.probe.spec import Variant
from trainlint.probe.worker.modules import BatchNorm
from trainlint.probe.worker.seeds import derived
from trainlint.probe.worker.train import start

FORWARDS, MOMENTUM = 40, 0.1
"""Forward passes in training mode: with torch's momentum of 0.1 the start then counts 1.5 %. With Keras' of 0.01 it would still
count two thirds, which a whole training makes up for: torch's is used for all."""

BATCHES = 8
"""Batches of which the variance at evaluation is taken."""


def variance_shift(variant: Variant, seed: int) -> float:
    """The largest |log(evaluation variance / running variance)| over the batch norms, each taken as the median over its
    channels; 0 without any."""
    run = start(variant, seed)
    norms = [layer for layer in variant.network.layers if layer.op == "batchnorm"]
    if not norms:
        return 0.0
    torch.manual_seed(derived(seed, "forwards"))
    for layer in norms:
        module = run.network.layer(layer.id)
        if isinstance(module, BatchNorm) and module.momentum is not None:
            module.momentum = MOMENTUM
    with torch.no_grad():
        for number in range(FORWARDS):
            run.network(run.data.batch(number, run.size)[0])
        run.network.eval()
        inputs: dict[str, list[Tensor]] = {layer.id: [] for layer in norms}
        for number in range(FORWARDS, FORWARDS + BATCHES):
            watched: dict[str, Tensor] = {}
            run.network(run.data.batch(number, run.size)[0], watched)
            for layer in norms:
                if layer.inputs[0] in watched:
                    inputs[layer.id].append(watched[layer.inputs[0]])
    found = []
    for layer in norms:
        running = getattr(run.network.layer(layer.id), "running_var", None)
        if running is None or not inputs[layer.id]:
            continue
        seen = torch.cat(inputs[layer.id]).movedim(1, 0).flatten(1).var(1)
        ratio = (seen.clamp_min(1e-12) / running.clamp_min(1e-12)).log()
        found.append(abs(float(ratio.median())))
    return max((v for v in found if math.isfinite(v)), default=0.0)
