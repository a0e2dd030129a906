"""dead-units: are units silent for every sample, and does that cost anything?

Statistic: the largest share of units of one layer that are zero for all of 128 samples or more, at the start, and the loss of
paired runs.

Flagged: the network as found, at its own width, with its biases and its output's activation.

Counterfactual: biases of +0.1 where they start at zero, of zero where they start below; the output without its ReLU (not of
convolutional networks: tuned on perceptrons, and on held cells it holds for those only).

Decision: Confirmed if the network loses more than its twin in every seed (three clear ones, else five; nine of ten where
those are split), by at least 0.05 of the chance loss on average, and would still do so after 2,000 steps as extrapolated from
its curve (what is extrapolated from less than that must be the larger, up to twice as large); not reproduced if the
difference is below half of that, or below 0.15 and about to be made up for, and the twin learns. Runs that leave it open are
carried on, as far as the time allows.

Threshold: 0.05 of the chance loss, from the scatter of healthy pairs; the share of dead units is reported and does not
decide, because half of a layer may be dead at no cost. An output that dies by chance is told as the number of seeds that it
hits.

Cost: 3 to 15 s of one core.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from trainlint.model import Evidence, Series
from trainlint.probe import edits, mends
from trainlint.probe.case import Case, Unbuildable
from trainlint.probe.experiments.api import Experiment
from trainlint.probe.rebuild import rebuild
from trainlint.probe.spec import InitSpec, LayerSpec, Measurement, Request, Variant
from trainlint.probe.verdicts import evidence, judge_paired, shown, unmeasured

if TYPE_CHECKING:
    from trainlint.probe.worker.bench import Bench

ZERO_BIAS, ON_OUTPUT, NEGATIVE_BIAS = "TL607", "TL608", "TL614"

POSITIVE_BIAS = 0.1
"""The small positive value that TL607 proposes."""

HIT = 0.9
"""A run that ends above this share of the chance loss while its twin has learned is one that the fault hit."""


def plan(case: Case) -> Request:
    """The network at its own width."""
    built = rebuild(case, narrowest=0 if case.finding.code != ON_OUTPUT else 32)
    return mends.prepared(requested, case, built)


def requested(code: str, flagged: Variant, other: Variant | None = None) -> Request:
    """The request for a variant as found.

    Raises:
        Unbuildable: it has nothing that this experiment could mend.
    """
    twin = mended(code, other) if other is not None else None
    return Request(
        EXPERIMENT.name, flagged, mended(code, flagged), code, other_flagged=other, other_mended=twin
    )


def mended(code: str, variant: Variant) -> Variant:
    """The twin that a rule proposes."""
    network = variant.network
    if code == ON_OUTPUT:
        if any(layer.op.startswith("conv") for layer in network.layers):
            raise Unbuildable(
                "in convolutional networks what a short run shows of a rectified output need not last (calibration)"
            )
        last = mends.output_activation(network, mends.RELU_LIKE)
        if last is None:
            raise Unbuildable("no rectifier makes the output of the rebuilt network")
        return replace(
            variant,
            network=edits.without(network, lambda layer: layer.id == last.id),
            what="no activation on the output",
        )
    value = POSITIVE_BIAS if code == ZERO_BIAS else 0.0
    wrong = {
        layer.id: InitSpec("constant", {"value": value}) for layer in network.layers if _low(layer, code)
    }
    if not wrong:
        raise Unbuildable("the biases are not among those that the rebuilt network starts explicitly")
    return replace(
        variant, network=mends.with_inits(network, dict(wrong), "bias"), what=f"biases of {value:g}"
    )


def _low(layer: LayerSpec, code: str) -> bool:
    """Whether a layer's bias starts as the rule says."""
    init = layer.inits.get("bias")
    if init is None or layer.op not in mends.MATRICES:
        return False
    value = {"zeros": 0.0, "constant": init.options.get("value"), "ones": 1.0}.get(init.scheme)
    if value is None:
        value = {"normal": init.options.get("mean", 0.0), "uniform": init.options.get("high", 1.0)}.get(
            init.scheme
        )
    return value is not None and (value == 0 if code == ZERO_BIAS else value < 0)


def measure(request: Request, bench: Bench) -> Measurement:
    """Dead units by layer at the start of the first seed, and paired runs."""
    flagged, mended = bench.profiles(request)
    series = Series(
        "dead",
        "share of units that are silent for every sample, at the start",
        flagged=(tuple(flagged.dead.values()),),
        mended=(tuple(mended.dead.values()),),
        flagged_labels=tuple(flagged.dead),
        mended_labels=tuple(mended.dead),
    )
    numbers = {
        "dead_flagged": max(flagged.dead.values(), default=0.0),
        "dead_mended": max(mended.dead.values(), default=0.0),
    }
    return bench.measure(request, numbers=numbers, series=(series,))


def judge(request: Request, measured: Measurement) -> Evidence:
    """The paired verdict, with the share of dead units (for an output: of seeds that it hits) beside it."""
    if measured.inconclusive:
        return unmeasured(request, measured)
    a, b = (measured.numbers[f"dead_{side}"] for side in ("flagged", "mended"))
    words = f"{a:.0%} of a layer's units are dead at the start; with {request.mended.what} {b:.0%}"
    if request.code == ON_OUTPUT:
        flagged, mended = measured.runs["loss_flagged"], measured.runs["loss_mended"]
        hits = sum(f > HIT > m for f, m in zip(flagged, mended, strict=True))
        words = f"the output stays dead in {hits} of {len(flagged)} seeds; {shown(a)} of its units are silent at the start"
    return evidence(
        request,
        measured,
        judge_paired(measured),
        statistic="largest share of dead units in a layer",
        flagged=a,
        fixed=b,
        words=words,
    )


EXPERIMENT = Experiment("dead-units", plan, measure, judge)
