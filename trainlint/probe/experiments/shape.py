"""shape: an output whose shape is not the target's (TL111, TL209).

Statistic: TL209: the variance that is left unexplained on the samples that were trained on, after up to 800 steps, with the loss
taken over everything that broadcasting pairs. TL111: the dimensions that the output has beyond those of the target, and
whether the loss takes them.

Flagged: TL209: predictions (N, 1) against targets (N,). TL111: the dense layer as found, on the last dimension of the feature map.

Counterfactual: TL209: the same predictions with the last dimension dropped. TL111: flattened before the dense layer.

Decision: TL209: Confirmed if all seeds agree and the mended variant leaves at least 0.1 less unexplained; not reproduced if the
difference stays below half of that. TL111: confirmed if the output's shape (without classes) is not the target's, or the loss refuses
it, and the mended variant's fits; not reproduced if both fit.

Threshold: a network trained against every other sample's target can only learn their mean: it leaves 1.0 where the mended one leaves
less than 0.2 (`tests/probe/torch/test_more_experiments.py`). The rules are not built.

Cost: 2 to 4 s on a core for TL209, below 0.1 s for TL111.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from trainlint.model import Evidence
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
from trainlint.probe.rebuild.shapes import ShapeError, infer
from trainlint.probe.spec import LayerSpec, NetworkSpec, TaskSpec, Variant
from trainlint.probe.weighing import evidence, in_words, weighed

MINIMUM = 0.1
"""Share of the variance that targets of the right shape must save."""

WHAT = "error"
BROADCAST, FLATTEN = "TL209", "TL111"


def plan(case: Case) -> Request:
    """The shapes as found against shapes that fit.

    Raises:
        Unbuildable: the network cannot be rebuilt, or its shapes fit.
    """
    rebuilt = rebuild(case)
    return replace(requested(rebuilt.variant, case.finding.code), notes=rebuilt.notes)


def requested(found: Variant, code: str) -> Request:
    """A request for a variant as found.

    Raises:
        Unbuildable: its shapes leave nothing to mend.
    """
    if code == FLATTEN:
        return Request("shape", found, _flattened(found), code, "the dense layer")
    if found.task.kind != "regression" or found.task.output != (1,):
        raise Unbuildable("the prediction is not one column of numbers")
    fitting = replace(found, task=replace(found.task, squeeze=True))
    options = {"flagged_broadcast": True, "mended_broadcast": False}
    mended = replace(fitting, what="predictions of the targets' shape")
    return Request("shape", fitting, mended, code, "the shapes", options=options)


def _flattened(found: Variant) -> Variant:
    """A flatten before the first flagged dense layer that works on a map; the layer is as wide as it then must be."""
    network = found.network
    shapes = shapes_of(network)
    for layer in network.layers:
        source = layer.inputs[0] if layer.inputs else ""
        if layer.op != "linear" or not layer.flagged or len(shapes[source]) < 2:
            continue
        flat = LayerSpec(f"{layer.id} flattened", "flatten", (source,))
        wide = replace(
            layer, inputs=(flat.id,), options={**layer.options, "in_features": math.prod(shapes[source])}
        )
        layers: list[LayerSpec] = []
        for one in network.layers:
            layers += [flat, wide] if one.id == layer.id else [one]
        made = replace(network, layers=tuple(layers))
        output = shapes_of(made)[made.outputs[0]]
        return Variant(made, fitting(found.task, output), found.update, "flattened before the dense layer")
    raise Unbuildable("no dense layer on a feature map is flagged")


def fitting(task: TaskSpec, output: tuple[int, ...]) -> TaskSpec:
    """The task with one answer a sample, of an output of this shape."""
    classes = output[-1] if task.kind == "multiclass" and output else task.classes
    return replace(task, output=output, classes=classes, class_dim=1)


def shapes_of(network: NetworkSpec) -> dict[str, tuple[int, ...]]:
    """Shapes of all values without the batch.

    Raises:
        Unbuildable: operations that do not fit each other.
    """
    shapes = {i.id: i.shape for i in network.inputs}
    try:
        for layer in network.layers:
            shapes[layer.id] = infer(layer.op, layer.options, [shapes[i] for i in layer.inputs])
    except ShapeError as error:
        raise Unbuildable(f"sizes do not fit: {error}") from None
    return shapes


def measure(request: Request, bench: Any) -> Measurement:
    """Shapes, or both variants trained."""
    from trainlint.probe.worker.fit import fits, start_broadcast
    from trainlint.probe.worker.pool import start_pooled
    from trainlint.probe.worker.trials import tried_with

    if request.code == FLATTEN:
        seed = request.seeds[0]
        answer = request.mended.task if len(request.mended.task.output) == 1 else request.flagged.task
        found = [fits(variant, answer, seed) for variant in (request.flagged, request.mended)]
        numbers = {
            f"{name}_{side}": value
            for side, (extra, taken) in zip(("flagged", "mended"), found, strict=True)
            for name, value in (("extra_dimensions", float(extra)), ("taken", float(taken)))
        }
        return Measurement(request.experiment, numbers, seeds=(seed,))
    begins = [
        start_broadcast if request.options.get(f"{side}_broadcast") else start_pooled
        for side in ("flagged", "mended")
    ]
    return tried_with(request, WHAT, (begins[0], begins[1]), minimum=MINIMUM, budget=bench.budget)


def judge(request: Request, measurement: Measurement) -> Evidence:
    """By the shapes (TL111), or the variance that is left."""
    if request.code == FLATTEN:
        return _of_shapes(request, measurement)
    decision = weighed(measurement, WHAT, MINIMUM)
    detail = "unexplained variance: " + in_words(measurement, decision, WHAT, request.mended.what)
    return evidence(request, measurement, decision, WHAT, "unexplained variance", detail)


def _of_shapes(request: Request, measurement: Measurement) -> Evidence:
    n = measurement.numbers
    wrong = n["extra_dimensions_flagged"] > 0 or not n["taken_flagged"]
    right = n["extra_dimensions_mended"] == 0 and n["taken_mended"] == 1
    verdict = (CONFIRMED if right else INCONCLUSIVE) if wrong else NOT_REPRODUCED
    refused = "takes it" if n["taken_flagged"] else "refuses it"
    why = "" if right or not wrong else "the mended variant does not fit either: "
    detail = (
        f"{why}the output has {n['extra_dimensions_flagged']:.0f} dimensions more than its target, and the loss {refused}; "
        f"{request.mended.what} {n['extra_dimensions_mended']:.0f} more"
    )
    numbers = {"score": float(wrong) - float(not right), **n}
    return Evidence(
        verdict, "dimensions beyond the target's", n["extra_dimensions_flagged"], n["extra_dimensions_mended"], detail,
        request.experiment, numbers,
    )  # fmt: skip


EXPERIMENT = Experiment("shape", plan, measure, judge)
