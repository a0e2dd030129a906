"""term-balance: terms of a summed loss that differ so much that only one is trained (TL215).

Statistic: the variance that each term's target has left unexplained on the samples that were trained on, after up to 800 steps: that
of the term which comes off worst. Beside it the ratio of the terms' gradients at the start.

Flagged: the network as found with one output for each term; the loss is the sum of squared errors, each with its weight as found
(and the square of its target's scale, where that is in raw units).

Counterfactual: equal weights, their sum kept, from the same start, with the same samples in the same order.

Decision: Confirmed if all seeds agree and the worst term of the mended variant leaves at least 0.1 less unexplained; not reproduced
if the difference stays below half of that and the mended variant has learned. Unequal weights alone are no harm: Adam
trains a term of a hundredth of the other's weight as well as that.

Threshold: the probe's usual ones doubled, because the worst of several terms is taken; tried on perceptrons of 2 and 4 layers, SGD
and Adam, weights of 1 to 1e-6 (`tests/probe/torch/test_more_experiments.py`). The rule is not built.

Cost: three to five seeds of two variants, 2 to 5 s on a core.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from trainlint.model import Evidence
from trainlint.probe.experiments.api import Case, Experiment, Measurement, Request, Unbuildable
from trainlint.probe.spec import Variant
from trainlint.probe.weighing import evidence, in_words, rounded, weighed

MINIMUM = 0.1
"""Share of a term's variance that equal weights must save."""

WHAT = "error"


def plan(case: Case) -> Request:
    """Terms and their weights are no facts yet.

    Raises:
        Unbuildable: always, until a rule finds the terms of a sum.
    """
    raise Unbuildable("the terms of this loss, and their weights, are not known")


def requested(found: Variant, weights: tuple[float, ...]) -> Request:
    """A request for a network with one output for each term.

    Raises:
        Unbuildable: weights and outputs do not fit.
    """
    if found.task.kind != "regression" or found.task.output != (len(weights),):
        raise Unbuildable("the network does not have one output for each term")
    equal = sum(weights) / len(weights)
    options = {"flagged_weights": tuple(weights), "mended_weights": (equal,) * len(weights)}
    return Request(
        "term-balance", found, replace(found, what="equal weights"), "TL215", "the terms", options=options
    )  # fmt: skip


def measure(request: Request, bench: Any) -> Measurement:
    """Both variants trained with their weights."""
    from trainlint.probe.worker.terms import gradient_ratio, start_with, worst_term
    from trainlint.probe.worker.trials import tried_with

    weights = [tuple(request.options[f"{side}_weights"]) for side in ("flagged", "mended")]
    begins = (start_with(weights[0]), start_with(weights[1]))
    ratio = gradient_ratio(begins[0](request.flagged, request.seeds[0]), weights[0])
    found = tried_with(request, WHAT, begins, (worst_term, worst_term), MINIMUM, bench.budget)
    return replace(found, numbers={**found.numbers, "gradient_ratio": ratio})


def judge(request: Request, measurement: Measurement) -> Evidence:
    """By the term that comes off worst."""
    decision = weighed(measurement, WHAT, MINIMUM)
    ratio = measurement.numbers["gradient_ratio"]
    detail = f"gradients of the terms differ by a factor of {rounded(ratio):g}; worst term: " + in_words(
        measurement, decision, WHAT, request.mended.what
    )
    return evidence(request, measurement, decision, WHAT, "unexplained variance of the worst term", detail)


EXPERIMENT = Experiment("term-balance", plan, measure, judge)
