"""target-scale: what it costs to train a regression on targets in raw units (TL502).

Statistic: the share of the targets' variance that is left unexplained on the samples that were trained on, after up to 800
steps. The share, not the loss, because the two variants' losses have different units.

Flagged: network, loss and optimizer as found, on targets with the range of the raw column where it is known, else
with a deviation of 100 around 200, which is assumed and said.

Counterfactual: the same targets standardised, from the same start, with the same inputs in the same order.

Decision: Confirmed if all seeds agree and the mended variant leaves at least 0.08 less unexplained on average; not
reproduced if the difference stays below half of that and the mended variant has learned. What is not finite counts as worst.

Threshold: chosen on perceptrons of 2 and 5 layers, SGD with and without momentum and Adam, targets of 1 to 1,000 units
(`benchmarks/probe_calibration.py`, cells that are not held back). Adam makes up for targets of ten units and less, and is
then not confirmed.

Cost: three to five seeds of two variants, 1 to 6 s on a core.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from trainlint.model import Evidence
from trainlint.probe.edits import with_task
from trainlint.probe.experiments.api import Case, Experiment, Measurement, Request, Unbuildable
from trainlint.probe.rebuild import rebuild
from trainlint.probe.spec import TaskSpec, Variant
from trainlint.probe.verdicts import UNITS
from trainlint.probe.weighing import evidence, in_words, weighed

MINIMUM = 0.08
"""Share of the variance that standardised targets must save. Adam on targets of ten units, whose long runs differ by 0.05,
is 0.02 to 0.06 behind at 800 steps; on a hundred units (long runs: 0.1) it is 0.1 and more."""

RAW_SCALE, RAW_OFFSET = 100.0, 200.0
"""Deviation and mean of a raw column whose values are not known."""

WHAT = "error"


def plan(case: Case) -> Request:
    """Raw targets against standardised ones.

    Raises:
        Unbuildable: the network cannot be rebuilt, or its targets are no real numbers.
    """
    rebuilt = rebuild(case)
    request = requested(case.finding.code, rebuilt.variant)
    return replace(request, notes=(*rebuilt.notes, *request.notes))


def requested(code: str, found: Variant) -> Request:
    """The request for a variant as found; targets of deviation 1 around 0 are taken for some whose units are not known.

    Raises:
        Unbuildable: its targets are no real numbers.
    """
    task, notes = found.task, tuple[str, ...]()
    if task.kind != "regression":
        raise Unbuildable("the targets of this loss are no real numbers")
    if task.target_scale == 1.0 and task.target_offset == 0.0:
        found = with_task(found, "raw targets", target_scale=RAW_SCALE, target_offset=RAW_OFFSET)
        notes = (f"raw targets: {RAW_OFFSET:g} +- {RAW_SCALE:g} assumed",)
    mended = replace(found, task=standardised(found.task), what="standardised targets")
    options = {UNITS: notes[0]} if notes else {}
    return Request("target-scale", found, mended, code, "the targets", notes=notes, options=options)


def standardised(task: TaskSpec) -> TaskSpec:
    """The same targets with mean 0 and deviation 1."""

    def scaled(bound: float | None) -> float | None:
        return None if bound is None else (bound - task.target_offset) / task.target_scale

    return replace(
        task, target_scale=1.0, target_offset=0.0, low=scaled(task.low), high=scaled(task.high), positive=False
    )  # fmt: skip


def measure(request: Request, bench: Any) -> Measurement:
    """Both variants trained on a fixed set."""
    from trainlint.probe.worker.trials import tried

    return tried(request, WHAT, minimum=MINIMUM, budget=bench.budget)


def judge(request: Request, measurement: Measurement) -> Evidence:
    """By the variance that is left."""
    decision = weighed(measurement, WHAT, MINIMUM)
    detail = "unexplained variance: " + in_words(measurement, decision, WHAT, request.mended.what)
    return evidence(request, measurement, decision, WHAT, "unexplained variance", detail)


EXPERIMENT = Experiment("target-scale", plan, measure, judge)
