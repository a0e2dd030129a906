"""How far a part of a network is from a linear function."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from trainlint.probe.spec import NetworkSpec, Variant
from trainlint.probe.worker.functions import FUNCTIONS
from trainlint.probe.worker.train import Run, start

SAMPLES = 16


def additivity(variant: Variant, seed: int, flagged: Sequence[str] = ()) -> float:
    """|f(a) + f(b) - f(a + b) - f(0)| over |f(a + b) - f(0)|, in 64-bit numbers and evaluation mode.

    f: from the input of the first flagged layer to the output of the last; without any, the whole network.

    Raises:
        ValueError: the input is made of indices, which cannot be added.
    """
    run = start(variant, seed)
    network = run.network.double().eval()
    if any(spec.tokens for spec in variant.network.inputs) and not flagged:
        raise ValueError("indices cannot be added")
    inputs = [x.double() if x.is_floating_point() else x for x in run.data.batch(0, 2 * SAMPLES)[0]]
    with torch.no_grad():
        watched: dict[str, Tensor] = {}
        network(inputs, watched)
        values = {**dict(zip((i.id for i in variant.network.inputs), inputs, strict=True)), **watched}
        begin, end = _ends(variant.network, flagged)
        starts = [values[name] for name in begin]
        a, b = [x[:SAMPLES] for x in starts], [x[SAMPLES:] for x in starts]
        together = [x + y for x, y in zip(a, b, strict=True)]
        nothing = [torch.zeros_like(x) for x in a]
        fa, fb, fab, f0 = (_part(run, begin, end, part, values) for part in (a, b, together, nothing))
    size = float((fab - f0).norm())
    return float((fa + fb - fab - f0).norm()) / size if size > 0 else 0.0


def _ends(network: NetworkSpec, flagged: Sequence[str]) -> tuple[list[str], str]:
    """The values that a part begins with, and its last layer."""
    known = [layer for layer in network.layers if layer.id in flagged]
    if not known:
        return [spec.id for spec in network.inputs], network.outputs[0]
    return list(known[0].inputs), known[-1].id


def _part(
    run: Run, begin: Sequence[str], end: str, given: Sequence[Tensor], values: dict[str, Tensor]
) -> Tensor:
    """The last layer's output for other values at the beginning; what the part takes from elsewhere stays."""
    changed = {**{k: v[:SAMPLES] for k, v in values.items()}, **dict(zip(begin, given, strict=True))}
    touched = set(begin)
    for layer in run.variant.network.layers:
        if not touched & set(layer.inputs):
            continue
        arguments = [changed[name] for name in layer.inputs]
        module = run.network.layer(layer.id)
        made = (
            module(*arguments)
            if module is not None
            else FUNCTIONS[layer.op](arguments, layer.options, SAMPLES)
        )
        changed[layer.id] = made
        touched.add(layer.id)
        if layer.id == end:
            return changed[end]
    raise ValueError(f"{end} does not depend on {', '.join(begin)}")
