"""Mends of a network by what stands where: initialisations that fit, norms, rectifiers. Built of `edits`."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Protocol

from trainlint.facts.rates import rate_band
from trainlint.probe.case import Case
from trainlint.probe.edits import changed, consumers
from trainlint.probe.operations import ACTIVATIONS, NORMS, REGULARISERS, SHAPES
from trainlint.probe.rebuild import Rebuilt
from trainlint.probe.spec import InitSpec, LayerSpec, NetworkSpec, Request, Variant

RELU_LIKE = frozenset(
    {
        "relu",
        "relu6",
        "leaky_relu",
        "prelu",
        "rrelu",
        "elu",
        "celu",
        "gelu",
        "silu",
        "mish",
        "hardswish",
        "softplus",
    }
)
"""Activations that halve the second moment of what they get, more or less (He et al. 2015, section 2.2)."""

MATRICES = (
    "linear",
    "bilinear",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
)
"""Operations whose weights are a matrix between inputs and outputs, which He's and Glorot's schemes speak of."""

_PASSED = frozenset({*NORMS, *REGULARISERS, *SHAPES})

HE = InitSpec("he", {"nonlinearity": "relu"})
XAVIER = InitSpec("xavier", {})
LECUN = InitSpec("lecun", {})


def activation_after(network: NetworkSpec, layer: LayerSpec) -> LayerSpec | None:
    """The activation that a layer's output goes through, past norms, dropout and reshapes; None where it has none."""
    current = layer
    for _ in network.layers:
        after = consumers(network, current.id)
        if len(after) != 1:
            found = [a for a in after if a.op in ACTIVATIONS]
            return found[0] if len(found) == 1 else None
        current = after[0]
        if current.op in ACTIVATIONS and current.op != "identity":
            return current
        if current.op not in _PASSED and current.op != "identity":
            return None
    return None


def norm_after(network: NetworkSpec, layer: LayerSpec) -> bool:
    """Whether a layer's output is normalised before anything else is done with it."""
    return any(after.op in NORMS for after in consumers(network, layer.id))


def hidden_activations(network: NetworkSpec, ops: Collection[str]) -> Iterator[LayerSpec]:
    """Activations of these kinds between two layers with weights; gates (which are multiplied with something) are not meant."""
    before: set[str] = set()
    for layer in network.layers:
        if layer.weighted or before & set(layer.inputs):
            before.add(layer.id)
    after: set[str] = set()
    for layer in reversed(network.layers):
        if layer.weighted or layer.id in after:
            after |= set(layer.inputs)
    for layer in network.layers:
        gate = any(c.op in ("mul", "matmul") for c in consumers(network, layer.id))
        if layer.op in ops and layer.id in before and layer.id in after and not gate:
            yield layer


def with_inits(
    network: NetworkSpec, inits: Mapping[str, InitSpec | None], parameter: str = "weight"
) -> NetworkSpec:
    """One parameter of the layers named started otherwise; None: as the framework does."""

    def change(layer: LayerSpec) -> LayerSpec:
        new = {name: init for name, init in layer.inits.items() if name != parameter}
        scheme = inits[layer.id]
        return replace(layer, inits={**new, parameter: scheme} if scheme is not None else new)

    return changed(network, lambda layer: layer.id in inits, change)


def fitting_init(activation: LayerSpec | None) -> InitSpec:
    """The initialisation that keeps the signal's size before an activation: He, Glorot or LeCun; Glorot before none."""
    if activation is None:
        return XAVIER
    if activation.op == "leaky_relu":
        return InitSpec(
            "he", {"nonlinearity": "leaky_relu", "a": activation.options.get("negative_slope", 0.01)}
        )
    if activation.op == "selu":
        return LECUN
    return HE if activation.op in RELU_LIKE else XAVIER


def with_he(network: NetworkSpec, only: Collection[str] | None = None) -> NetworkSpec:
    """He initialisation for the layers before rectifiers (only: before these activations); the output layer keeps its own."""
    chosen: dict[str, InitSpec | None] = {}
    for layer in network.layers:
        after = activation_after(network, layer) if layer.op in MATRICES else None
        if after is not None and after.op in RELU_LIKE and (only is None or after.id in only):
            chosen[layer.id] = fitting_init(after)
    return with_inits(network, chosen)


def with_norms(network: NetworkSpec) -> NetworkSpec:
    """A norm behind every hidden layer with a matrix: batch norm for convolutions, layer norm for linear layers."""
    last = {layer.id for layer in network.layers if layer.weighted and not _weighted_after(network, layer)}
    layers: list[LayerSpec] = []
    renamed: dict[str, str] = {}
    for layer in network.layers:
        layer = replace(layer, inputs=tuple(renamed.get(name, name) for name in layer.inputs))
        layers.append(layer)
        if layer.op in MATRICES and layer.id not in last and not norm_after(network, layer):
            norm = _norm_for(layer)
            layers.append(norm)
            renamed[layer.id] = norm.id
    return replace(network, layers=tuple(layers))


def _norm_for(layer: LayerSpec) -> LayerSpec:
    name = f"{layer.id}+norm"
    if "out_channels" in layer.options:
        return LayerSpec(name, "batchnorm", (layer.id,), {"num_features": layer.options["out_channels"]})
    return LayerSpec(name, "layernorm", (layer.id,), {"normalized_shape": (layer.options["out_features"],)})


def _weighted_after(network: NetworkSpec, layer: LayerSpec) -> bool:
    reached = {layer.id}
    for other in network.layers:
        if reached & set(other.inputs):
            if other.weighted:
                return True
            reached.add(other.id)
    return False


def output_activation(network: NetworkSpec, ops: Collection[str]) -> LayerSpec | None:
    """The activation of these kinds that makes the output, past reshapes."""
    name = network.outputs[0]
    for layer in reversed(network.layers):
        if layer.id != name:
            continue
        if layer.op in ops:
            return layer
        if layer.op not in SHAPES or not layer.inputs:
            return None
        name = layer.inputs[0]
    return None


class Requests(Protocol):
    """How an experiment makes a request of a variant as found."""

    def __call__(self, code: str, flagged: Variant, other: Variant | None = None) -> Request:
        """The request; raises Unbuildable."""
        ...


def prepared(requested: Requests, case: Case, built: Rebuilt) -> Request:
    """The request for a rebuilt network: one for all findings of this kind in it, at a rate that is no fault of its own.

    Raises:
        Unbuildable: it has nothing that the experiment could mend.
    """
    flagged, notes = at_a_tolerable_rate(built.variant)
    other = at_a_tolerable_rate(built.other)[0] if built.other is not None else None
    request = requested(case.finding.code, flagged, other)
    return alike(replace(request, notes=(*built.notes, *notes)))


def alike(request: Request) -> Request:
    """The request without marks of single layers: findings on several layers of one network are one experiment."""
    return replace(
        request,
        flagged=_unmarked(request.flagged),
        mended=_unmarked(request.mended),
        other_flagged=_unmarked(request.other_flagged) if request.other_flagged is not None else None,
        other_mended=_unmarked(request.other_mended) if request.other_mended is not None else None,
    )


def _unmarked(variant: Variant) -> Variant:
    network = changed(
        variant.network, lambda layer: layer.flagged, lambda layer: replace(layer, flagged=False)
    )
    return replace(variant, network=network)


def at_a_tolerable_rate(variant: Variant) -> tuple[Variant, tuple[str, ...]]:
    """The variant for an experiment about something else than the rate, with a note: a rate that is a fault of its own (from
    the error band on) would hide what is looked for."""
    update = variant.update
    band = rate_band(update.family, update.momentum)
    if band is None or band.error is None or band.warn is None or update.lr < band.error:
        return variant, ()
    rate = float(f"{band.warn / 10:.3g}")
    note = f"the learning rate {update.lr:g} is a fault of its own: {rate:g} is used here"
    return replace(variant, update=replace(update, lr=rate)), (note,)
