"""Activation functions: signature, range, and the class of torch.nn that applies each."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from trainlint.facts.graph import Op
from trainlint.frameworks.torch import shapes as s
from trainlint.frameworks.torch.operations import (
    Bounds,
    BoundsRule,
    Operation,
    between,
    nonnegative,
)


def _relu6(bounds: Bounds, options: Mapping[str, Any]) -> Bounds:
    return 0.0, 6.0


def _above(low: float) -> BoundsRule:
    """Bounded below; the bound above is that of the input where it is positive."""
    return lambda bounds, options: (
        low,
        None if bounds[1] is None else max(bounds[1], 0.0),
    )


def _elu(bounds: Bounds, options: Mapping[str, Any]) -> Bounds:
    alpha = options.get("alpha", 1.0)
    return -abs(alpha) if isinstance(alpha, int | float) else None, None


def _hardtanh(bounds: Bounds, options: Mapping[str, Any]) -> Bounds:
    low, high = options.get("min_val", -1.0), options.get("max_val", 1.0)
    known = isinstance(low, int | float) and isinstance(high, int | float)
    return (float(low), float(high)) if known else (None, None)


def _any(bounds: Bounds, options: Mapping[str, Any]) -> Bounds:
    return None, None


_SILU_MINIMUM = -0.27846454276  # of x * sigmoid(x), at x = -1.2784645
_GELU_MINIMUM = -0.16997120747  # of x * Phi(x), at x = -0.7517916
_MISH_MINIMUM = -0.30884017  # of x * tanh(softplus(x)), at x = -1.1923
_SELU_MINIMUM = -1.0507009873554805 * 1.6732632423543772  # -scale * alpha (torch.nn.SELU)

_PROBABILITY = between(0.0, 1.0)
_LOG_PROBABILITY = between(None, 0.0)

_ROWS: tuple[tuple[str, str, str, BoundsRule], ...] = (
    ("relu", "ReLU", "inplace=False", nonnegative),
    ("relu6", "ReLU6", "inplace=False", _relu6),
    ("leaky_relu", "LeakyReLU", "negative_slope=0.01, inplace=False", _any),
    ("rrelu", "RReLU", "lower=0.125, upper=0.3333333333333333, inplace=False", _any),
    ("elu", "ELU", "alpha=1.0, inplace=False", _elu),
    ("celu", "CELU", "alpha=1.0, inplace=False", _elu),
    ("selu", "SELU", "inplace=False", _above(_SELU_MINIMUM)),
    ("gelu", "GELU", "approximate='none'", _above(_GELU_MINIMUM)),
    ("silu", "SiLU", "inplace=False", _above(_SILU_MINIMUM)),
    ("mish", "Mish", "inplace=False", _above(_MISH_MINIMUM)),
    ("hardswish", "Hardswish", "inplace=False", _above(-0.375)),
    ("sigmoid", "Sigmoid", "", _PROBABILITY),
    ("hardsigmoid", "Hardsigmoid", "inplace=False", _PROBABILITY),
    ("logsigmoid", "LogSigmoid", "", _LOG_PROBABILITY),
    ("tanh", "Tanh", "", between(-1.0, 1.0)),
    ("hardtanh", "Hardtanh", "min_val=-1.0, max_val=1.0, inplace=False", _hardtanh),
    ("softsign", "Softsign", "", between(-1.0, 1.0)),
    ("tanhshrink", "Tanhshrink", "", _any),
    ("hardshrink", "Hardshrink", "lambd=0.5", _any),
    ("softshrink", "Softshrink", "lambd=0.5", _any),
    ("softplus", "Softplus", "beta=1.0, threshold=20.0", between(0.0, None)),
    ("threshold", "Threshold", "threshold, value, inplace=False", _any),
    ("softmax", "Softmax", "dim=None", _PROBABILITY),
    ("softmax", "Softmax2d", "", _PROBABILITY),
    ("softmin", "Softmin", "dim=None", _PROBABILITY),
    ("log_softmax", "LogSoftmax", "dim=None", _LOG_PROBABILITY),
    ("gumbel_softmax", "", "tau=1, hard=False, eps=1e-10, dim=-1", _PROBABILITY),
)


def _halved(shapes: s.Shapes, options: s.Options) -> tuple[int | None, ...] | None:
    """The shape after a gated linear unit, which halves `dim`."""
    shape, dim = shapes[0], options.get("dim", -1)
    if not shape or not isinstance(dim, int) or not -len(shape) <= dim < len(shape):
        return None
    sizes = list(shape)
    size = sizes[dim]
    sizes[dim] = size // 2 if size is not None else None
    return tuple(sizes)


FUNCTIONAL_EXTRA = {"softmax": "dim=None, _stacklevel=3, dtype=None", "log_softmax": "dim=None, _stacklevel=3, dtype=None",
                    "rrelu": "lower=0.125, upper=0.3333333333333333, training=False, inplace=False",
                    "softmin": "dim=None, _stacklevel=3, dtype=None"}  # fmt: skip

GLU = Operation(Op.ACTIVATION, "glu", "dim=-1", (), _halved)
PRELU = Operation(Op.ACTIVATION, "prelu", "weight", ("weight",), s.same)

ACTIVATIONS: dict[str, Operation] = {
    name: Operation(Op.ACTIVATION, name, FUNCTIONAL_EXTRA.get(name, parameters), (), s.same, bounds)
    for name, _, parameters, bounds in reversed(_ROWS)
} | {"glu": GLU, "prelu": PRELU}
"""Functions by name; `x.relu()`, `torch.relu`, `F.relu` and the in-place variants are the same."""

FUNCTION_ALIASES = {
    "swish": "silu",
    "logsigmoid": "logsigmoid",
    "log_sigmoid": "logsigmoid",
}

ACTIVATION_LAYERS: dict[str, Operation] = {
    layer: Operation(Op.ACTIVATION, name, parameters, (), s.same, bounds)
    for name, layer, parameters, bounds in _ROWS
    if layer
} | {"GLU": GLU}
"""Classes of torch.nn by name, with the signatures of their constructors."""


def gain(nonlinearity: str, parameter: float | None = None) -> float | None:
    """torch.nn.init.calculate_gain as documented; None for a name that it does not know."""
    if nonlinearity == "leaky_relu":
        slope = 0.01 if parameter is None else parameter
        return math.sqrt(2.0 / (1 + slope**2))
    known = {
        "relu": math.sqrt(2.0),
        "tanh": 5.0 / 3,
        "selu": 3.0 / 4,
        "sigmoid": 1.0,
        "linear": 1.0,
    }
    if nonlinearity.startswith("conv"):
        return 1.0
    return known.get(nonlinearity)
