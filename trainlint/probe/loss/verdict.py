"""From trials of several kinds to one verdict on a loss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trainlint.probe.loss.descend import Trial

GRAVEST = (
    "reversed",
    "useless",
    "stuck",
    "not finite",
    "zero gradient",
    "no graph",
    "not a scalar",
    "raises",
)
"""Which failure is told where no kind descends: the one that got farthest, for the others came from a wrong assumption."""


@dataclass(frozen=True)
class LossVerdict:
    """descends: whether any kind did; the trial that it stands on; all trials; what was assumed to call it."""

    name: str
    descends: bool
    trial: Trial | None
    trials: tuple[Trial, ...]
    notes: tuple[str, ...] = ()
    error: str = ""
    """Why the loss could not be called at all; "" where it could."""
    isolation: tuple[str, ...] = ()


def decide(name: str, trials: Sequence[Trial], notes: Sequence[str] = ()) -> LossVerdict:
    """The verdict: it descends if it does for any kind that it may have been meant for."""
    for trial in trials:
        if trial.verdict == "descends":
            return LossVerdict(name, True, trial, tuple(trials), tuple(notes))
    for word in GRAVEST:
        for trial in trials:
            if trial.verdict == word:
                return LossVerdict(name, False, trial, tuple(trials), tuple(notes))
    return LossVerdict(name, False, None, tuple(trials), tuple(notes), "no trial was made")
