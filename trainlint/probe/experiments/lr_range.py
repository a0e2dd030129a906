"""lr-range: does training work at this rate?

Statistic: the loss of paired runs on a fixed set of samples; for a small rate also the displacement of the weights after 20
steps, relative to their norm.

Flagged: network and optimizer as found, at the rate as found.

Counterfactual: the same at a tenth of the rate, or of the rate from which the rule warns for this optimizer where that is
less; for a small rate at the optimizer's usual one; for a missing warmup with 100 steps of it.

Decision: Confirmed if the network loses more than its twin in every seed (three clear ones, else five; nine of ten where
those are split), by at least 0.05 of the chance loss on average, and would still do so after 2,000 steps as extrapolated from
its curve (what is extrapolated from less than that must be the larger, up to twice as large); not reproduced if the
difference is below half of that, or below 0.15 and about to be made up for, and the twin learns. A small rate of a program
that plans more than 2,000 steps is confirmed only if the displacement, extrapolated to those, stays below 0.27 as well.

Threshold: 0.05 of the chance loss, from the scatter of healthy pairs; 0.27 from a sweep over rates and optimizers (AUC 0.997;
comparing losses alone found 25 to 45 % of the stalls).

Cost: 2 to 13 s of one core.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from trainlint.facts.rates import rate_band
from trainlint.model import Evidence
from trainlint.probe.case import Case, Unbuildable
from trainlint.probe.edits import with_rate, with_update
from trainlint.probe.experiments.api import INCONCLUSIVE, Experiment
from trainlint.probe.rebuild import rebuild
from trainlint.probe.spec import Measurement, Request, Variant
from trainlint.probe.statistics import Decision
from trainlint.probe.verdicts import evidence, judge_paired, shown, unmeasured

if TYPE_CHECKING:
    from trainlint.probe.worker.bench import Bench

TOO_LARGE, TOO_SMALL, NO_WARMUP = "TL401", "TL402", "TL415"

SHARE = 0.1
"""The twin's rate as a share of the one found, or of the one from which the rule warns."""

WARMUP = 100
"""Steps of warmup of the twin: a twentieth of the horizon of 2,000."""

STALL = 0.27
"""Relative displacement of the weights below which training has stalled (design measurements)."""

MOVES = 20
"""Steps after which the displacement is measured."""

PLANNED = 2000
"""Steps where the plan is not known; what verdicts speak of (worker/train.py)."""

USUAL = {"sgd": 0.1, "adagrad": 0.03, "adadelta": 1.0, "lion": 1e-4, "lars": 1.0, "lamb": 2e-3}
"""Rates that a small one is compared with: the libraries' defaults, 0.1 for SGD; 1e-3 for the others."""


def plan(case: Case) -> Request:
    """The network, scaled where it must be, with its optimizer."""
    built = rebuild(case)
    if built.variant.update.assumed:
        raise Unbuildable("; ".join(built.variant.update.notes))
    return replace(requested(case.finding.code, built.variant, built.other), notes=built.notes)


def requested(code: str, flagged: Variant, other: Variant | None = None) -> Request:
    """The request for a variant as found."""
    twin = mended(code, other) if other is not None else None
    return Request(
        EXPERIMENT.name, flagged, mended(code, flagged), code, other_flagged=other, other_mended=twin
    )


def mended(code: str, variant: Variant) -> Variant:
    """The twin that a rule proposes."""
    update = variant.update
    if code == NO_WARMUP:
        return with_update(variant, f"{WARMUP} steps of warmup", warmup=WARMUP)
    if code == TOO_SMALL:
        usual = USUAL.get(update.family, 1e-3) * (1 - update.momentum if 0 < update.momentum < 1 else 1)
        return with_rate(variant, float(f"{max(usual, update.lr):.3g}"))
    band = rate_band(update.family, update.momentum)
    rate = SHARE * (min(update.lr, band.warn) if band is not None and band.warn is not None else update.lr)
    return with_rate(variant, float(f"{rate:.3g}"))


def measure(request: Request, bench: Bench) -> Measurement:
    """Paired runs, and for a small rate the displacement."""
    moved = {}
    if request.code == TOO_SMALL:
        moved = {
            "displacement_flagged": bench.displacement(request.flagged, request.seeds[0], MOVES),
            "displacement_mended": bench.displacement(request.mended, request.seeds[0], MOVES),
        }
    return bench.measure(request, pooled=True, numbers=moved)


def judge(request: Request, measured: Measurement) -> Evidence:
    """The paired verdict; a small rate must also leave the weights where they are."""
    if measured.inconclusive:
        return unmeasured(request, measured)
    decision = judge_paired(measured)
    if request.code != TOO_SMALL:
        return evidence(request, measured, decision)
    steps = request.flagged.update.steps or PLANNED
    a, b = (measured.numbers[f"displacement_{side}"] * steps / MOVES for side in ("flagged", "mended"))
    if decision.verdict == "confirmed" and steps > PLANNED and a >= STALL:
        why = f"{steps} steps at this rate move the weights by {shown(a)} of their norm, which is enough"
        decision = Decision(INCONCLUSIVE, why, decision.effect, decision.expected)
    return evidence(
        request,
        measured,
        decision,
        statistic=f"displacement of the weights in {steps} steps",
        flagged=a,
        fixed=b,
        words=f"{steps} steps move the weights by {shown(a)} of their norm; with {request.mended.what} by {shown(b)}",
    )


EXPERIMENT = Experiment("lr-range", plan, measure, judge, off_for=frozenset({"TL415"}))
"""Off for a missing warmup: no held cell had an effect (benchmarks/calibration/RESULTS.md)."""
