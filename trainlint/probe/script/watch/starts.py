"""The network as it starts, before its first update: spread of weights, and what a mended start would do.

The second is measured on copies, with the program's own first batch, and leaves its random numbers alone.
"""

from __future__ import annotations

import copy
import math
import sys
from dataclasses import dataclass, field
from typing import Any

from trainlint.probe.script.watch.base import Watch
from trainlint.probe.script.watch.graph import relus
from trainlint.probe.script.watch.tensors import is_tensor

MENDED_BIAS = frozenset({"TL607", "TL614"})
MENDED_WEIGHTS = frozenset({"TL603", "TL604", "TL606"})
RAW = 10.0
"""A column whose spread or offset is ten times that of a standardised one is in raw units."""


@dataclass
class Start:
    """weights, biases: by the parameter's id: (mean, standard deviation, whether all rows are the same).

    dead, dead_mended: shares of dead units behind a ReLU at the first batch, as found and with biases of zero (from zero: of
    0.1); dead_standard, dead_standard_mended: the same where the inputs are in raw units, with the inputs standardised.
    signal, signal_mended: log10 of the last hidden layer's output over the first one's, as found and under He
    initialisation with biases of zero.
    """

    weights: dict[int, tuple[float, float, bool]] = field(default_factory=dict)
    dead: float | None = None
    dead_mended: float | None = None
    dead_standard: float | None = None
    dead_standard_mended: float | None = None
    signal: float | None = None
    signal_mended: float | None = None


def starting_point(module: Any, args: tuple[Any, ...], watch: Watch) -> Start:
    """Look at a network before its first pass."""
    torch = sys.modules["torch"]
    start = Start()
    with torch.no_grad():
        for parameter in module.parameters():
            if parameter.numel() and parameter.is_floating_point() and parameter.device.type != "meta":
                start.weights[id(parameter)] = _spread(parameter)
    if watch.ask & (MENDED_BIAS | MENDED_WEIGHTS):
        try:
            _compare(start, module, args, watch)
        except Exception as error:
            watch.note(f"the start could not be compared: {type(error).__name__}: {error}")
    return start


def _spread(parameter: Any) -> tuple[float, float, bool]:
    found = parameter.detach().double()
    rows = found.reshape(found.shape[0], -1) if found.dim() >= 2 else None
    same = rows is not None and rows.shape[0] > 1 and bool((rows == rows[0]).all())
    return float(found.mean()), float(found.std(correction=0)), same


def _compare(start: Start, module: Any, args: tuple[Any, ...], watch: Watch) -> None:
    torch = sys.modules["torch"]
    with torch.random.fork_rng(devices=[]):
        found = copy.deepcopy(module)
        start.dead, start.signal = _look(torch, found, args)
        if watch.ask & MENDED_BIAS:
            start.dead_mended = _look(torch, _with_biases(torch, copy.deepcopy(module)), args)[0]
            standard = _standardised(torch, args)
            if standard is not None:
                start.dead_standard = _look(torch, copy.deepcopy(module), standard)[0]
                mended = _with_biases(torch, copy.deepcopy(module))
                start.dead_standard_mended = _look(torch, mended, standard)[0]
        if watch.ask & MENDED_WEIGHTS:
            torch.manual_seed(0)
            start.signal_mended = _look(torch, _with_he(torch, copy.deepcopy(module)), args)[1]


def _look(torch: Any, module: Any, args: tuple[Any, ...]) -> tuple[float | None, float | None]:
    """Share of dead units behind ReLUs, and log10 of the last hidden layer's output over the first one's."""
    spreads: list[float] = []
    handles = [
        part.register_forward_hook(lambda _, __, out: spreads.append(float(out.detach().double().std())))
        for part in module.modules()
        if _affine(torch, part)
    ]
    torch.manual_seed(0)
    with torch.enable_grad():
        output = module(*(a.detach() if is_tensor(a) else a for a in args))
    for handle in handles:
        handle.remove()
    value = output[0] if isinstance(output, tuple) else output
    units = [alive for _, alive in relus(value.grad_fn)]
    total = sum(alive.numel() for alive in units)
    dead = 1 - sum(int(alive.sum()) for alive in units) / total if total else None
    hidden = spreads[:-1]
    if len(hidden) < 2 or hidden[0] <= 0 or not math.isfinite(hidden[0]):
        return dead, None
    return dead, math.log10(max(hidden[-1], 1e-30) / hidden[0])


def _standardised(torch: Any, args: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """The first input with every column standardised over the batch; None where it is no table in raw units."""
    first: Any = args[0] if args else None
    if not is_tensor(first) or first.dim() != 2 or not first.is_floating_point() or first.shape[0] < 2:
        return None
    spread, middle = first.std(0), first.mean(0)
    if float(torch.maximum(spread, middle.abs()).max()) < RAW:
        return None
    return ((first - middle) / spread.clamp_min(1e-12), *args[1:])


def _affine(torch: Any, part: Any) -> bool:
    convolutions = (torch.nn.Conv1d, torch.nn.Conv2d, torch.nn.Conv3d)
    return isinstance(part, (torch.nn.Linear, *convolutions))


def _with_biases(torch: Any, module: Any) -> Any:
    """Negative biases at zero; if none is negative, those at zero at 0.1."""
    biases = [p.bias for p in module.modules() if _affine(torch, p) and p.bias is not None]
    negative = [
        b for b in biases if float(b.detach().mean()) < 0 and float(b.detach().std(correction=0)) < 1e-6
    ]
    with torch.no_grad():
        for bias in negative or biases:
            bias.fill_(0.0 if negative else 0.1)
    return module


def _with_he(torch: Any, module: Any) -> Any:
    for part in module.modules():
        if _affine(torch, part):
            torch.nn.init.kaiming_normal_(part.weight, nonlinearity="relu")
            if part.bias is not None:
                torch.nn.init.zeros_(part.bias)
    return module
