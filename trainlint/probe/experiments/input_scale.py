"""input-scale: what it costs to train on inputs in raw units (TL501), scaled twice (TL505) or by foreign statistics (TL509).

Statistic: the loss on the samples that were trained on, as a share of the chance loss, after up to 800 steps.

Flagged: the network as found, its inputs with mean and deviation as found: bytes (127.5 +- 73.6, the moments of
uniform values from 0 to 255), columns of a table (100 +- 50, assumed and said), pixels divided twice (0.002 +- 0.0011).

Counterfactual: the same inputs standardised, from the same start, in the same order.

Decision: Confirmed if all seeds agree and the mended variant's loss is lower by at least 0.08 of the chance loss; not
reproduced if the difference stays below half of that and the mended variant has learned. Batch norm at the input, and Adam on
bytes, make up for the scale, and come out as not reproduced. Where the size of the input was guessed, a second size must agree.

Threshold: chosen on perceptrons of 2 and 5 layers with and without batch norm, SGD and Adam, three scales
(`benchmarks/probe_calibration.py`, cells that are not held back).

Cost: three to five seeds of two variants, 2 to 8 s on a core.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from trainlint.facts.targets import describe
from trainlint.facts.units import raw_source
from trainlint.model import Evidence
from trainlint.probe.edits import with_task
from trainlint.probe.experiments.api import Case, Experiment, Measurement, Request, Unbuildable
from trainlint.probe.rebuild import rebuild
from trainlint.probe.spec import Variant
from trainlint.probe.verdicts import UNITS
from trainlint.probe.weighing import evidence, in_words, weighed

MINIMUM = 0.08
"""Share of the chance loss that standardised inputs must save."""

BYTES = 255 / math.sqrt(12), 127.5
"""Deviation and mean of values spread evenly over 0 to 255."""

COLUMNS = 50.0, 100.0
"""The same of a table's columns, whose units are not known."""

GUESSED = "columns of a table, their units assumed"
WHAT = "loss"


def plan(case: Case) -> Request:
    """Inputs as found against standardised ones.

    Raises:
        Unbuildable: the network cannot be rebuilt, or has no inputs of real numbers.
    """
    rebuilt = rebuild(case)
    (scale, offset), words = found_scale(case)
    request = requested(case.finding.code, rebuilt.variant, scale, offset, words, rebuilt.other)
    return replace(request, notes=(*rebuilt.notes, *request.notes))


def requested(
    code: str,
    found: Variant,
    scale: float,
    offset: float,
    words: str = "as found",
    other: Variant | None = None,
) -> Request:
    """The request for a variant whose inputs have this deviation and mean.

    Raises:
        Unbuildable: its inputs are no real numbers.
    """
    if any(i.tokens for i in found.network.inputs):
        raise Unbuildable("the inputs are indices, which have no scale")
    note = f"inputs {offset:.3g} +- {scale:.3g}: {words}"
    variants = [found, *([other] if other is not None else [])]
    flagged = [with_task(v, words, input_scale=scale, input_offset=offset) for v in variants]
    mended = [with_task(v, "standardised inputs", input_scale=1.0, input_offset=0.0) for v in variants]
    return Request(
        "input-scale", flagged[0], mended[0], code, "the inputs",
        other_flagged=flagged[1] if len(flagged) > 1 else None,
        other_mended=mended[1] if len(mended) > 1 else None,
        notes=(note,), options={UNITS: note} if words == GUESSED else {},
    )  # fmt: skip


def found_scale(case: Case) -> tuple[tuple[float, float], str]:
    """Deviation and mean of the inputs of a finding, and what they are."""
    (scale, offset), code = BYTES, case.finding.code
    if code == "TL505":
        return (scale / 255**2, offset / 255**2), "pixels divided by 255 twice"
    if code == "TL509":
        return (4 * scale, 4 * (offset - 0.5)), "bytes less 0.5, divided by 0.25"
    calls = [c for c in case.program.calls if c.location == case.finding.location and c.inputs]
    raw = next((r for c in calls if (r := raw_source(case.program.graph, c.inputs[0])) is not None), None)
    if raw is not None and raw.kind == "image":
        return BYTES, "pixels from 0 to 255"
    made = next((known for c in calls if (known := describe(c.inputs[0]).range) is not None), None)
    if raw is None and made is not None and made.high > made.low:
        return made.spread, f"values from {made.describe()}"
    return COLUMNS, GUESSED


def measure(request: Request, bench: Any) -> Measurement:
    """Both variants trained on a fixed set."""
    from trainlint.probe.worker.trials import tried

    return tried(request, WHAT, minimum=MINIMUM, budget=bench.budget)


def judge(request: Request, measurement: Measurement) -> Evidence:
    """By the loss that is left."""
    decision = weighed(measurement, WHAT, MINIMUM)
    detail = in_words(measurement, decision, WHAT, request.mended.what)
    return evidence(request, measurement, decision, WHAT, "loss after training", detail)


EXPERIMENT = Experiment("input-scale", plan, measure, judge)
