"""finite: a logarithm, root or quotient in a loss that meets values outside its domain (TL213).

Statistic: the share of seeds in which the loss or a gradient is not finite: (1) while the network is trained for 200 steps, (2) for a
batch of which half the samples are all zeros (padding, black images), (3) with the output layer's weights ten times as large, as
after a long training that made the network sure of its answers.

Flagged: network and loss as found, the unguarded operation part of the network's end.

Counterfactual: the same with the argument kept from the edge of the domain (clamp, or an epsilon).

Decision: Confirmed if the flagged variant is not finite in at least one of the three for every seed, and the mended one is finite in
all three; not reproduced if the flagged variant is finite throughout in every seed; else inconclusive.

Threshold: none: finite or not. Tried on the logarithm and the root of an output, with and without something positive before it
(`tests/probe/torch/test_more_experiments.py`). The rule is not built.

Cost: three seeds of two variants, 1 to 2 s on a core.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from trainlint.model import Evidence
from trainlint.probe.edits import after, with_network
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
from trainlint.probe.weighing import rounded

SEEDS = 3
STEPS = 200

EPSILON = 1e-6
"""What the mended variant keeps its arguments from the edge by, as usual in 32-bit code."""

PARTIAL = ("log", "sqrt", "div", "power", "log1p")
"""Operations with a domain."""

TRIALS = ("training", "zeros", "sure")


def plan(case: Case) -> Request:
    """The operation as found against one whose argument is kept from the edge.

    Raises:
        Unbuildable: the network cannot be rebuilt, or holds no such operation.
    """
    rebuilt = rebuild(case)
    return replace(requested(rebuilt.variant), code=case.finding.code, notes=rebuilt.notes)


def requested(found: Variant) -> Request:
    """A request for a variant whose network ends in an unguarded operation.

    Raises:
        Unbuildable: it holds none.
    """
    guarded = guard(found.network)
    if guarded == found.network:
        raise Unbuildable("the rebuilt network has no logarithm, root or quotient")
    mended = with_network(found, guarded, f"arguments of at least {EPSILON:g}")
    return Request("finite", found, mended, "TL213", "the operation", steps=STEPS)


def guard(network: NetworkSpec) -> NetworkSpec:
    """A clamp before every logarithm and root, and before every divisor."""
    for layer in [x for x in network.layers if x.op in PARTIAL]:
        name = layer.inputs[1] if layer.op == "div" and len(layer.inputs) > 1 else layer.inputs[0]
        clamp = LayerSpec(f"{layer.id} guarded", "clamp", options={"min": EPSILON})
        widened = after(network, name, clamp)
        # only this operation takes the clamped value
        network = replace(widened, layers=tuple(
            x if x.id in (layer.id, clamp.id)
            else replace(x, inputs=tuple(name if i == clamp.id else i for i in x.inputs))
            for x in widened.layers
        ), outputs=tuple(name if o == clamp.id else o for o in widened.outputs))  # fmt: skip
    return network


def measure(request: Request, bench: Any) -> Measurement:
    """All three trials of both variants."""
    from trainlint.probe.worker.domain import trials

    seeds = request.seeds[:SEEDS]
    runs: dict[str, tuple[float, ...]] = {}
    for side, variant in (("flagged", request.flagged), ("mended", request.mended)):
        found = [trials(variant, seed, STEPS) for seed in seeds]
        for number, name in enumerate(TRIALS):
            runs[f"{name}_{side}"] = tuple(float(f[number]) for f in found)
    return Measurement(request.experiment, {"steps": float(STEPS)}, runs, seeds=seeds)


def judge(request: Request, measurement: Measurement) -> Evidence:
    """Finite or not."""
    runs = measurement.runs
    broken = [max(values) for values in zip(*(runs[f"{t}_flagged"] for t in TRIALS), strict=True)]
    other = [max(values) for values in zip(*(runs[f"{t}_mended"] for t in TRIALS), strict=True)]
    flagged, mended = sum(broken) / len(broken), sum(other) / len(other)
    if flagged == 1 and mended == 0:
        verdict, why = CONFIRMED, ""
    elif flagged == 0:
        verdict, why = NOT_REPRODUCED, ""
    else:
        verdict, why = (
            INCONCLUSIVE,
            "the mended variant is not finite either: " if mended else "not in every seed: ",
        )
    counts = [
        f"{sum(runs[f'{t}_flagged']):.0f} of {len(broken)} seeds {words}" for t, words in _WORDS.items()
    ]
    detail = f"{why}not finite in {', '.join(counts)}; with {request.mended.what} in {sum(other):.0f}"
    numbers = {"score": rounded(flagged - mended), **{k: list(v) for k, v in runs.items()}}
    return Evidence(
        verdict, "share of seeds that are not finite", rounded(flagged), rounded(mended), detail,
        request.experiment, numbers,
    )  # fmt: skip


_WORDS = {
    "training": f"within {STEPS} steps",
    "zeros": "on samples of zeros",
    "sure": "with a ten times larger output layer",
}

EXPERIMENT = Experiment("finite", plan, measure, judge, on=False)
