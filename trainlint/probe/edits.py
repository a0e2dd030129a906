"""Edits that make the mended twin of a variant: small, and they keep the ids of layers, by which weights are matched."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from typing import Any

from trainlint.probe.operations import ACTIVATIONS, NORMS, REGULARISERS
from trainlint.probe.spec import InitSpec, LayerSpec, LossSpec, NetworkSpec, Variant

Where = Callable[[LayerSpec], bool]

HE_RELU = InitSpec("he", {"mode": "fan_in", "nonlinearity": "relu", "distribution": "normal"})
ZEROS = InitSpec("zeros")
MATRICES = ("weight", "weight_ih", "weight_hh")
SATURATING = ("sigmoid", "hardsigmoid", "tanh", "hardtanh", "softsign", "softmax", "softmin", "log_softmax")


def flagged(layer: LayerSpec) -> bool:
    """The operations that the finding is about."""
    return layer.flagged


def dense(layer: LayerSpec) -> bool:
    """Dense layers and convolutions."""
    return layer.op == "linear" or layer.op.startswith("conv")


def changed(network: NetworkSpec, where: Where, change: Callable[[LayerSpec], LayerSpec]) -> NetworkSpec:
    """The network with some layers changed."""
    return replace(network, layers=tuple(change(x) if where(x) else x for x in network.layers))


# -- what stands where


def consumers(network: NetworkSpec, name: str) -> list[LayerSpec]:
    """The layers that take a value as an input."""
    return [layer for layer in network.layers if name in layer.inputs]


def hidden_activations(network: NetworkSpec) -> list[LayerSpec]:
    """Activations whose result reaches another layer with weights."""
    reaches: set[str] = set()
    for layer in reversed(network.layers):
        after = consumers(network, layer.id)
        if any(a.weighted or a.id in reaches for a in after):
            reaches.add(layer.id)
    return [layer for layer in network.layers if layer.op in ACTIVATIONS and layer.id in reaches]


def output_layers(network: NetworkSpec) -> list[LayerSpec]:
    """The layers with weights that no other one follows."""
    by_id = {layer.id: layer for layer in network.layers}
    found: dict[str, LayerSpec] = {}
    stack = list(network.outputs)
    seen: set[str] = set()
    while stack:
        name = stack.pop()
        layer = by_id.get(name)
        if layer is None or name in seen:
            continue
        seen.add(name)
        if layer.weighted:
            found[name] = layer
        else:
            stack.extend(layer.inputs)
    return [layer for layer in network.layers if layer.id in found]


def before(network: NetworkSpec, layer: LayerSpec) -> LayerSpec | None:
    """The layer that makes the first input; None for the network's own input."""
    return next((x for x in network.layers if layer.inputs and x.id == layer.inputs[0]), None)


def has_norm(network: NetworkSpec) -> bool:
    """Whether anything is normalised."""
    return any(layer.op in NORMS for layer in network.layers)


def depth(network: NetworkSpec) -> int:
    """The most layers with weights on a way through the network; blocks of a stack count each."""
    longest: dict[str, int] = {}
    for layer in network.layers:
        own = int(layer.options.get("num_layers", 1)) if layer.weighted else 0
        longest[layer.id] = own + max((longest.get(i, 0) for i in layer.inputs), default=0)
    return max((longest.get(name, 0) for name in network.outputs), default=0)


# -- activations and initialisation


def with_activation(network: NetworkSpec, where: Where, op: str, **options: Any) -> NetworkSpec:
    """Other activations in the place of some; the flag stays."""
    return changed(network, where, lambda layer: replace(layer, op=op, options=options, label=op))


def with_init(
    network: NetworkSpec,
    init: InitSpec | None,
    where: Where = dense,
    parameters: Collection[str] = ("weight",),
) -> NetworkSpec:
    """Another start for parameters of some layers; None: the framework's default."""

    def change(layer: LayerSpec) -> LayerSpec:
        inits = {k: v for k, v in layer.inits.items() if k not in parameters}
        if init is not None and not layer.shares:
            inits |= dict.fromkeys(parameters, init)
        return replace(layer, inits=inits)

    return changed(network, where, change)


def with_he(network: NetworkSpec, nonlinearity: str = "relu", slope: float = 0.0) -> NetworkSpec:
    """He initialisation of every dense layer and convolution but the last ones; biases stay as they are."""
    options: dict[str, Any] = {**HE_RELU.options, "nonlinearity": nonlinearity}
    if slope:
        options["a"] = slope
    last = {layer.id for layer in output_layers(network)}

    def hidden(layer: LayerSpec) -> bool:
        return dense(layer) and layer.id not in last

    return with_init(network, InitSpec("he", options), hidden)


def with_relu(network: NetworkSpec, where: Where = flagged) -> NetworkSpec:
    """ReLU in the place of saturating activations, with the He initialisation without which it shows nothing."""
    return with_he(with_activation(network, lambda x: where(x) and x.op in SATURATING, "relu"))


def with_bias(network: NetworkSpec, value: float, where: Where = flagged) -> NetworkSpec:
    """Biases that start at a number."""
    init = ZEROS if value == 0 else InitSpec("constant", {"value": value})
    return with_init(network, init, where, ("bias",))


# -- layers that come, go and change places


def without(network: NetworkSpec, where: Where) -> NetworkSpec:
    """The network without some operations of one input, whose consumers take that input instead.

    Raises:
        ValueError: an operation with more than one input is meant.
    """
    instead: dict[str, str] = {}
    kept: list[LayerSpec] = []
    for layer in network.layers:
        inputs = tuple(instead.get(name, name) for name in layer.inputs)
        if not where(layer):
            kept.append(replace(layer, inputs=inputs))
            continue
        if len(inputs) != 1:
            raise ValueError(f"{layer.id} has {len(inputs)} inputs and cannot be left out")
        instead[layer.id] = inputs[0]
    outputs = tuple(instead.get(name, name) for name in network.outputs)
    return replace(network, layers=tuple(kept), outputs=outputs)


def after(network: NetworkSpec, name: str, added: LayerSpec) -> NetworkSpec:
    """The network with an operation inserted behind a layer: whoever took that one's result takes this one's.

    added: its inputs are set here.
    """
    layers: list[LayerSpec] = []
    added = replace(added, inputs=(name,))
    for layer in network.layers:
        inputs = tuple(added.id if i == name else i for i in layer.inputs)
        layers.append(replace(layer, inputs=inputs))
        if layer.id == name:
            layers.append(added)
    if any(i.id == name for i in network.inputs):
        layers.insert(0, added)
    outputs = tuple(added.id if o == name else o for o in network.outputs)
    return replace(network, layers=tuple(layers), outputs=outputs)


def exchanged(network: NetworkSpec, first: str, second: str) -> NetworkSpec:
    """Two operations of which the second follows the first directly, in the other order.

    Raises:
        ValueError: they do not follow each other, or something else takes the first one's result.
    """
    a, b = network.layer(first), network.layer(second)
    if b.inputs != (first,) or len(a.inputs) != 1 or [c.id for c in consumers(network, first)] != [second]:
        raise ValueError(f"{second} does not simply follow {first}")
    layers: list[LayerSpec] = []
    for layer in network.layers:
        if layer.id == first:
            layers.append(replace(b, inputs=a.inputs))
        elif layer.id == second:
            layers.append(replace(a, inputs=(second,)))
        else:
            layers.append(replace(layer, inputs=tuple(first if i == second else i for i in layer.inputs)))
    outputs = tuple(first if o == second else o for o in network.outputs)
    return replace(network, layers=tuple(layers), outputs=outputs)


def without_output_activation(network: NetworkSpec) -> NetworkSpec:
    """The network whose result is that of its last layer: the activations (and dropout) behind it are left out."""
    last: set[str] = set()
    names = list(network.outputs)
    while names:
        layer = next((x for x in network.layers if x.id == names[0]), None)
        names = names[1:]
        if layer is None or layer.weighted or len(layer.inputs) != 1:
            continue
        if layer.op in ACTIVATIONS or layer.op in REGULARISERS:
            last.add(layer.id)
        names += layer.inputs
    return without(network, lambda layer: layer.id in last)


# -- the other parts of a variant


def with_network(variant: Variant, network: NetworkSpec, what: str) -> Variant:
    """The variant with another network."""
    return replace(variant, network=network, what=what)


def with_update(variant: Variant, what: str, **changes: Any) -> Variant:
    """The variant with other numbers of its update (`lr=0.001`, `clip="norm", clip_max=1.0`)."""
    return replace(variant, update=replace(variant.update, **changes), what=what)


def with_clipping(variant: Variant, most: float = 1.0, kind: str = "norm") -> Variant:
    """The variant with clipped gradients."""
    return with_update(variant, f"gradients clipped at {most:g}", clip=kind, clip_max=most)


def with_rate(variant: Variant, rate: float) -> Variant:
    """The variant at another learning rate."""
    return with_update(variant, f"learning rate {rate:g}", lr=rate)


def with_loss(variant: Variant, loss: LossSpec, what: str, **changes: Any) -> Variant:
    """The variant with another loss; changes: further fields of its task."""
    return replace(variant, task=replace(variant.task, loss=loss, **changes), what=what)


def with_task(variant: Variant, what: str, **changes: Any) -> Variant:
    """The variant with other data (`target_scale=1.0`, `target_offset=0.0`, `batch=16`)."""
    return replace(variant, task=replace(variant.task, **changes), what=what)


def notes_of(*parts: Iterable[str]) -> tuple[str, ...]:
    """Notes of several sources, each once."""
    return tuple(dict.fromkeys(note for notes in parts for note in notes))
