"""signal-propagation: does the initialisation let the signal fade or grow from layer to layer?

Statistic: the root mean square of the last layer's output over that of the first one's, at the start, and the loss of paired
runs on a fixed set of samples.

Flagged: the network as found, at its own depth and width, with its own initialisation.

Counterfactual: the initialisation that fits each activation (He's before rectifiers, Glorot's before tanh, sigmoid and none,
LeCun's before SELU). A missing He initialisation is measured from six rectified layers on. For a deep network without
normalisation: a norm behind every hidden layer.

Decision: Confirmed if the network loses more than its twin in every seed (three clear ones, else five; nine of ten where
those are split), by at least 0.05 of the chance loss on average, and would still do so after 2,000 steps as extrapolated from
its curve (what is extrapolated from less than that must be the larger, up to twice as large); not reproduced if the
difference is below half of that, or below 0.15 and about to be made up for, and the twin learns. Runs that leave it open are
carried on, as far as the time allows.

Threshold: 0.05 of the chance loss, from the scatter of healthy pairs; the spread is reported and does not decide.

Cost: 3 to 15 s of one core.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from trainlint.model import Evidence, Series
from trainlint.probe import mends
from trainlint.probe.case import Case, Unbuildable
from trainlint.probe.experiments.api import Experiment
from trainlint.probe.rebuild import rebuild
from trainlint.probe.spec import InitSpec, LayerSpec, Measurement, Request, Variant
from trainlint.probe.verdicts import evidence, judge_paired, shown, unmeasured

if TYPE_CHECKING:
    from trainlint.probe.worker.bench import Bench

MISSING_HE, UNFIT, UNSCALED, UNNORMALISED = "TL603", "TL604", "TL606", "TL806"

SHALLOWEST = 6
"""Rectified layers from which on a missing He initialisation is measured. Shallower networks are slower for some hundred steps
and then as good (tuned cells of two layers, held ones of three and four: no effect after 2,000 steps, and confirmed)."""


def plan(case: Case) -> Request:
    """The network at its own width: what a draw does depends on fan-in."""
    if case.finding.code == UNNORMALISED:
        built = rebuild(case, narrowest=64)
    else:
        built = rebuild(case, narrowest=0, initialisation=True)
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
    if code == UNNORMALISED:
        return replace(variant, network=mends.with_norms(network), what="norms")
    if code == MISSING_HE:
        if sum(1 for _ in mends.hidden_activations(network, mends.RELU_LIKE)) < SHALLOWEST:
            raise Unbuildable(
                f"with fewer than {SHALLOWEST} layers the start is made up for later than this experiment lasts"
            )
        twin, what = mends.with_he(network), "He initialisation"
    else:
        wrong = {layer.id: _fitting(variant, layer) for layer in _started_alike(variant)}
        if not wrong:
            raise Unbuildable("the initialisation is not among those of the rebuilt network")
        twin, what = mends.with_inits(network, wrong), _named(wrong)
    if twin == network:
        raise Unbuildable("the rebuilt network has no layer that the mend would change")
    return replace(variant, network=twin, what=what)


def _started_alike(variant: Variant) -> list[LayerSpec]:
    """Layers whose weights start by the scheme of the flagged ones; where none is flagged, all that are started explicitly."""
    explicit = [
        layer for layer in variant.network.layers if layer.op in mends.MATRICES and "weight" in layer.inits
    ]
    wrong = {_key(layer.inits["weight"]) for layer in explicit if layer.flagged}
    return [layer for layer in explicit if not wrong or _key(layer.inits["weight"]) in wrong]


def _key(init: InitSpec) -> tuple[object, ...]:
    return init.scheme, *sorted((name, str(value)) for name, value in init.options.items())


def _fitting(variant: Variant, layer: LayerSpec) -> InitSpec:
    return mends.fitting_init(mends.activation_after(variant.network, layer))


def _named(inits: dict[str, InitSpec]) -> str:
    names = {"he": "He", "xavier": "Glorot", "lecun": "LeCun"}
    used = dict.fromkeys(names[init.scheme] for init in inits.values())
    return " and ".join(used) + " initialisation"


def measure(request: Request, bench: Bench) -> Measurement:
    """Spread and gradient by layer at the start of the first seed, and paired runs."""
    flagged, mended = bench.profiles(request)
    labels = {"flagged_labels": flagged.labels, "mended_labels": mended.labels}
    series = (
        Series(
            "spread",
            "spread of each layer's output, at the start",
            (),
            (flagged.spreads,),
            (mended.spreads,),
            log=True,
            **labels,
        ),
        Series(
            "gradient",
            "gradient at each layer's output, at the start",
            (),
            (flagged.gradients,),
            (mended.gradients,),
            log=True,
            **labels,
        ),
    )
    numbers = {
        "spread_ratio_flagged": flagged.signal,
        "spread_ratio_mended": mended.signal,
        "gradient_ratio_flagged": flagged.flow,
        "gradient_ratio_mended": mended.flow,
    }
    return bench.measure(request, pooled=True, numbers=numbers, series=series)


def judge(request: Request, measured: Measurement) -> Evidence:
    """The paired verdict, with the spread beside it."""
    if measured.inconclusive:
        return unmeasured(request, measured)
    a, b = (measured.numbers[f"spread_ratio_{side}"] for side in ("flagged", "mended"))
    return evidence(
        request,
        measured,
        judge_paired(measured),
        statistic="spread of the last layer over the first one's",
        flagged=a,
        fixed=b,
        words=f"the last layer's output is {shown(a)} of the first one's; with {request.mended.what} {shown(b)}",
    )


EXPERIMENT = Experiment("signal-propagation", plan, measure, judge)
