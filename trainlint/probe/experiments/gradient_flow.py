"""gradient-flow: does the activation, or the depth, keep the gradient from the first layers?

Statistic: the root mean square of the loss's gradient at the first layer's output over that at the last one's, at the start,
and the loss of paired runs.

Flagged: the network as found, at its own depth; widths may shrink to 64.

Counterfactual: the hidden activations of the flagged kind become ReLU, and the layers before them start with He's
initialisation (a ReLU alone shows nothing in a deep network: torch's default shrinks the gradient by 0.41 a layer). For a deep
plain network: a norm behind every hidden layer.

Decision: Confirmed if the network loses more than its twin in every seed (three clear ones, else five; nine of ten where
those are split), by at least 0.05 of the chance loss on average, and would still do so after 2,000 steps as extrapolated from
its curve (what is extrapolated from less than that must be the larger, up to twice as large); not reproduced if the
difference is below half of that, or below 0.15 and about to be made up for, and the twin learns. Runs that leave it open are
carried on, as far as the time allows.

Threshold: 0.05 of the chance loss, from the scatter of healthy pairs; the ratio of gradients is reported and does not decide,
because what a small one means depends on optimizer and rate (5e-3 with two sigmoid layers and SGD at 0.1 is made up for
within 300 steps).

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
from trainlint.probe.spec import Measurement, NetworkSpec, Request, Variant
from trainlint.probe.verdicts import evidence, judge_paired, shown, unmeasured

if TYPE_CHECKING:
    from trainlint.probe.worker.bench import Bench

NARROWEST = 64
"""Hidden widths are not scaled below this: the ratio of gradients depends on depth, and hardly on width from there on."""

DEEP_PLAIN = "TL110"

SATURATING = frozenset(
    {"sigmoid", "tanh", "softmax", "hardsigmoid", "softsign", "hardtanh", "softmin", "logsigmoid"}
)
"""What a hidden activation is flagged for."""


def plan(case: Case) -> Request:
    """The network at NARROWEST or wider, and its twin."""
    built = rebuild(case, narrowest=NARROWEST)
    return mends.prepared(requested, case, built)


def requested(code: str, flagged: Variant, other: Variant | None = None) -> Request:
    """The request for a variant as found.

    Raises:
        Unbuildable: it has nothing that this experiment could mend.
    """
    return Request(
        EXPERIMENT.name,
        flagged,
        mended(code, flagged),
        code,
        other_flagged=other,
        other_mended=mended(code, other) if other is not None else None,
    )


def mended(code: str, variant: Variant) -> Variant:
    """The twin that a rule proposes."""
    network = variant.network
    if code == DEEP_PLAIN:
        return replace(variant, network=mends.with_norms(network), what="norms")
    kinds = {layer.op for layer in network.flagged} & SATURATING
    if not kinds:
        raise Unbuildable("the activation is not among the operations of the rebuilt network")
    return replace(variant, network=rectified(network, kinds), what="ReLU and He initialisation")


def rectified(network: NetworkSpec, kinds: set[str]) -> NetworkSpec:
    """Hidden activations of these kinds become ReLU, with He's initialisation before them."""
    names = {layer.id for layer in mends.hidden_activations(network, kinds)}
    if not names:
        raise Unbuildable("the activation stands in no hidden layer of the rebuilt network")
    return mends.with_he(edits.with_activation(network, lambda layer: layer.id in names, "relu"), only=names)


def measure(request: Request, bench: Bench) -> Measurement:
    """Gradients by layer at the start of the first seed, and paired runs."""
    flagged, mended = bench.profiles(request)
    series = Series(
        "gradient",
        "gradient at each layer's output, at the start",
        flagged=(flagged.gradients,),
        mended=(mended.gradients,),
        flagged_labels=flagged.labels,
        mended_labels=mended.labels,
        log=True,
    )
    numbers = {"gradient_ratio_flagged": flagged.flow, "gradient_ratio_mended": mended.flow}
    return bench.measure(request, numbers=numbers, series=(series,))


def judge(request: Request, measured: Measurement) -> Evidence:
    """The paired verdict, with the ratio of gradients beside it."""
    if measured.inconclusive:
        return unmeasured(request, measured)
    decision = judge_paired(measured)
    a, b = (measured.numbers[f"gradient_ratio_{side}"] for side in ("flagged", "mended"))
    return evidence(
        request,
        measured,
        decision,
        statistic="gradient at the first layer over the last one's",
        flagged=a,
        fixed=b,
        words=f"gradient at the first layer is {shown(a)} of the last one's; with {request.mended.what} {shown(b)}",
    )


EXPERIMENT = Experiment("gradient-flow", plan, measure, judge)
