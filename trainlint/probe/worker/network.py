"""A NetworkSpec as a torch module: operations are looked up in a whitelist, nothing is evaluated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from trainlint.probe.spec import LayerSpec, NetworkSpec
from trainlint.probe.worker.functions import FUNCTIONS
from trainlint.probe.worker.initialise import initialise
from trainlint.probe.worker.modules import MODULES
from trainlint.probe.worker.seeds import derived


class Network(nn.Module):
    """A rebuilt network. Parameters depend on the seed, the layer's id, their name and shape, and on nothing else: two
    networks with a layer in common start it with the same numbers.

    Raises:
        ValueError: the specification does not make sense.
    """

    def __init__(self, spec: NetworkSpec, seed: int) -> None:
        super().__init__()
        spec.check()
        self.spec = spec
        self.layers = nn.ModuleDict()
        for layer in spec.layers:
            if layer.op in MODULES and not layer.shares:
                self.layers[_key(layer.id)] = _made(layer, seed, spec.framework)
        self._modules_of = {layer.id: self._module(layer) for layer in spec.layers}

    def forward(self, inputs: Sequence[Tensor], watch: dict[str, Tensor] | None = None) -> Tensor:
        """The first output. watch: filled with the output of every layer by id, whose gradients are then kept."""
        values = dict(zip((i.id for i in self.spec.inputs), inputs, strict=True))
        batch = inputs[0].shape[0]
        for layer in self.spec.layers:
            arguments = [values[name] for name in layer.inputs]
            module = self._modules_of[layer.id]
            value = (
                module(*arguments)
                if module is not None
                else FUNCTIONS[layer.op](arguments, layer.options, batch)
            )
            values[layer.id] = value
            if watch is not None:
                if value.requires_grad:
                    value.retain_grad()
                watch[layer.id] = value
        return values[self.spec.outputs[0]]

    def layer(self, name: str) -> nn.Module | None:
        """The module of a layer, None for a function; of one that shares its weights, the module it shares."""
        return self._modules_of[name]

    def matrices(self) -> Mapping[str, Tensor]:
        """Weights of two or more dimensions, by `layer.parameter`."""
        return {
            f"{layer.id}.{name}": parameter
            for layer in self.spec.layers
            if layer.op in MODULES and not layer.shares
            for name, parameter in self.layers[_key(layer.id)].named_parameters()
            if parameter.dim() > 1
        }

    def _module(self, layer: LayerSpec) -> nn.Module | None:
        if layer.op not in MODULES:
            return None
        return self.layers[_key(layer.shares or layer.id)]


def _made(layer: LayerSpec, seed: int, framework: str) -> nn.Module:
    torch.manual_seed(derived(seed, layer.id, "default"))
    module = MODULES[layer.op](layer.options)
    initialise(layer, module, seed, framework)
    return module


def _key(name: str) -> str:
    """A name that a ModuleDict takes: no dots."""
    return name.replace(".", "/")
