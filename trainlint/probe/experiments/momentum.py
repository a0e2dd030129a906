"""momentum: does training work with these momenta?

Statistic: the loss of paired runs.

Flagged: network, rate and optimizer as found, with its momentum or betas.

Counterfactual: a momentum of 0.9, and betas of 0.9 and 0.999, wherever the optimizer's own are outside of the useful range.

Decision: Confirmed if the network loses more than its twin in every seed (three clear ones, else five; nine of ten where those
are split), by at least 0.05 of the chance loss on average, and would still do so after 2,000 steps as extrapolated from its
curve; not reproduced if the difference is below half of that, or below 0.15 and about to be made up for, and the twin learns.

Threshold: 0.05 of the chance loss, from the scatter of healthy pairs. A missing momentum is not probed: it acts as a tenfold
smaller rate, and nothing else was found.

Cost: 2 to 6 s of one core.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from trainlint.model import Evidence
from trainlint.probe.case import Case, Unbuildable
from trainlint.probe.experiments.api import Experiment
from trainlint.probe.rebuild import rebuild
from trainlint.probe.spec import Measurement, Request, UpdateSpec, Variant
from trainlint.probe.verdicts import evidence, judge_paired, unmeasured

if TYPE_CHECKING:
    from trainlint.probe.worker.bench import Bench

MOMENTUM, BETAS = 0.9, (0.9, 0.999)
"""What the libraries' documentation and the papers use (Kingma & Ba 2015, section 2; Goodfellow et al. 2016, section 8.3.2)."""


def plan(case: Case) -> Request:
    """The network, scaled where it must be, with its optimizer."""
    built = rebuild(case)
    return replace(requested(case.finding.code, built.variant, built.other), notes=built.notes)


def requested(code: str, flagged: Variant, other: Variant | None = None) -> Request:
    """The request for a variant as found.

    Raises:
        Unbuildable: its momenta are usual ones.
    """
    twin = mended(other) if other is not None else None
    return Request(EXPERIMENT.name, flagged, mended(flagged), code, other_flagged=other, other_mended=twin)


def mended(variant: Variant) -> Variant:
    """The twin with usual momenta."""
    update = variant.update
    if update.family in ("sgd", "rmsprop", "lars") and not 0 <= update.momentum < 1:
        return replace(variant, update=replace(update, momentum=MOMENTUM), what=f"a momentum of {MOMENTUM:g}")
    if _strange(update):
        return replace(variant, update=replace(update, betas=BETAS), what="betas of {} and {}".format(*BETAS))
    raise Unbuildable("the momentum of the rebuilt update is a usual one")


def _strange(update: UpdateSpec) -> bool:
    """Betas outside of [0, 1), or the first one above the second."""
    first, second = (*update.betas, 0.999)[:2]
    return not 0 <= first < 1 or not 0 <= second < 1 or first > second


def measure(request: Request, bench: Bench) -> Measurement:
    """Paired runs."""
    return bench.measure(request)


def judge(request: Request, measured: Measurement) -> Evidence:
    """The paired verdict."""
    if measured.inconclusive:
        return unmeasured(request, measured)
    return evidence(request, measured, judge_paired(measured))


EXPERIMENT = Experiment("momentum", plan, measure, judge)
