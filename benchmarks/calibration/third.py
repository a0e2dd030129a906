"""The third held set: for rules whose experiment was changed after the second one had been looked at (TL402, TL603).

Sizes, tasks and seeds that were used nowhere before: 24 inputs, 6 classes; perceptrons of 4x28, 6x20, 8x40, 10x28 and 18x20, convolutions
over time, gated recurrent networks. TL603 is asked of networks of eight layers and more, because the rule fires from there on;
with them stand harmless look-alikes: normalised and residual ones of the same depth, small rates that are large enough.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from calibration.cells import CROSS_ENTROPY, SQUARED, Cell, sides, updates
from calibration.networks import HE, Style, mlp, recurrent, signal
from calibration.second import FAMILIES, RECTIFIED, USUAL
from trainlint.probe.spec import NetworkSpec, TaskSpec

INPUTS, CLASSES = 24, 6
SIX = replace(CROSS_ENTROPY, output=(CLASSES,), classes=CLASSES)

SLOW = {
    "sgd": (3e-5, 3e-3),
    "momentum": (3e-5, 3e-4),
    "adam": (3e-6, 3e-5),
    "rmsprop": (3e-6, 3e-5),
    "adagrad": (3e-4,),
}
FINE = {"sgd": 0.05, "momentum": 0.01, "adam": 5e-4, "rmsprop": 3e-4}
"""Rates below the usual ones that are expected to do as well."""


def _mlp(depth: int, width: int, style: Style, outputs: int = CLASSES) -> NetworkSpec:
    return mlp(depth, width, INPUTS, outputs, style)


def _small_rate(where: str, network: NetworkSpec, family: str, rate: float, task: TaskSpec = SIX) -> Cell:
    usual = replace(USUAL[family], steps=2000)
    pair = updates(network, replace(usual, lr=rate), usual, task)
    name = f"{family} {rate:g} {where} (3)"
    return Cell("lr-range", "TL402", name, *pair, held=True, second=True, third=True)


def _small_rates() -> Iterator[Cell]:
    plain = _mlp(4, 28, RECTIFIED)
    for family, rates in SLOW.items():
        for rate in rates:
            yield _small_rate("mlp 4x28", plain, family, rate)
    for family, rate in FINE.items():
        yield _small_rate("mlp 4x28", plain, family, rate)
    normed = _mlp(6, 20, Style("relu", HE, norm="batchnorm"))
    for family, rate in (("adam", 3e-5), ("sgd", 1e-3), ("adam", 6e-4), ("sgd", 0.05)):
        yield _small_rate("mlp 6x20 batch norm", normed, family, rate)
    wave = signal(3, 12, CLASSES, style=RECTIFIED)
    for family, rate in (("adam", 3e-5), ("momentum", 1e-4)):
        yield _small_rate("signal 3x12", wave, family, rate)
    gated = recurrent("gru", 14, 5, 14, outputs=CLASSES)
    for family, rate in (("adam", 3e-5), ("sgd", 1e-3)):
        yield _small_rate("gru 14x14", gated, family, rate)
    yield _small_rate("mlp 4x28 regression", _mlp(4, 28, RECTIFIED, 1), "adam", 2e-5, SQUARED)


def _default_start(
    where: str, bad: NetworkSpec, good: NetworkSpec, family: str, task: TaskSpec = SIX
) -> Cell:
    pair = sides(bad, good, task, FAMILIES[family])
    name = f"default {where} {family} (3)"
    return Cell("signal-propagation", "TL603", name, *pair, held=True, second=True, third=True)


def _default_starts() -> Iterator[Cell]:
    plain = ((8, 40, "sgd"), (8, 40, "adam"), (8, 40, "momentum"), (10, 28, "sgd"), (10, 28, "adam"), (18, 20, "sgd"), (18, 20, "adam"))  # fmt: skip
    for depth, width, family in plain:
        bad, good = (_mlp(depth, width, Style("relu", init)) for init in (None, HE))
        yield _default_start(f"mlp {depth}x{width}", bad, good, family)
    for depth, width, norm, family in (
        (8, 40, "batchnorm", "sgd"),
        (10, 28, "batchnorm", "adam"),
        (18, 20, "batchnorm", "momentum"),
        (10, 28, "layernorm", "sgd"),
    ):
        bad, good = (_mlp(depth, width, Style("relu", init, norm=norm)) for init in (None, HE))
        yield _default_start(f"mlp {depth}x{width} {norm}", bad, good, family)
    bad, good = (_mlp(8, 40, Style("relu", init, residual=True)) for init in (None, HE))
    yield _default_start("mlp 8x40 residual", bad, good, "sgd")
    bad, good = (signal(8, 10, CLASSES, style=Style("relu", init)) for init in (None, HE))
    yield _default_start("signal 8x10", bad, good, "momentum")
    bad, good = (_mlp(10, 28, Style("relu", init), 1) for init in (None, HE))
    yield _default_start("mlp 10x28 regression", bad, good, "adam", SQUARED)


GROUPS = (_small_rates, _default_starts)
