"""How weights start: facts to InitSpec."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from trainlint.facts.graph import Init, Module, Op, Parameter
from trainlint.probe.case import Unbuildable
from trainlint.probe.spec import InitSpec

NUMBERS = {
    "he": ("a",), "xavier": ("gain",), "orthogonal": ("gain",), "normal": ("mean", "std"), "uniform": ("low", "high"),
    "trunc_normal": ("mean", "std", "low", "high"), "constant": ("value",), "sparse": ("sparsity", "std"),
    "lecun": (), "zeros": (), "ones": (), "eye": (), "dirac": (),
}  # fmt: skip
"""Schemes that can be rebuilt, with the numbers that they need."""
WORDS = ("mode", "distribution", "nonlinearity")
RENAMED = {"a": "low", "b": "high"}
"""trunc_normal_'s bounds."""


def inits_of(module: Module, note: Callable[[str], None]) -> dict[str, InitSpec]:
    """Explicit initialisations by torch's parameter names; parameters that keep the default are not listed.

    Raises:
        Unbuildable: weights are loaded, computed, or drawn with numbers that are not known.
    """
    found: dict[str, InitSpec] = {}
    if module.pretrained:
        raise Unbuildable("its weights are pre-trained, which data made")
    for name, parameter in parameters_of(module).items():
        spec = _init_of(parameter, module, note)
        if spec is not None:
            found.setdefault(_name(name), spec)
    return found


def parameters_of(module: Module) -> Mapping[str, Parameter]:
    """A layer's learned tensors; those of attention and transformer blocks stand in their parts."""
    if module.op not in (Op.ATTENTION, Op.TRANSFORMER):
        return module.parameters
    parts: dict[str, Parameter] = {}
    for part in module.walk():
        for name, parameter in part.parameters.items():
            if part.op is not Op.NORM and parameter.inits and "weight" in name:
                parts.setdefault("weight", parameter)
    return parts


def _name(name: str) -> str:
    """`weight_ih_l0_reverse` -> `weight_ih`."""
    head = name.split("_l", 1)[0] if name.startswith(("weight_", "bias_")) else name
    return head


def _init_of(parameter: Parameter, module: Module, note: Callable[[str], None]) -> InitSpec | None:
    if parameter.escaped:
        note("code that is not followed may have changed the weights: the initialisation before that is used")
    if not parameter.inits:
        return None
    last = parameter.inits[-1]
    if last.maybe:
        note("one of several initialisations is used, as a condition decides")
    return spec_of(last, module)


def spec_of(init: Init, module: Module | None = None) -> InitSpec:
    """One initialisation.

    Raises:
        Unbuildable: it cannot be repeated.
    """
    if init.scheme == "pretrained":
        raise Unbuildable("its weights are pre-trained, which data made")
    if init.scheme not in NUMBERS:
        raise Unbuildable("its weights start from values that are computed in a way that is not followed")
    options: dict[str, Any] = {}
    renamed = (
        RENAMED if init.scheme == "trunc_normal" else {"val": "value"} if init.scheme == "constant" else {}
    )
    for name, fact in init.options.items():
        key = renamed.get(name, name)
        if key in NUMBERS[init.scheme]:
            if not isinstance(fact.value, int | float):
                raise Unbuildable(f"{key} of the initialisation ({init.scheme}) is not known")
            options[key] = fact.value
        elif key in WORDS and isinstance(fact.value, str):
            options[key] = fact.value
    if init.scheme == "trunc_normal" and "low" not in options:  # Keras cuts at two standard deviations
        std = options.get("std", 0.05)
        options |= {"low": options.get("mean", 0.0) - 2 * std, "high": options.get("mean", 0.0) + 2 * std}
    gain = init.options.get("gain")
    if init.scheme == "lecun" and gain is not None and isinstance(gain.value, int | float):
        options["scale"] = gain.value**2
        kind = "uniform" if options.get("distribution") == "uniform" else "truncated_normal"
        return InitSpec(
            "variance_scaling", {"scale": options["scale"], "mode": "fan_in", "distribution": kind}
        )
    return InitSpec(init.scheme, options)
