"""gradient-explosion: does training break, or stay behind, without a fitting bound on the gradient's norm?

Statistic: the largest norm of the gradient in a run, and the loss of paired runs on a fixed set of samples.

Flagged: network, rate and optimizer as found, with the clipping as found.

Counterfactual: the same with the norm of the gradient clipped at 1.

Decision: Confirmed if the network loses more than its twin in every seed (three clear ones, else five; nine of ten where
those are split), by at least 0.05 of the chance loss on average, and would still do so after 2,000 steps as extrapolated from
its curve (what is extrapolated from less than that must be the larger, up to twice as large); not reproduced if the
difference is below half of that, or below 0.15 and about to be made up for, and the twin learns. Runs that leave it open are
carried on, as far as the time allows.

Threshold: 0.05 of the chance loss, from the scatter of healthy pairs; a run that is not finite counts as twice the chance
loss. Large norms alone do not decide: LSTM and GRU were harmed once in 120 runs.

Cost: 3 to 15 s of one core.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from trainlint.model import Evidence
from trainlint.probe.case import Case
from trainlint.probe.experiments.api import Experiment
from trainlint.probe.rebuild import rebuild
from trainlint.probe.spec import Measurement, Request, Variant
from trainlint.probe.verdicts import evidence, judge_paired, shown, unmeasured

if TYPE_CHECKING:
    from trainlint.probe.worker.bench import Bench

CLIP = 1.0
"""The norm that the rules propose: the usual one of recurrent networks and transformers."""


def plan(case: Case) -> Request:
    """The network, scaled where it must be, with its optimizer."""
    built = rebuild(case)
    return replace(requested(case.finding.code, built.variant, built.other), notes=built.notes)


def requested(code: str, flagged: Variant, other: Variant | None = None) -> Request:
    """The request for a variant as found."""
    twin = mended(other) if other is not None else None
    return Request(EXPERIMENT.name, flagged, mended(flagged), code, other_flagged=other, other_mended=twin)


def mended(variant: Variant) -> Variant:
    """The twin whose norm is clipped."""
    return replace(
        variant,
        update=replace(variant.update, clip="norm", clip_max=CLIP),
        what=f"the norm clipped at {CLIP:g}",
    )


def measure(request: Request, bench: Bench) -> Measurement:
    """Paired runs, which record the norms."""
    measured = bench.measure(request, pooled=True)
    norms = next((s for s in measured.series if s.kind == "gradient-norm"), None)
    largest = (
        {}
        if norms is None
        else {
            "largest_norm_flagged": max(max(run) for run in norms.flagged),
            "largest_norm_mended": max(max(run) for run in norms.mended),
        }
    )
    return replace(measured, numbers={**measured.numbers, **largest})


def judge(request: Request, measured: Measurement) -> Evidence:
    """The paired verdict, with the largest norm beside it."""
    if measured.inconclusive:
        return unmeasured(request, measured)
    a, b = (measured.numbers[f"largest_norm_{side}"] for side in ("flagged", "mended"))
    grown = f"grows to {shown(a)}" if math.isfinite(a) else "is not finite in the end"
    return evidence(
        request,
        measured,
        judge_paired(measured),
        statistic="largest norm of the gradient",
        flagged=a,
        fixed=b,
        words=f"the gradient's norm {grown}; with {request.mended.what} it is {shown(b)} before clipping",
    )


EXPERIMENT = Experiment("gradient-explosion", plan, measure, judge, off_for=frozenset({"TL702"}))
"""Off for recurrent networks: what breaks them comes later than a probe lasts (benchmarks/calibration/RESULTS.md)."""
