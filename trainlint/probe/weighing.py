"""Verdicts and words for experiments that train both variants on a fixed set (`worker/trials.py`). No torch."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from trainlint.model import Evidence
from trainlint.probe.spec import Measurement, Request
from trainlint.probe.statistics import Decision, decide, share
from trainlint.probe.verdicts import without_guess

MINIMUM = 0.05
"""Effect that is asked for, in chance losses (or errors of chance), where an experiment states none of its own."""


def weighed(found: Measurement, what: str, minimum: float = MINIMUM) -> Decision:
    """The decision by what was left at the end; where there is a second size, both must agree.

    what: `loss` or `error`.
    """
    decision = decide(found.runs[f"{what}_flagged"], found.runs[f"{what}_mended"], minimum=minimum)
    if f"other_{what}_flagged" not in found.runs:
        return decision
    other = decide(found.runs[f"other_{what}_flagged"], found.runs[f"other_{what}_mended"], minimum=minimum)
    if other.verdict == decision.verdict:
        return decision
    why = "the size of the input was guessed, and at another size it comes out differently"
    return Decision("inconclusive", why, decision.effect, decision.expected)


def mean_of(found: Measurement, name: str) -> float:
    """The mean over seeds of a run's shares, each at most `statistics.WORST`."""
    values = [share(value) for value in found.runs[name]]
    return sum(values) / len(values)


def numbers_of(found: Measurement, decision: Decision, score: float | None = None) -> Mapping[str, Any]:
    """Everything that was measured, to four digits; `score` is the larger the more a fault shows."""
    interval = decision.effect.half
    return {
        "score": rounded(decision.effect.mean if score is None else score),
        "effect": rounded(decision.effect.mean),
        "interval": rounded(interval) if math.isfinite(interval) else None,
        "agree": decision.effect.agree,
        "seeds": list(found.seeds),
        **{name: rounded(value) for name, value in found.numbers.items()},
        **{name: [rounded(value) for value in values] for name, values in found.runs.items()},
    }


def rounded(value: float) -> float:
    """To four significant digits."""
    return float(f"{value:.4g}") if math.isfinite(value) else value


def evidence(
    request: Request, found: Measurement, decision: Decision, what: str, statistic: str, detail: str
) -> Evidence:
    """Evidence of a paired training: its figures are the mean `loss` or `error` of each variant."""
    decision = without_guess(decision, request)
    flagged, mended = mean_of(found, f"{what}_flagged"), mean_of(found, f"{what}_mended")
    return Evidence(
        decision.verdict,
        statistic,
        rounded(flagged),
        rounded(mended),
        detail if decision.verdict != "inconclusive" else f"{decision.why} ({detail})",
        request.experiment,
        numbers_of(found, decision),
        found.series,
        (*request.notes, *found.notes),
    )


def in_words(found: Measurement, decision: Decision, what: str, mended: str) -> str:
    """`loss after 800 steps 0.98 of chance; standardised 0.21; 5 of 5 seeds`."""
    names = {
        "loss": ("loss", "of chance"),
        "error": ("error of the answers", "of chance"),
    }
    name, unit = names[what]
    return (
        f"{name} after {found.numbers['steps']:.0f} steps {_left(found, f'{what}_flagged')} {unit}; {mended} "
        f"{_left(found, f'{what}_mended')}; {decision.effect.agree} of {decision.effect.seeds} seeds"
    )


def _left(found: Measurement, name: str) -> str:
    values = found.runs[name]
    broken = sum(not math.isfinite(v) for v in values)
    if broken == len(values):
        return "not finite"
    words = f"{mean_of(found, name):.2f}"
    return f"{words} ({broken} of {len(values)} not finite)" if broken else words
