"""constant-output: an output that is the same whatever comes in (TL205, TL222).

Statistic: the spread of the output over 64 samples (its largest deviation), and the largest gradient of any weight; for TL222
the spread of argmax over the output's units, less their means.

Flagged: the network as found.

Counterfactual: TL205: sigmoid instead of softmax over one unit (the loss as found, and
without the activation where it takes logits). TL222: two units.

Decision: Confirmed if spread and gradient of the flagged variant are below 1e-6 of the mended one's in three seeds;
not reproduced if the spread is above a thousandth of it. No training.

Threshold: exact: softmax over one unit gives 1 for every sample, and a gradient of 0. The bounds only leave room for rounding.

Cost: three starts of two variants, below 0.1 s on a core.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from trainlint.model import Evidence
from trainlint.probe.edits import with_network, without_output_activation
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
from trainlint.probe.spec import LayerSpec, NetworkSpec, TaskSpec, Variant
from trainlint.probe.weighing import rounded

CONSTANT = 1e-6
"""Spread and gradient below this part of the mended variant's are zero but for rounding."""

VARIES = 1e-3
"""A spread above this part of the mended one's is no constant."""

SEEDS = 3
SAMPLES = 64
ONE_UNIT = ("softmax", "log_softmax", "softmin")


def plan(case: Case) -> Request:
    """The output as found against one that can vary.

    Raises:
        Unbuildable: the network cannot be rebuilt, or nothing in it is constant by its looks.
    """
    rebuilt = rebuild(case, stand_in=True)
    return replace(requested(case.finding.code, rebuilt.variant), notes=rebuilt.notes)


def requested(code: str, found: Variant) -> Request:
    """The request for a variant as found.

    Raises:
        Unbuildable: nothing in it is constant by its looks.
    """
    argmax = code == "TL222"
    mended = _two_units(found) if argmax else _sigmoid(found)
    if mended.network == found.network:
        raise Unbuildable("the rebuilt network has no softmax over one unit")
    options = {"answers": "argmax"} if argmax else {}
    return Request("constant-output", found, mended, code, "the output", options=options)


def _sigmoid(found: Variant) -> Variant:
    """Sigmoid in the place of softmax, or nothing where the loss takes logits."""
    if found.task.loss.takes == "logits":
        return with_network(found, without_output_activation(found.network), "raw logits")
    network, last = found.network, found.network.outputs[0]

    def changed(layer: LayerSpec) -> LayerSpec:
        soft = layer.op in ONE_UNIT and (layer.flagged or layer.id == last)
        return replace(layer, op="sigmoid", options={}) if soft else layer

    layers = tuple(changed(layer) for layer in network.layers)
    return Variant(replace(network, layers=layers), _binary(found.task), found.update, "sigmoid")


def _binary(task: TaskSpec) -> TaskSpec:
    """The task with a loss that one probability can be given to."""
    if task.loss.name != "categorical_probabilities":
        return task
    loss = replace(task.loss, name="bce", takes="probabilities")
    return replace(task, kind="binary", loss=loss, classes=0, one_hot=False)


def _two_units(found: Variant) -> Variant:
    network = without_output_activation(found.network)
    last = network.layers[-1]
    if last.op != "linear" or last.options["out_features"] != 1:
        return found
    wide = replace(last, options={**last.options, "out_features": 2})
    task = replace(found.task, output=(2,), squeeze=False)
    made: NetworkSpec = replace(network, layers=(*network.layers[:-1], wide))
    return Variant(made, task, found.update, "two units")


def measure(request: Request, bench: Any) -> Measurement:
    """Spread and gradient of both variants at their start."""
    from trainlint.probe.worker.heads import spread_and_gradient

    decided = request.options.get("answers") == "argmax"
    runs: dict[str, tuple[float, ...]] = {}
    seeds = request.seeds[:SEEDS]
    for side, variant in (("flagged", request.flagged), ("mended", request.mended)):
        found = [spread_and_gradient(variant, seed, SAMPLES, decided=decided) for seed in seeds]
        runs[f"spread_{side}"] = tuple(spread for spread, _ in found)
        runs[f"gradient_{side}"] = tuple(gradient for _, gradient in found)
    return Measurement(request.experiment, {}, runs, seeds=seeds)


def judge(request: Request, measurement: Measurement) -> Evidence:
    """Constant in every seed, where the mended variant varies."""
    runs = measurement.runs
    spread, mended = max(runs["spread_flagged"]), min(runs["spread_mended"])
    gradient, mended_gradient = max(runs["gradient_flagged"]), min(runs["gradient_mended"])
    score = 1.0 - min(1.0, spread / mended) if mended > 0 else 0.0
    still = gradient <= CONSTANT * mended_gradient or request.options.get("answers") == "argmax"
    verdict, why = INCONCLUSIVE, "the mended network's output is constant as well: "
    if mended > 0 and spread <= CONSTANT * mended and still:
        verdict, why = CONFIRMED, ""
    elif spread > VARIES * mended:
        verdict, why = NOT_REPRODUCED, ""
    elif mended > 0:
        why = "the output hardly varies, but it is not constant: "
    what = "argmax of the output" if request.options.get("answers") == "argmax" else "output"
    detail = (
        f"{why}{what} varies by {spread:.2g} over {SAMPLES} samples, largest gradient {gradient:.2g}; {request.mended.what}: "
        f"{mended:.2g} and {mended_gradient:.2g}"
    )
    numbers = {"score": rounded(score), **{k: [rounded(v) for v in found] for k, found in runs.items()}}
    return Evidence(
        verdict, "spread of the output", rounded(spread), rounded(mended), detail, request.experiment, numbers
    )  # fmt: skip


EXPERIMENT = Experiment("constant-output", plan, measure, judge, seconds=30.0)
