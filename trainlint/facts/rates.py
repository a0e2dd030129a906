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


# -- networks with published weights


@dataclass(frozen=True, slots=True)
class TuningBound:
    """The rate from which (or, with `above`, beyond which) published weights are lost rather than adapted."""

    rate: float
    source: str
    above: bool = False


_LANGUAGE = (
    "rates of 2e-5 to 5e-5 (Devlin et al. 2019, BERT, A.3), 1e-4 to 3e-4 for T5 (documentation of transformers); 1e-3 is "
    "the optimizer's default, for training from scratch"
)
_VISION = (
    "Adam at 1e-5 once the body is unfrozen (Keras transfer learning guide); the largest rate that a library "
    "offers for fine-tuning is fastai's 2e-3 to 3e-3"
)
_MOMENTUM = (
    "grids for fine-tuning have their best rates near 0.01 (Kornblith et al. 2019, A.5; Kolesnikov et al. 2020, BiT: 0.003); "
    "0.1 is the rate from scratch (He et al. 2016)"
)

_TUNING: dict[tuple[str, str], TuningBound] = {
    ("transformer", "adam"): TuningBound(1e-3, _LANGUAGE),
    ("transformer", "rmsprop"): TuningBound(1e-3, _LANGUAGE),
    ("vision", "adam"): TuningBound(3e-3, _VISION, above=True),
    ("vision", "rmsprop"): TuningBound(3e-3, _VISION, above=True),
    ("vision", "sgd_momentum"): TuningBound(0.1, _MOMENTUM),
    ("transformer", "sgd_momentum"): TuningBound(0.1, _MOMENTUM),
    ("vision", "sgd"): TuningBound(1.0, _MOMENTUM + "; without momentum a tenfold rate is the same"),
    ("transformer", "sgd"): TuningBound(1.0, _MOMENTUM + "; without momentum a tenfold rate is the same"),
}


def tuning_bounds() -> Mapping[tuple[str, str], TuningBound]:
    """The bounds for fine-tuning by (sort of network: transformer, vision; row of the optimizer)."""
    return _TUNING


def tuning_bound(sort: str, family: str, momentum: float | None) -> TuningBound | None:
    """The bound for an optimizer on a sort of network; None where nothing is documented (Adafactor, Lion, ...)."""
    return _TUNING.get((sort, band_key(family, momentum) or ""))
