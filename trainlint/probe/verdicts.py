"""From a measurement to evidence: the verdict of paired runs, and the line of numbers under a finding."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from trainlint.model import Evidence
from trainlint.probe.experiments.api import INCONCLUSIVE
from trainlint.probe.spec import Measurement, Request
from trainlint.probe.statistics import HORIZON, MINIMUM_EFFECT, Decision, as_far_as_known, decide


def judge_paired(measured: Measurement, minimum: float = MINIMUM_EFFECT) -> Decision:
    """The verdict of the paired runs in a measurement; where there is a second size, both must agree."""
    first = _decided(measured, "", minimum)
    if "other_too_large" in measured.runs:
        return Decision(
            INCONCLUSIVE,
            "a second size of the guessed input is too large to be tried",
            first.effect,
            first.expected,
        )
    if "other_loss_flagged" not in measured.runs:
        return first
    second = _decided(measured, "other_", minimum)
    if first.verdict == second.verdict:
        return first
    if INCONCLUSIVE in (first.verdict, second.verdict) and first.verdict != INCONCLUSIVE:
        why = "at another size of the guessed input it cannot be told"
    else:
        why = (
            "it depends on the size of the input, which is guessed"
            if first.verdict != INCONCLUSIVE
            else first.why
        )
    return Decision(INCONCLUSIVE, why, first.effect, first.expected)


def _decided(measured: Measurement, prefix: str, minimum: float) -> Decision:
    runs = measured.runs
    return decide(
        runs[f"{prefix}loss_flagged"],
        runs[f"{prefix}loss_mended"],
        (runs[f"{prefix}expected_flagged"], runs[f"{prefix}expected_mended"]),
        minimum,
        measured.numbers.get("steps", HORIZON) / HORIZON,
    )


def evidence(
    request: Request,
    measured: Measurement,
    decision: Decision,
    *,
    statistic: str = "",
    flagged: float | None = None,
    fixed: float | None = None,
    words: str = "",
) -> Evidence:
    """Evidence with every number. statistic, flagged, fixed: what the experiment is about beside the loss, which stands in
    where there is none; words: the same for people, before the losses."""
    decision = without_guess(decision, request)
    chance = measured.numbers.get("chance_loss", math.nan)
    losses = _means(measured)
    if not statistic:
        statistic = f"loss after {measured.numbers.get('steps', 0):.0f} steps"
        flagged, fixed = (rounded(loss * chance) for loss in losses)
    line = "; ".join(part for part in (words, loss_words(request, measured, decision)) if part)
    if decision.verdict == INCONCLUSIVE:
        line = f"{decision.why} ({line})"
    return Evidence(
        decision.verdict,
        statistic,
        rounded(flagged),
        rounded(fixed),
        line,
        request.experiment,
        _numbers(measured, decision),
        measured.series,
        (*request.notes, *measured.notes),
    )


UNITS = "assumed_units"
"""Option of a request: in words, the units that stand in for some that are not known."""


def without_guess(decision: Decision, request: Request) -> Decision:
    """The decision, but none that there is nothing where the update or the units were guessed."""
    units = request.options.get(UNITS)
    decision = as_far_as_known(decision, assumed(request))
    return as_far_as_known(decision, (units,) if units else (), "other units")


def assumed(request: Request) -> tuple[str, ...]:
    """What stands in for an update that is not known."""
    update = request.flagged.update
    return (update.notes or ("the update is not known",)) if update.assumed else ()


def unmeasured(request: Request, measured: Measurement) -> Evidence:
    """Evidence where nothing could be measured."""
    return Evidence(
        INCONCLUSIVE, detail=measured.inconclusive, experiment=request.experiment, notes=request.notes
    )


def loss_words(request: Request, measured: Measurement, decision: Decision) -> str:
    """`loss after 60 steps 2.30 against 0.41 with ReLU and He initialisation (chance 2.30); worse in 5 of 5 seeds`."""
    chance, steps = measured.numbers.get("chance_loss", math.nan), measured.numbers.get("steps", 0)
    a, b = (_loss(measured.runs[f"loss_{side}"], chance) for side in ("flagged", "mended"))
    return (
        f"loss after {steps:.0f} steps {a} against {b} with {request.mended.what} (chance {shown(chance)}); "
        f"worse in {decision.effect.agree} of {decision.effect.seeds} seeds"
    )


def _loss(losses: Sequence[float], chance: float) -> str:
    """The mean loss; runs that broke are counted apart."""
    finite = [loss * chance for loss in losses if math.isfinite(loss)]
    broken = len(losses) - len(finite)
    mean = shown(sum(finite) / len(finite)) if finite else "NaN"
    return f"{mean} (NaN in {broken} of {len(losses)} runs)" if broken and finite else mean


def _means(measured: Measurement) -> tuple[float, float]:
    flagged, mended = measured.runs["loss_flagged"], measured.runs["loss_mended"]
    return sum(flagged) / len(flagged), sum(mended) / len(mended)


def _numbers(measured: Measurement, decision: Decision) -> Mapping[str, Any]:
    effect = decision.effect
    return {
        **{name: rounded(value) for name, value in measured.numbers.items()},
        **{name: [rounded(v) for v in values] for name, values in measured.runs.items()},
        "effect": rounded(effect.mean),
        "effect_interval": [rounded(effect.mean - effect.half), rounded(effect.mean + effect.half)],
        "score": rounded(decision.expected.mean),
        "seeds": list(measured.seeds),
        "seeds_that_agree": effect.agree,
    }


def rounded(value: float | None) -> float | None:
    """To four significant digits; None where it is no finite number."""
    if value is None or not math.isfinite(value):
        return None
    return float(f"{value:.4g}")


def shown(value: float) -> str:
    """A number for people: two digits after the point for usual losses, else three significant ones."""
    if math.isnan(value) or math.isinf(value):
        return "NaN"
    return f"{value:.2f}" if 0.095 <= abs(value) < 1000 else f"{value:.2g}"
