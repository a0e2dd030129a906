"""How parameters start: as an InitSpec says, else as the framework of the program starts them.

torch's defaults are made by torch itself, which constructs the layer. Keras' are those of `keras.layers`: Glorot-uniform
kernels, orthogonal recurrent kernels, zero biases but one for an LSTM's forget gate, embeddings uniform in +-0.05.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Generator, Tensor, nn

from trainlint.probe.spec import InitSpec, LayerSpec
from trainlint.probe.worker.seeds import derived

Options = Mapping[str, Any]
Scheme = Callable[[Tensor, Options, Generator], object]

_RECURRENT = re.compile(r"_l\d+(_reverse)?$")
_BLOCKS = ("attention", "transformer_encoder_layer", "transformer_encoder", "transformer_decoder_layer",
           "transformer_decoder")  # fmt: skip
_RECURRENT_OPS = ("rnn", "lstm", "gru")


def initialise(layer: LayerSpec, module: nn.Module, seed: int, framework: str) -> None:
    """Set the parameters of one layer in place."""
    for name, parameter in module.named_parameters():
        spec = _asked_for(layer, name, parameter)
        generator = torch.Generator().manual_seed(derived(seed, layer.id, name, tuple(parameter.shape)))
        with torch.no_grad():
            if spec is not None:
                fill(parameter, spec, generator)
            elif framework == "keras":
                _keras(layer, name, parameter, generator)


def _asked_for(layer: LayerSpec, name: str, parameter: Tensor) -> InitSpec | None:
    """The explicit initialisation of a parameter, None where the framework's holds."""
    base = _RECURRENT.sub("", name.rpartition(".")[2])
    if layer.op in _BLOCKS:
        if base != "weight" and base in layer.inits:
            return layer.inits[base]
        kind = "weight" if parameter.dim() > 1 else "bias" if "bias" in base and "norm" not in name else ""
        return layer.inits.get(kind)
    return layer.inits.get(base)


def fill(parameter: Tensor, spec: InitSpec, generator: Generator) -> None:
    """Draw one parameter by a scheme.

    Raises:
        ValueError: no such scheme.
    """
    scheme = SCHEMES.get(spec.scheme)
    if scheme is None:
        raise ValueError(f"no initialisation is called {spec.scheme!r}")
    scheme(parameter, spec.options, generator)


def _fans(parameter: Tensor) -> tuple[int, int]:
    if parameter.dim() < 2:
        return max(parameter.numel(), 1), max(parameter.numel(), 1)
    return nn.init._calculate_fan_in_and_fan_out(parameter)


def _spread(parameter: Tensor, std: float, distribution: str, generator: Generator) -> None:
    if distribution == "uniform":
        parameter.uniform_(-math.sqrt(3) * std, math.sqrt(3) * std, generator=generator)
    elif distribution == "truncated_normal":
        std /= 0.87962566103423978  # what cutting at two deviations takes away (Keras' VarianceScaling)
        nn.init.trunc_normal_(parameter, 0.0, std, -2 * std, 2 * std, generator=generator)
    else:
        parameter.normal_(0.0, std, generator=generator)


def _he(parameter: Tensor, options: Options, generator: Generator) -> None:
    fan_in, fan_out = _fans(parameter)
    fan = fan_out if options.get("mode") == "fan_out" else fan_in
    gain = nn.init.calculate_gain(options.get("nonlinearity", "leaky_relu"), options.get("a", 0.0))
    _spread(parameter, gain / math.sqrt(fan), options.get("distribution", "normal"), generator)


def _xavier(parameter: Tensor, options: Options, generator: Generator) -> None:
    std = options.get("gain", 1.0) * math.sqrt(2.0 / sum(_fans(parameter)))
    _spread(parameter, std, options.get("distribution", "uniform"), generator)


def _lecun(parameter: Tensor, options: Options, generator: Generator) -> None:
    _spread(parameter, 1 / math.sqrt(_fans(parameter)[0]), options.get("distribution", "normal"), generator)


def _variance_scaling(parameter: Tensor, options: Options, generator: Generator) -> None:
    fan_in, fan_out = _fans(parameter)
    fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[
        options.get("mode", "fan_in")
    ]
    std = math.sqrt(options.get("scale", 1.0) / fan)
    _spread(parameter, std, options.get("distribution", "truncated_normal"), generator)


def _orthogonal(parameter: Tensor, options: Options, generator: Generator) -> None:
    if parameter.dim() < 2:
        raise ValueError("an orthogonal initialisation needs a matrix")
    nn.init.orthogonal_(parameter, options.get("gain", 1.0), generator=generator)


def _normal(parameter: Tensor, options: Options, generator: Generator) -> None:
    parameter.normal_(options.get("mean", 0.0), options.get("std", 1.0), generator=generator)


def _trunc_normal(parameter: Tensor, options: Options, generator: Generator) -> None:
    low, high = options.get("low", -2.0), options.get("high", 2.0)
    mean, std = options.get("mean", 0.0), options.get("std", 1.0)
    nn.init.trunc_normal_(parameter, mean, std, low, high, generator=generator)


def _uniform(parameter: Tensor, options: Options, generator: Generator) -> None:
    parameter.uniform_(options.get("low", 0.0), options.get("high", 1.0), generator=generator)


def _sparse(parameter: Tensor, options: Options, generator: Generator) -> None:
    nn.init.sparse_(parameter, options.get("sparsity", 0.1), options.get("std", 0.01), generator=generator)


SCHEMES: dict[str, Scheme] = {
    "he": _he,
    "xavier": _xavier,
    "lecun": _lecun,
    "variance_scaling": _variance_scaling,
    "orthogonal": _orthogonal,
    "normal": _normal,
    "trunc_normal": _trunc_normal,
    "uniform": _uniform,
    "constant": lambda p, options, _: p.fill_(float(options["value"])),
    "zeros": lambda p, _, __: p.zero_(),
    "ones": lambda p, _, __: p.fill_(1.0),
    "eye": lambda p, _, __: nn.init.eye_(p),
    "dirac": lambda p, _, __: nn.init.dirac_(p),
    "sparse": _sparse,
}


def _keras(layer: LayerSpec, name: str, parameter: Tensor, generator: Generator) -> None:
    """Keras' default for a parameter; norms start as torch's do."""
    base = _RECURRENT.sub("", name.rpartition(".")[2])
    if layer.op == "embedding":
        parameter.uniform_(-0.05, 0.05, generator=generator)
    elif not layer.weighted or "norm" in name:
        return
    elif "bias" in base:
        parameter.zero_()
        if layer.op == "lstm" and base == "bias_ih":
            width = parameter.numel() // 4
            parameter[width : 2 * width] = 1.0  # gates in torch's order: input, forget, cell, output
    elif base == "weight_hh":
        nn.init.orthogonal_(parameter, generator=generator)
    elif parameter.dim() > 1:
        _xavier(parameter, {}, generator)
