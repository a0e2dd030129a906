"""After the last step: what a look at the trained network itself can tell."""

from __future__ import annotations

import sys
from typing import Any

from trainlint.probe.script.watch.base import Watch
from trainlint.probe.script.watch.modules import Network, is_batch_norm, is_dropout
from trainlint.probe.script.watch.tensors import is_tensor


def variance_shifts(network: Network, watch: Watch) -> dict[int, float]:
    """For each batch norm of a network with dropout: |log| of the ratio of its input's variance without dropout over that
    with dropout, the median over channels, over the last batches."""
    module = network.module
    parts = list(module.modules())
    if not network.batches or not any(map(is_batch_norm, parts)) or not any(map(is_dropout, parts)):
        return {}
    torch = sys.modules["torch"]
    try:
        with torch.no_grad():
            module.train()
            dropping = _variances(torch, network)
            for part in parts:
                if is_dropout(part):
                    part.eval()
            whole = _variances(torch, network)
    except Exception as error:
        watch.note(f"variances: {type(error).__name__}: {error}")
        return {}
    shifts = {}
    for key, variance in whole.items():
        if key in dropping:
            ratio = (variance + 1e-12) / (dropping[key] + 1e-12)
            shifts[key] = float(ratio.log().abs().median())
    return shifts


def _variances(torch: Any, network: Network) -> dict[int, Any]:
    """The variance of each channel of what goes into each batch norm, over the kept batches."""
    sums: dict[int, list[Any]] = {}

    def note(part: Any, args: Any) -> None:
        if is_tensor(args[0]):
            values = args[0].detach().double().movedim(1, 0).flatten(1)
            parts = sums.setdefault(id(part), [0, 0.0, 0.0])
            parts[0] += values.shape[1]
            parts[1] = parts[1] + values.sum(1)
            parts[2] = parts[2] + values.pow(2).sum(1)

    norms = [part for part in network.module.modules() if is_batch_norm(part)]
    handles = [part.register_forward_pre_hook(note) for part in norms]
    for args, kwargs in network.batches:
        network.module(*args, **kwargs)
    for handle in handles:
        handle.remove()
    return {key: (square / count - (total / count).pow(2)) for key, (count, total, square) in sums.items()}
