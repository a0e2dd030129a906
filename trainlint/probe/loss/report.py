"""A loss's verdict for people and for programs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from trainlint.probe.loss.descend import Trial
from trainlint.probe.loss.verdict import LossVerdict

_TRIED = 12
"""So many kinds are listed where none descends."""


def loss_lines(verdict: LossVerdict) -> Iterator[str]:
    """The verdict in a few lines."""
    trial = verdict.trial
    assert trial is not None
    assumed = "; ".join((f"{trial.predicts} against {trial.against}", *verdict.notes))
    if verdict.descends:
        yield f"{verdict.name} descends: {_course(trial)}."
        yield f"  assumed: {assumed}"
        return
    yield f"{verdict.name} does not descend (TL219): {trial.reason}."
    if trial.losses:
        yield f"  measured: {_course(trial)}"
    yield f"  assumed: {assumed}"
    others = [t for t in verdict.trials if t != trial]
    raised = [t for t in others if t.verdict == "raises"]
    for other in [t for t in others if t.verdict != "raises"][:_TRIED]:
        yield f"  also tried: {other.predicts} against {other.against}: {other.verdict}"
    if raised:
        yield f"  {len(raised)} other kinds of prediction and target raise, the first one {raised[0].reason}"


def _course(trial: Trial) -> str:
    steps = len(trial.losses) - 1
    words = f"{trial.losses[0]:.3g} to {trial.losses[-1]:.3g} in {steps} steps of plain gradient descent at a rate of {trial.rate:g}"
    if trial.before is not None and trial.after is not None:
        measure = (
            "accuracy"
            if "class" in trial.kind or trial.kind in ("one-hot", "shares")
            else "agreement with the targets"
        )
        words += f"; {measure} {trial.before:.2f} to {trial.after:.2f}"
    return words


def loss_object(verdict: LossVerdict) -> dict[str, Any]:
    """Everything, for JSON."""
    trial = verdict.trial
    return {
        "loss": verdict.name,
        "code": None if verdict.descends or trial is None else "TL219",
        "descends": verdict.descends if trial is not None else None,
        "verdict": trial.verdict if trial is not None else "not called",
        "reason": (trial.reason if trial is not None else verdict.error) or None,
        "assumed": {"prediction": trial.predicts, "target": trial.against} if trial is not None else None,
        "notes": list(verdict.notes),
        "rate": trial.rate if trial is not None else None,
        "first_loss": _number(trial.losses[0]) if trial is not None and trial.losses else None,
        "last_loss": _number(trial.losses[-1]) if trial is not None and trial.losses else None,
        "before": _number(trial.before) if trial is not None else None,
        "after": _number(trial.after) if trial is not None else None,
        "trials": [_trial(t) for t in verdict.trials],
        "isolation": list(verdict.isolation),
    }


def _trial(trial: Trial) -> dict[str, Any]:
    return {
        "prediction": trial.predicts,
        "target": trial.against,
        "verdict": trial.verdict,
        "reason": trial.reason or None,
        "rate": trial.rate,
        "losses": [_number(x) for x in trial.losses],
        "before": _number(trial.before),
        "after": _number(trial.after),
        "first_gradient": _number(trial.gradient),
    }


def _number(value: float | None) -> float | None:
    """To four significant digits; null where it is not finite."""
    return float(f"{value:.4g}") if value is not None and math.isfinite(value) else None
