"""eval-mode: what an evaluation in training mode reports instead of what the network can do (TL006, TL032).

Statistic: (1) the largest difference between the outputs of both modes for the same samples, as a part of their size; (2) the loss
on the samples that were trained on, measured in both modes after up to 800 steps, as a share of the chance loss.

Flagged: the network as found, measured in training mode, in batches of the size it is trained with.

Counterfactual: the same
network after the same training, measured in evaluation mode.

Decision: Confirmed if the outputs differ by more than 0.001, all seeds agree, and training mode reports a loss that is higher
by at least 0.04 of the chance loss. Not reproduced if the outputs are the same, or the loss is higher by less than half of that.

Threshold: the outputs of networks with dropout or batch norm differ by at least 0.048, of others not at all; the loss on
perceptrons of 2 and 5 layers (`benchmarks/probe_calibration.py`, cells that are not held back).

Cost: three to five seeds, 1 to 5 s on a core.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from trainlint.model import Evidence
from trainlint.probe.experiments.api import NOT_REPRODUCED, Case, Experiment, Measurement, Request
from trainlint.probe.rebuild import rebuild
from trainlint.probe.spec import Variant
from trainlint.probe.statistics import Decision
from trainlint.probe.weighing import evidence, in_words, weighed

MINIMUM = 0.04
"""Share of the chance loss by which training mode must report more."""

DIFFERENT = 1e-3
"""Difference of the outputs, as a part of their size, below which the modes are the same."""

WHAT = "loss"


def plan(case: Case) -> Request:
    """One network, measured in training mode and in evaluation mode.

    Raises:
        Unbuildable: the network cannot be rebuilt.
    """
    rebuilt = rebuild(case)
    return replace(requested(case.finding.code, rebuilt.variant), notes=rebuilt.notes)


def requested(code: str, found: Variant) -> Request:
    """The request for a variant as found."""
    options = {"flagged_mode": "train", "mended_mode": "eval"}
    return Request("eval-mode", found, found, code, "the evaluation", options=options)


def measure(request: Request, bench: Any) -> Measurement:
    """Both variants trained, and each measured in its mode."""
    from trainlint.probe.worker.answers import look_in, modes_differ
    from trainlint.probe.worker.pool import start_pooled
    from trainlint.probe.worker.trials import tried

    modes = [request.options.get(f"{side}_mode", "eval") for side in ("flagged", "mended")]
    difference = (
        modes_differ(start_pooled(request.flagged, request.seeds[0])) if modes[0] != modes[1] else 0.0
    )
    looks = look_in(modes[0]), look_in(modes[1])
    found = tried(request, WHAT, looks, minimum=MINIMUM, budget=bench.budget)
    return replace(found, numbers={**found.numbers, "difference": difference})


def judge(request: Request, measurement: Measurement) -> Evidence:
    """By what the two modes report."""
    difference = measurement.numbers["difference"]
    decision = weighed(measurement, WHAT, MINIMUM)
    if difference <= DIFFERENT:
        decision = Decision(NOT_REPRODUCED, "", decision.effect, decision.expected)
    detail = (
        f"outputs of the two modes differ by {difference:.2g} of their size; in training mode "
        + in_words(measurement, decision, WHAT, "in evaluation mode")
    )
    return evidence(request, measurement, decision, WHAT, "loss after training", detail)


EXPERIMENT = Experiment("eval-mode", plan, measure, judge)
