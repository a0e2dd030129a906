"""What a network does at its start, layer by layer: spread of the signal, size of the gradient, units that are dead."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from trainlint.probe.operations import ACTIVATIONS
from trainlint.probe.spec import LayerSpec
from trainlint.probe.worker.seeds import derived
from trainlint.probe.worker.train import Run

SAMPLES = 128
"""Samples that a profile is taken over: a unit that is silent for all of them counts as dead."""


@dataclass(frozen=True)
class Profile:
    """Figures by layer, in the order of the forward pass. labels: of layers with weights; gradients: root mean square of the
    loss's gradient at their outputs; spreads: that of the outputs themselves; dead: by label of the activation, the share
    of units that give the same value (their lowest) for every sample."""

    labels: tuple[str, ...]
    gradients: tuple[float, ...]
    spreads: tuple[float, ...]
    dead: dict[str, float]

    @property
    def flow(self) -> float:
        """Gradient at the first layer over that at the last one; 0 where nothing arrives, nan for fewer than two."""
        return _ratio(self.gradients[0], self.gradients[-1]) if len(self.gradients) > 1 else float("nan")

    @property
    def signal(self) -> float:
        """Spread at the last layer over that at the first one."""
        return _ratio(self.spreads[-1], self.spreads[0]) if len(self.spreads) > 1 else float("nan")


def _ratio(a: float, b: float) -> float:
    return a / b if b > 0 else float("nan") if a == 0 else float("inf")


def profile(run: Run) -> Profile:
    """The figures of a run's network as it is now; neither weights nor gradients are changed."""
    size = min(SAMPLES, max(run.size, 4096 // max(run.size, 1)))
    inputs, target = run.data.batch(-2, size)
    torch.manual_seed(derived(run.seed, "profile"))
    watched: dict[str, Tensor] = {}
    run.loss(run.network(inputs, watched), target).backward()  # type: ignore[no-untyped-call]
    run.updater.zero()
    weighted = [layer for layer in run.variant.network.layers if layer.weighted]
    return Profile(
        tuple(layer.label or layer.id for layer in weighted),
        tuple(_rms(watched[layer.id].grad) for layer in weighted),
        tuple(_rms(watched[layer.id].detach()) for layer in weighted),
        {layer.label or layer.id: _dead(watched[layer.id], layer) for layer in _activations(run)},
    )


def _rms(x: Tensor | None) -> float:
    return 0.0 if x is None else float(x.square().mean().sqrt())


def _activations(run: Run) -> list[LayerSpec]:
    return [
        layer for layer in run.variant.network.layers if layer.op in ACTIVATIONS and layer.op != "identity"
    ]


def _dead(x: Tensor, layer: LayerSpec) -> float:
    """The share of units (features; channels over all places) that pass no gradient on for any sample."""
    x = x.detach()
    units = x.movedim(1, 0).flatten(1) if x.dim() != 3 else x.flatten(0, 1).T
    if layer.op in ("relu", "relu6"):
        return float((units <= 0).all(1).float().mean())
    return float((units.std(1) < 1e-6).float().mean())


def equal_units(run: Run) -> float:
    """The share of units whose weights equal another unit's, in the hidden layer with a matrix where it is largest."""
    weights = list(run.network.matrices().values())[:-1]
    shares = [0.0]
    for matrix in weights:
        rows = matrix.detach().flatten(1)
        scale = rows.abs().max().clamp_min(1e-12)
        distinct = len(torch.unique((rows / scale * 1e5).round(), dim=0))
        shares.append(1 - (distinct - 1) / (len(rows) - 1) if len(rows) > 1 else 0.0)
    return max(shares)
