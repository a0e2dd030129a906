"""loss-range: an output that cannot take the values that its loss asks for (TL203, TL204, TL206).

Statistic: TL206: the loss on the samples that were trained on, as a share of the chance loss, after up to 800 steps. TL203 and
TL204, where the loss of the flagged variant means nothing: the share of wrong answers, as a part of chance.

Flagged: network, loss and optimizer as found, with targets of the range as found (standardised ones where it is not
known). A loss that refuses the output (binary cross-entropy of something outside 0 to 1) or is not finite counts as worst.

Counterfactual: TL206: the last layer's own output, without the activation that bounds it. TL203: a sigmoid (softmax)
before the loss. TL204: log-softmax before it. Same start, same samples in the same order.

Decision: Confirmed if all seeds agree and the mended variant is better by at least 0.05; not reproduced if the difference
stays below half of that and the mended variant has learned. A sigmoid whose range holds the targets is not confirmed; tanh on
standardised targets leaves 0.11 to 0.15, and is.

Threshold: chosen on perceptrons of 2 and 5 layers with momentum and Adam (`benchmarks/probe_calibration.py`, cells that are
not held back).

Cost: three to five seeds of two variants, 2 to 6 s on a core.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from trainlint.model import Evidence
from trainlint.probe.edits import after, with_network, without_output_activation
from trainlint.probe.experiments.api import Case, Experiment, Measurement, Request, Unbuildable
from trainlint.probe.rebuild import rebuild
from trainlint.probe.spec import LayerSpec, Variant
from trainlint.probe.weighing import evidence, in_words, weighed

MINIMUM = 0.05
"""Share of the chance loss (or of the errors of chance) that the mended output must save."""

ANSWERS = ("TL203", "TL204")
"""Rules whose two variants can be compared by their answers only."""


def plan(case: Case) -> Request:
    """The output as found against one that the loss can use.

    Raises:
        Unbuildable: the network cannot be rebuilt, or no activation bounds its output.
    """
    rebuilt = rebuild(case, stand_in=True)
    return replace(requested(case.finding.code, rebuilt.variant), notes=rebuilt.notes)


def requested(code: str, found: Variant) -> Request:
    """The request for a variant as found.

    Raises:
        Unbuildable: no activation bounds its output.
    """
    mended = _usable(found, code)
    if mended.network == found.network:
        raise Unbuildable("no activation stands before this loss in the rebuilt network")
    return Request("loss-range", found, mended, code, "the output")


def _usable(found: Variant, code: str) -> Variant:
    """The mended variant."""
    network = without_output_activation(found.network)
    if code == "TL206":
        return with_network(found, network, "linear output")
    several = found.task.kind == "multiclass"
    op = "log_softmax" if code == "TL204" else "softmax" if several else "sigmoid"
    options = {"dim": found.task.class_dim} if op != "sigmoid" else {}
    added = LayerSpec("usable output", op, options=options)
    return with_network(found, after(network, network.outputs[0], added), f"{op} before the loss")


def measure(request: Request, bench: Any) -> Measurement:
    """Both variants trained on a fixed set; a loss that refuses its input ends the run."""
    from trainlint.probe.worker.pool import start_tolerant
    from trainlint.probe.worker.trials import tried

    return tried(request, _what(request), begin=start_tolerant, minimum=MINIMUM, budget=bench.budget)


def judge(request: Request, measurement: Measurement) -> Evidence:
    """By the loss or the answers."""
    what = _what(request)
    decision = weighed(measurement, what, MINIMUM)
    detail = in_words(measurement, decision, what, request.mended.what)
    return evidence(request, measurement, decision, what, f"{what} after training", detail)


def _what(request: Request) -> str:
    return "error" if request.code in ANSWERS else "loss"


EXPERIMENT = Experiment("loss-range", plan, measure, judge)
