"""variance-shift: batch norm whose running statistics do not hold at evaluation (TL803, TL804).

Statistic: (1) the largest |log(variance of a batch norm's input in evaluation mode / its running variance)| after 40 forward passes in
training mode; (2) the loss in evaluation mode on the samples that were trained on, after up to 800 steps, as a share of chance.

Flagged: the network as found, at the batch size as found (at least 2).

Counterfactual: TL803: the dropout behind the
batch norm instead of before it. TL804: group norm (one group for vectors) instead of batch norm. Same start, same samples.

Decision: Confirmed if all seeds agree and the mended variant's loss is lower by at least 0.1 of the chance loss, and for TL803 the
shift is above 0.25 as well. Not reproduced if the loss differs by less than half of that and the mended variant has learned; for
TL803 only if there is no such shift either: a shift that costs nothing here is inconclusive.

Threshold: the shift is at least 0.365 with dropout before batch norm and at most 0.181 without. But it costs nothing that long
runs could show: perceptrons of 2 and 5 layers with dropout of 0.1 to 0.5 before batch norm end as well as with it behind, and
are not confirmed. Batches of 2 and 4 end 0.2 to 0.65 of the chance loss higher than with layer norm
(`benchmarks/probe_calibration.py`, cells that are not held back).

Cost: three to five seeds of two variants, 3 to 8 s on a core.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from trainlint.model import Evidence
from trainlint.probe.edits import consumers, with_network
from trainlint.probe.experiments.api import (
    CONFIRMED,
    INCONCLUSIVE,
    NOT_REPRODUCED,
    Case,
    Experiment,
    Measurement,
    Request,
    Unbuildable,
)
from trainlint.probe.rebuild import rebuild
from trainlint.probe.spec import LayerSpec, NetworkSpec, Variant
from trainlint.probe.statistics import Decision
from trainlint.probe.weighing import evidence, in_words, weighed

MINIMUM = 0.1
"""Share of the chance loss that the mended variant must save. Batches of 32, whose long runs differ by 0.03 to 0.07, stay below."""

SHIFT = 0.25
"""Log ratio of variances from which dropout before batch norm shows: 0.365 and more with it, 0.181 and less without."""

GROUP = 8
"""Channels of a group at least, where maps are normalised by groups."""

WHAT = "loss"
DROPOUTS = ("dropout", "dropout_channels", "alpha_dropout")


def plan(case: Case) -> Request:
    """The norm as found against one whose statistics hold.

    Raises:
        Unbuildable: the network cannot be rebuilt, or has no batch norm that this is about.
    """
    rebuilt = rebuild(case)
    return replace(requested(case.finding.code, rebuilt.variant), notes=rebuilt.notes)


def requested(code: str, found: Variant) -> Request:
    """The request for a variant as found.

    Raises:
        Unbuildable: it has no batch norm that this is about.
    """
    if code == "TL803":
        mended = with_network(found, dropout_behind(found.network), "dropout behind batch norm")
    else:
        mended = with_network(found, group_norms(found.network), "group norm")
    if mended.network == found.network:
        raise Unbuildable("the rebuilt network has no batch norm that this is about")
    return Request("variance-shift", found, mended, code, "the norm")


def dropout_behind(network: NetworkSpec) -> NetworkSpec:
    """Every flagged dropout (all of them, if none is) moved behind the next batch norm."""
    wanted = [x for x in network.layers if x.op in DROPOUTS]
    wanted = [x for x in wanted if x.flagged] or wanted
    for layer in wanted:
        norm = _norm_behind(network, layer)
        if norm is not None:
            network = _moved(network, layer, norm)
    return network


def _norm_behind(network: NetworkSpec, layer: LayerSpec) -> LayerSpec | None:
    """The batch norm that is reached from a layer without a fork."""
    while True:
        after = consumers(network, layer.id)
        if len(after) != 1 or len(after[0].inputs) != 1:
            return None
        layer = after[0]
        if layer.op == "batchnorm":
            return layer


def _moved(network: NetworkSpec, layer: LayerSpec, behind: LayerSpec) -> NetworkSpec:
    """A layer of one input, taken out and put behind another one that comes later."""
    layers: list[LayerSpec] = []
    for one in network.layers:
        if one.id == layer.id:
            continue
        names = {layer.id: layer.inputs[0], behind.id: layer.id}
        inputs = tuple(layer.inputs[0] if i == layer.id else names.get(i, i) for i in one.inputs)
        layers.append(replace(one, inputs=inputs))
        if one.id == behind.id:
            layers.append(replace(layer, inputs=(behind.id,)))
    outputs = tuple(layer.id if o == behind.id else o for o in network.outputs)
    return replace(network, layers=tuple(layers), outputs=outputs)


def group_norms(network: NetworkSpec) -> NetworkSpec:
    """Group norm in the place of every batch norm: groups of eight channels and more, one group where they do not divide."""

    def changed(layer: LayerSpec) -> LayerSpec:
        if layer.op != "batchnorm":
            return layer
        width = int(layer.options["num_features"])
        groups = width // GROUP if width % GROUP == 0 and _makes_maps(network, layer) else 1
        return replace(
            layer, op="groupnorm", options={"num_groups": max(groups, 1), "num_channels": width}, inits={}
        )  # fmt: skip

    return replace(network, layers=tuple(changed(layer) for layer in network.layers))


def _makes_maps(network: NetworkSpec, norm: LayerSpec) -> bool:
    """Whether a convolution stands before a norm."""
    before = {layer.id: layer for layer in network.layers}
    at = before.get(norm.inputs[0])
    while at is not None and not at.weighted and at.inputs:
        at = before.get(at.inputs[0])
    return at is not None and at.op.startswith("conv")


def measure(request: Request, bench: Any) -> Measurement:
    """The shift at the start, then both variants trained and measured in evaluation mode."""
    from trainlint.probe.worker.norms import variance_shift
    from trainlint.probe.worker.trials import tried

    seed = request.seeds[0]
    numbers = {
        "shift_flagged": variance_shift(request.flagged, seed),
        "shift_mended": variance_shift(request.mended, seed),
    }
    found = tried(request, WHAT, minimum=MINIMUM, budget=bench.budget)
    return replace(found, numbers={**found.numbers, **numbers})


def judge(request: Request, measurement: Measurement) -> Evidence:
    """By the loss, and for dropout by the shift too."""
    shift, other = measurement.numbers["shift_flagged"], measurement.numbers["shift_mended"]
    decision = weighed(measurement, WHAT, MINIMUM)
    if request.code == "TL803":
        decision = _of_dropout(decision, shift, other)
    detail = (
        f"log ratio of variances between the modes {shift:.2g}, mended {other:.2g}; in evaluation mode "
        + in_words(measurement, decision, WHAT, request.mended.what)
    )
    return evidence(request, measurement, decision, WHAT, "loss after training", detail)


def _of_dropout(decision: Decision, shift: float, other: float) -> Decision:
    """Dropout before batch norm: neither a loss without a shift nor a shift without a loss settles it."""
    shifted = shift > SHIFT and shift > other + SHIFT / 2
    verdict, why = decision.verdict, decision.why
    if verdict == CONFIRMED and not shifted:
        verdict, why = INCONCLUSIVE, "the loss ends higher, but the variance is not shifted"
    elif verdict == NOT_REPRODUCED and shift > SHIFT:
        verdict, why = (
            INCONCLUSIVE,
            "the variance is shifted, but that costs nothing in a small network on synthetic data",
        )
    return Decision(verdict, why, decision.effect, decision.expected)


EXPERIMENT = Experiment("variance-shift", plan, measure, judge, on=False)
"""Off: 4 of 5 held cells of small batches with an effect were confirmed; dropout before batch norm had no effect that could be
(benchmarks/calibration/RESULTS.md)."""
