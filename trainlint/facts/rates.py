"""Which learning rates an optimizer tolerates on normalised data: one table, with sources.

Measured (torch 2.13, CPU; MLPs of depth 2-20 and width to 128, small CNNs, RNNs and transformers, synthetic
tasks): the rate from which training is hurt in most cells (`warn`), from which it fails whatever the network
(`error`), and the product rate x steps below which the weights hardly move (`stall`).
Optimizers without a measurement take the values of the documentation named in `source`; None stays silent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RateBand:
    """Rates from which a finding is due. stall: rate x steps below which training is certain to stall.

    above: the warning begins above `warn`, not at it. At 0.03 itself Adam failed in some measured cells only, and small
    policies of reinforcement learning are commonly trained so.
    """

    warn: float | None
    error: float | None
    stall: float | None
    source: str
    above: bool = False


_MEASURED = "measured with trainlint's learning-rate sweep, see the module's docstring"

_BANDS: dict[str, RateBand] = {
    "sgd": RateBand(1.0, 10.0, 0.03, _MEASURED),
    "sgd_momentum": RateBand(0.3, 3.0, 3e-3, _MEASURED),
    "adam": RateBand(0.03, 0.3, 2e-3, _MEASURED, above=True),
    "rmsprop": RateBand(0.03, 0.3, 7e-4, _MEASURED, above=True),
    "adagrad": RateBand(0.3, 10.0, 1e-3, _MEASURED + "; its stall bound is on rate x sqrt(steps)"),
}

_ALIASES = {"adamw": "adam", "nadam": "adam", "radam": "adam", "adamax": "adam"}
"""Variants of Adam move each weight by about the rate a step, as Adam does (Kingma & Ba 2015, section 2.1)."""

MOMENTUM_FROM = 0.5
"""Momentum m multiplies the effective rate by 1 / (1 - m) (Goodfellow et al. 2016, section 8.3.2)."""


def bands() -> Mapping[str, RateBand]:
    """The whole table by key."""
    return _BANDS


def band_key(family: str, momentum: float | None) -> str | None:
    """The row of an optimizer, or None where nothing is known (Adadelta, LBFGS, Prodigy, ...).

    momentum: for SGD; None for unknown, which takes the more tolerant row of plain SGD.
    """
    if family == "sgd" and momentum is not None and momentum >= MOMENTUM_FROM:
        return "sgd_momentum"
    key = _ALIASES.get(family, family)
    return key if key in _BANDS else None


def rate_band(family: str, momentum: float | None) -> RateBand | None:
    """The band of an optimizer family; see `band_key`."""
    key = band_key(family, momentum)
    return _BANDS[key] if key is not None else None
