"""gradient-noise: a batch that is too small for its learning rate (TL301, TL302).

Statistic: the loss on the samples that were trained on after the same number of updates (up to 800), as a share of the chance
loss.

Flagged: batch size and rate as found.

Counterfactual: TL301: batches of 32 at the same rate. TL302: the same batches
at a rate scaled down in proportion to the batch (by batch / 32).

Decision: Confirmed if all seeds agree and the mended variant's loss is lower by at least 0.08 of the chance loss; not
reproduced if the difference stays below half of that and the mended variant has learned. Equal updates, not equal samples, are
compared: at equal samples a batch of 4 beats one of 32 but at high rates, and small batches cost wall time instead.

Threshold: chosen on perceptrons of 3 layers with SGD at three rates and batches of 1 and 4 (`benchmarks/probe_calibration.py`,
cells that are not held back).

Cost: three to five seeds of two variants, 2 to 5 s on a core.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from trainlint.model import Evidence
from trainlint.probe.edits import with_rate, with_task
from trainlint.probe.experiments.api import Case, Experiment, Measurement, Request, Unbuildable
from trainlint.probe.rebuild import rebuild
from trainlint.probe.rebuild.task import batch_size
from trainlint.probe.spec import Variant
from trainlint.probe.weighing import evidence, in_words, weighed

MINIMUM = 0.08
"""Share of the chance loss that the larger batch (or the smaller rate) must save."""

USUAL = 32
"""Batch size of the counterfactual."""

WHAT = "loss"


def plan(case: Case) -> Request:
    """The batch as found against one of 32, or against a rate that fits it.

    Raises:
        Unbuildable: the network cannot be rebuilt, or the batch is not known or not small.
    """
    rebuilt = rebuild(case)
    size = batch_size(case.program)
    if size is None:
        raise Unbuildable("the batch size is not known")
    if size >= USUAL:
        raise Unbuildable(f"a batch of {size} is not small; large ones are not measured in seconds")
    found = with_task(rebuilt.variant, "as found", batch=size)
    return replace(requested(case.finding.code, found), notes=rebuilt.notes)


def requested(code: str, found: Variant) -> Request:
    """The request for a variant as found, at its own batch size."""
    if code == "TL302":
        mended = with_rate(found, found.update.lr * found.task.batch / USUAL)
    else:
        mended = with_task(found, f"batches of {USUAL}", batch=USUAL)
    return Request("gradient-noise", found, mended, code, "the batch")


def measure(request: Request, bench: Any) -> Measurement:
    """Both variants trained on a fixed set for the same number of updates."""
    from trainlint.probe.worker.trials import tried

    return tried(request, WHAT, minimum=MINIMUM, budget=bench.budget)


def judge(request: Request, measurement: Measurement) -> Evidence:
    """By the loss that is left."""
    decision = weighed(measurement, WHAT, MINIMUM)
    detail = in_words(measurement, decision, WHAT, request.mended.what)
    return evidence(request, measurement, decision, WHAT, "loss after training", detail)


EXPERIMENT = Experiment("gradient-noise", plan, measure, judge, on=False)
