"""Layers: squashing activations, starts, dead units, batch norms, and the loaders that feed them."""

from __future__ import annotations

import math

from trainlint.model import Evidence
from trainlint.probe.script.record import NetworkSeen
from trainlint.probe.script.verdicts.scene import Scene, confirmed, decide, inconclusive, refuted, short

QUARTER = 0.25
"""A sigmoid passes at most this share of the gradient; the finding says so, and the run shows how much of it."""
RELU_PASSES = 0.5**0.5
"""A ReLU that is on for half of its values passes this share of a gradient's norm."""
SPREAD = 0.5
"""From this many powers of ten between the first and the last hidden layer on (calibrated for signal-propagation)."""
DEAD_MORE, DEAD_SAME = 0.05, 0.02
SHIFT, NO_SHIFT = 0.25, 0.18
"""|log| of the variances' ratio: above all healthy networks measured (0.181), below all faulty ones (0.365)."""
BIAS_STILL = 1e-3
"""A bias whose gradient is this small beside its weights' is removed by what follows."""
SMALL_BATCH = 4


def sigmoid(scene: Scene) -> Evidence:
    """TL601, TL610: the share of the gradient that the flagged activations passed."""
    kind = "softmax" if scene.finding.code == "TL610" else "sigmoid"
    shares = [a.passed for a in scene.record.activations if a.kind == kind]
    if not shares:
        detail = f"no {kind} stood between layers in the graph of {scene.length}"
        rectified = any(layer.dead is not None for layer in scene.record.layers)
        return refuted("layers", 0, None, detail) if rectified else inconclusive(detail)
    product = math.prod(shares)
    relu = RELU_PASSES ** len(shares)
    names = ", ".join(sorted({a.layer for a in scene.record.activations if a.kind == kind})[:4])
    detail = f"{len(shares)} {kind} layers ({names}) passed {short(product)} of the gradient; as many ReLUs pass {short(relu)}"
    per_layer = product ** (1 / len(shares))
    if kind == "sigmoid" and _adaptive(scene) and (len(shares) == 1 or scene.record.norms):
        what = (
            "batch norm and an adaptive optimizer make"
            if scene.record.norms
            else "an adaptive optimizer makes"
        )
        few = "" if scene.record.norms else " for a single layer"
        return inconclusive(f"{what} up for it{few}, more or less ({detail})")
    return decide(
        "share of the gradient passed",
        product,
        yes=per_layer <= QUARTER,
        no=per_layer > 0.5,
        detail=detail,
        fixed=relu,
    )


def _adaptive(scene: Scene) -> bool:
    """Whether the steps' sizes do not follow the gradient's: two or three sigmoid layers cost Adam 0.3 of the chance loss after
    2,000 steps, one of them nothing that shows (benchmarks/calibration/RESULTS.md, benchmarks/probe_run.md)."""
    found = scene.record.optimizers
    return bool(found) and not any("SGD" in one.name for one in found)


def tanh(scene: Scene) -> Evidence:
    """TL602: the same for tanh, which passes nearly all of it unless it saturates."""
    shares = [a.passed for a in scene.record.activations if a.kind == "tanh"]
    if not shares:
        return inconclusive(f"no tanh was seen between layers ({scene.length})")
    product = math.prod(shares)
    detail = f"{len(shares)} tanh layers passed {short(product)} of the gradient"
    return decide(
        "share of the gradient passed",
        product,
        yes=product < 0.1,
        no=product >= 0.3,
        detail=detail,
        fixed=RELU_PASSES ** len(shares),
    )


def start_spread(scene: Scene) -> Evidence:
    """TL603, TL604, TL606: the first batch's signal, from the first to the last hidden layer, as found and under He."""
    network = _network(scene)
    if network is None or network.signal is None or network.signal_mended is None:
        return inconclusive("the network's start could not be compared")
    found, mended = abs(network.signal), abs(network.signal_mended)
    detail = (
        f"from the first to the last hidden layer of {network.name} the signal changes by a factor of "
        f"{short(10**network.signal)}; under He initialisation by {short(10**network.signal_mended)}"
    )
    return decide(
        "powers of ten between layers",
        found,
        yes=found > SPREAD and found - mended > SPREAD / 2,
        no=found - mended < SPREAD / 4,
        detail=detail,
        fixed=mended,
    )


def same_rows(scene: Scene) -> Evidence:
    """TL605: all units of a layer start alike."""
    layers = scene.here(scene.record.layers) or [layer for layer in scene.record.layers if layer.same_rows]
    if not scene.record.layers:
        return inconclusive("no layer was seen")
    alike = [layer.name for layer in layers if layer.same_rows and layer.units > 1]
    detail = f"{len(alike)} layers start with all units alike" + (
        f": {', '.join(alike[:3])}" if alike else ""
    )
    return decide("layers alike", len(alike), yes=bool(alike), no=not alike, detail=detail, fixed=0)


def dead_start(scene: Scene) -> Evidence:
    """TL607, TL614: units that are dead at the first batch, and how many without that bias."""
    network = _network(scene)
    if network is None or network.dead is None or network.dead_mended is None:
        return inconclusive("the network's start could not be compared")
    more = network.dead - network.dead_mended
    other = "a bias of 0" if scene.finding.code == "TL614" else "a bias of 0.1"
    detail = f"{network.dead:.0%} of the units behind a ReLU give zero for the whole first batch; {network.dead_mended:.0%} with {other}"
    standard, standard_mended = network.dead_standard, network.dead_standard_mended
    if (
        standard is not None
        and standard_mended is not None
        and standard - standard_mended >= DEAD_MORE > more
    ):
        return inconclusive(
            f"hidden by inputs in raw units: {detail}; once the inputs are standardised {standard:.0%}, and "
            f"{standard_mended:.0%} with {other}"
        )
    return decide(
        "dead units at the start",
        network.dead,
        yes=more >= DEAD_MORE,
        no=more < DEAD_SAME,
        detail=detail,
        fixed=network.dead_mended,
    )


def bias_before_norm(scene: Scene) -> Evidence:
    """TL802: the bias has no gradient to speak of."""
    layers = {layer.name: layer for layer in scene.exactly_here(scene.record.layers)}
    before = [layers[norm.before] for norm in scene.record.norms if norm.before in layers]
    before = [layer for layer in before if layer.weight]
    if not before:
        return inconclusive(f"no batch norm was seen right behind this layer ({scene.length})")
    if not any(layer.has_bias for layer in before):
        return refuted("gradient of the bias", None, None, "the layers here have no bias")
    ratios = [layer.bias / layer.weight for layer in before if layer.bias is not None and layer.weight]
    worst = max(ratios)
    names = ", ".join(layer.name for layer in before[:3])
    detail = f"the bias of {names} has {short(worst)} of its weights' gradient"
    return decide(
        "bias gradient over weight gradient",
        worst,
        yes=worst < BIAS_STILL,
        no=worst >= 10 * BIAS_STILL,
        detail=detail,
    )


def variance_shift(scene: Scene) -> Evidence:
    """TL803: the variance before a batch norm with and without dropout."""
    shifts = [(norm.shift, norm.name) for norm in scene.record.norms if norm.shift is not None]
    if not shifts:
        return inconclusive("the variances could not be compared")
    worst, name = max(shifts)
    detail = f"the variance before {name} differs by a factor of {short(math.exp(worst))} between training and evaluation"
    return decide(
        "|log of variances' ratio|", worst, yes=worst > SHIFT, no=worst < NO_SHIFT, detail=detail, fixed=0
    )


def small_batch(scene: Scene) -> Evidence:
    """TL804, TL301: how many samples a batch norm, or a step, saw."""
    norms = [norm for norm in scene.record.norms if norm.samples]
    loaders = [x for x in scene.here(scene.record.loaders) if x.recorded and x.batch_size]
    if not norms and scene.finding.code == "TL804":
        return inconclusive(f"no batch norm was seen in training ({scene.length})")
    samples = min(n.samples for n in norms) if norms else min((x.batch_size or 0 for x in loaders), default=0)
    if not samples:
        return inconclusive(f"no batch was seen ({scene.length})")
    values = f", {min(n.values for n in norms)} values a channel" if norms else ""
    detail = f"batches of {samples} samples{values}"
    return decide(
        "samples a batch", samples, yes=samples <= SMALL_BATCH, no=samples > SMALL_BATCH, detail=detail
    )


def not_shuffled(scene: Scene) -> Evidence:
    """TL510: in which order the loader that is trained on draws."""
    found = [loader for loader in scene.here(scene.record.loaders) if loader.recorded]
    if not found:
        return inconclusive(f"no training batch of this loader was seen ({scene.length})")
    orderly = [loader for loader in found if loader.sampler == "SequentialSampler"]
    detail = f"training batches come from a {found[0].sampler}"
    if orderly:
        return confirmed("sampler", None, None, detail)
    return refuted("sampler", None, None, detail)


def _network(scene: Scene) -> NetworkSeen | None:
    """The network that the finding speaks of: the only one, or the one whose layers were made in the finding's file."""
    networks = [n for n in scene.record.networks if n.training]
    if len(networks) == 1:
        return networks[0]
    here = scene.here(networks)
    return here[0] if len(here) == 1 else None


JUDGES = {
    "TL301": small_batch,
    "TL510": not_shuffled,
    "TL601": sigmoid,
    "TL602": tanh,
    "TL603": start_spread,
    "TL604": start_spread,
    "TL605": same_rows,
    "TL606": start_spread,
    "TL607": dead_start,
    "TL610": sigmoid,
    "TL614": dead_start,
    "TL802": bias_before_norm,
    "TL803": variance_shift,
    "TL804": small_batch,
}
