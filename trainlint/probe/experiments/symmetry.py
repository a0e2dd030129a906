"""symmetry: do all units of a hidden layer learn the same?

Statistic: the share of units of a hidden layer whose weights equal another unit's, after 10 steps without dropout, in the
layer where it is largest; and the loss of paired runs.

Flagged: the network as found, at its own depth, with its own initialisation.

Counterfactual: the same with the framework's default for the weights that start constant.

Decision: Confirmed if in some hidden layer all units stay equal, in the twin at most half of them do, and the paired runs do
not show that it costs nothing; not reproduced if units become different, or it costs nothing and the twin learns.

Threshold: none but the share of all and of half: duplicates are exact (AUC 1.0); a cost is the paired verdict at 0.05 of the
chance loss. One constant layer among random ones learns different units, if slowly, and is not confirmed.

Cost: 1 to 6 s of one core.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from trainlint.model import Evidence
from trainlint.probe import edits, mends
from trainlint.probe.case import Case, Unbuildable
from trainlint.probe.experiments.api import CONFIRMED, INCONCLUSIVE, NOT_REPRODUCED, Experiment
from trainlint.probe.operations import REGULARISERS
from trainlint.probe.rebuild import rebuild
from trainlint.probe.spec import LayerSpec, Measurement, Request, Variant
from trainlint.probe.statistics import LEARNED, Decision, share
from trainlint.probe.verdicts import evidence, judge_paired, unmeasured

if TYPE_CHECKING:
    from trainlint.probe.worker.bench import Bench

ALL, HALF = 0.999, 0.5
"""Shares of equal units: all of a layer, and what a twin may have."""

STEPS = 10
"""Updates after which weights are compared: by then every random draw has told units apart."""

CONSTANT = ("zeros", "ones", "constant")


def plan(case: Case) -> Request:
    """The network with its own initialisation."""
    built = rebuild(case, narrowest=32, initialisation=True)
    return mends.prepared(requested, case, built)


def requested(code: str, flagged: Variant, other: Variant | None = None) -> Request:
    """The request for a variant as found.

    Raises:
        Unbuildable: no weights start constant.
    """
    twin = mended(other) if other is not None else None
    return Request(EXPERIMENT.name, flagged, mended(flagged), code, other_flagged=other, other_mended=twin)


def mended(variant: Variant) -> Variant:
    """The twin that keeps the framework's default."""
    names = [layer.id for layer in variant.network.layers if constant(layer)]
    if not names:
        raise Unbuildable("no weights of the rebuilt network start constant")
    network = mends.with_inits(variant.network, dict.fromkeys(names))
    return replace(variant, network=network, what="the default initialisation")


def constant(layer: LayerSpec) -> bool:
    """Whether a layer's weights all start at one value."""
    init = layer.inits.get("weight")
    return init is not None and layer.op in mends.MATRICES and init.scheme in CONSTANT


def measure(request: Request, bench: Bench) -> Measurement:
    """Equal units after some steps of the first seed, and paired runs."""
    seed = request.seeds[0]
    numbers = {
        f"equal_units_{side}": bench.equal_units(_calm(variant), seed, STEPS)
        for side, variant in (("flagged", request.flagged), ("mended", request.mended))
    }
    return bench.measure(request, numbers=numbers)


def _calm(variant: Variant) -> Variant:
    """Without dropout, whose noise tells units apart by chance."""
    return replace(variant, network=edits.without(variant.network, lambda layer: layer.op in REGULARISERS))


def judge(request: Request, measured: Measurement) -> Evidence:
    """Equal units, and what they cost."""
    if measured.inconclusive:
        return unmeasured(request, measured)
    a, b = (measured.numbers[f"equal_units_{side}"] for side in ("flagged", "mended"))
    return evidence(
        request,
        measured,
        _decided(measured, a, b),
        statistic="share of equal units in a hidden layer",
        flagged=a,
        fixed=b,
        words=f"{a:.0%} of a hidden layer's units are equal after {STEPS} steps; with {request.mended.what} {b:.0%}",
    )


def _decided(measured: Measurement, flagged: float, mended: float) -> Decision:
    cost = judge_paired(measured)
    if flagged >= ALL and mended <= HALF:
        verdict = CONFIRMED if cost.verdict != NOT_REPRODUCED else NOT_REPRODUCED
        return Decision(verdict, "", cost.effect, cost.expected)
    if cost.verdict == CONFIRMED:
        return Decision(
            INCONCLUSIVE, "units differ, but it trains worse all the same", cost.effect, cost.expected
        )
    learned = all(share(loss) < LEARNED for loss in measured.runs["loss_mended"])
    if flagged < ALL and learned:
        return Decision(NOT_REPRODUCED, "", cost.effect, cost.expected)
    return Decision(INCONCLUSIVE, cost.why or "the twin's units are equal too", cost.effect, cost.expected)


EXPERIMENT = Experiment("symmetry", plan, measure, judge)
