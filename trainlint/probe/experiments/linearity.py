"""linearity: layers that stand for one linear layer together, and what the missing activation costs (TL101).

Statistic: (1) |f(a) + f(b) - f(a + b) - f(0)| over |f(a + b) - f(0)| of the flagged part, in 64-bit numbers and evaluation mode; (2) the
loss on the samples that were trained on after up to 800 steps, as a share of the chance loss.

Flagged: the network as found; the flagged part reaches from the input of the first flagged layer to the output of the
last one, or is the whole network where none is flagged.

Counterfactual: ReLU with He initialisation between the layers, from
the same start, with the same samples in the same order.

Decision: Confirmed if the part is linear to 1e-6, that of the mended variant is not, all seeds agree and the mended
variant's loss is lower by at least 0.05 of the chance loss. Not reproduced if the part is not linear, or if the difference stays
below half of that and the mended variant has learned: two layers without an activation in a network that bends elsewhere
often cost nothing.

Threshold: 3,870 networks: at most 7e-12 without and at least 0.058 with an activation; the loss on perceptrons of 2 and 4 layers
(`benchmarks/probe_calibration.py`, cells that are not held back).

Cost: 0.02 s for the first statistic; it decides alone where the part is not linear. Else 2 to 6 s on a core.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from trainlint.model import Evidence
from trainlint.probe.edits import after, with_he, with_network
from trainlint.probe.experiments.api import (
    NOT_REPRODUCED,
    Case,
    Experiment,
    Measurement,
    Request,
    Unbuildable,
)
from trainlint.probe.rebuild import rebuild
from trainlint.probe.spec import LayerSpec, NetworkSpec, Variant
from trainlint.probe.weighing import evidence, in_words, rounded, weighed

LINEAR = 1e-6
"""What is left of additivity below which a part is linear; the measured gap reaches from 7e-12 to 0.058."""

MINIMUM = 0.05
"""Share of the chance loss that activations must save."""

WHAT = "loss"


def plan(case: Case) -> Request:
    """The layers as found against the same with ReLU between them.

    Raises:
        Unbuildable: the network cannot be rebuilt, or has no two layers with nothing between.
    """
    rebuilt = rebuild(case)
    request = requested(case.finding.code, rebuilt.variant, case.finding.location.line)
    return replace(request, notes=rebuilt.notes)


def requested(code: str, flagged: Variant, line: int = 0) -> Request:
    """The request for a variant as found; line: where a layer of the pair stands, if none is flagged.

    Raises:
        Unbuildable: it has no two layers with nothing between.
    """
    first, second = _pair(flagged.network, line)
    layers = tuple(replace(x, flagged=x.id in (first.id, second.id)) for x in flagged.network.layers)
    flagged = replace(flagged, network=replace(flagged.network, layers=layers))
    added = LayerSpec("added activation", "relu")
    network = with_he(after(flagged.network, first.id, added))
    mended = with_network(flagged, network, "ReLU and He initialisation between them")
    return Request("linearity", flagged, mended, code, "the layers")


def _pair(network: NetworkSpec, line: int) -> tuple[LayerSpec, LayerSpec]:
    """Two layers with weights of which the second takes the first one's result as it is (or pooled, flattened, dropped)."""
    by_id = {layer.id: layer for layer in network.layers}
    pairs = []
    for layer in network.weighted:
        source = by_id.get(layer.inputs[0]) if layer.inputs else None
        while source is not None and source.op in AFFINE_BETWEEN and source.inputs:
            source = by_id.get(source.inputs[0])
        if source is not None and source.weighted:
            pairs.append((source, layer))
    here = [p for p in pairs if any(x.flagged or (line and x.line == line) for x in p)]
    if not pairs:
        raise Unbuildable("the rebuilt network has no two layers with nothing between")
    return (here or pairs)[0]


AFFINE_BETWEEN = frozenset(
    {"dropout", "dropout_channels", "batchnorm", "flatten", "reshape", "permute", "transpose", "identity"}
    | {f"avg_pool{n}d" for n in (1, 2, 3)}
    | {f"adaptive_avg_pool{n}d" for n in (1, 2, 3)}
)
"""Operations that leave a linear function linear, in evaluation mode."""


def measure(request: Request, bench: Any) -> Measurement:
    """Additivity of both variants; training only where the flagged one is linear."""
    from trainlint.probe.worker.linear import additivity
    from trainlint.probe.worker.trials import tried

    seed = request.seeds[0]
    names = tuple(layer.id for layer in request.flagged.network.flagged)
    numbers = {
        "residue_flagged": additivity(request.flagged, seed, names),
        "residue_mended": additivity(request.mended, seed, names),
    }
    if numbers["residue_flagged"] >= LINEAR or numbers["residue_mended"] < LINEAR:
        return Measurement(request.experiment, numbers, seeds=(seed,))
    found = tried(request, WHAT, minimum=MINIMUM, budget=bench.budget)
    return replace(found, numbers={**found.numbers, **numbers})


def judge(request: Request, measurement: Measurement) -> Evidence:
    """Linear, and worse for it."""
    flagged, mended = measurement.numbers["residue_flagged"], measurement.numbers["residue_mended"]
    words = f"f(a) + f(b) - f(a + b) - f(0) is {flagged:.1e} of f; with {request.mended.what} {mended:.1e}"
    if not measurement.runs:
        if flagged >= LINEAR:
            detail = f"not linear: {words}"
        else:
            detail = f"linear in the mended variant as well: {words}"
        numbers = {"score": 0.0, "residue_flagged": rounded(flagged), "residue_mended": rounded(mended)}
        return Evidence(
            NOT_REPRODUCED, "departure from additivity", rounded(flagged), rounded(mended), detail,
            request.experiment, numbers,
        )  # fmt: skip
    decision = weighed(measurement, WHAT, MINIMUM)
    detail = f"{words}; " + in_words(measurement, decision, WHAT, "mended")
    return evidence(request, measurement, decision, WHAT, "loss after training", detail)


EXPERIMENT = Experiment("linearity", plan, measure, judge)
