"""Which values that are not known may be a part of a network."""

from __future__ import annotations

import re

from trainlint.semantics.values import Unknown

_NO_LAYERS = frozenset(
    {
        "weight",
        "bias",
        "config",
        "device",
        "dtype",
        "training",
        "shape",
        "data",
        "grad",
        "requires_grad",
        "state_dict",
    }
)
"""Attributes of layers that are none themselves."""


class HiddenLayer(Unknown):
    """Something inside a network whose layers are not listed (`bert.encoder.layer[3]`): layers, as a rule."""

    __slots__ = ()

    def __init__(self, why: str, method: str = "") -> None:
        super().__init__(why, method=method)
        self.made = True

    def _part(self, why: str, method: str = "") -> Unknown:
        found = super()._part(why, method)
        if method in _NO_LAYERS or method.startswith("_"):
            return found
        part = HiddenLayer(why, method)
        part.passed, part.through = found.passed, found.through
        return part


def hidden_layer(owner: str, name: str) -> HiddenLayer | None:
    """What stands under a name in such a network; None for what is no layer."""
    return None if name in _NO_LAYERS or name.startswith("_") else HiddenLayer(f"{owner}.{name}", name)


_PLAIN_RESULTS = frozenset({
    "detach", "item", "numpy", "tolist", "clone", "sum", "mean", "max", "min", "std", "var", "abs", "sqrt", "exp", "log",
    "argmax", "argmin", "nonzero", "size", "dim", "numel", "view", "reshape", "permute", "transpose", "unsqueeze",
    "squeeze", "expand", "repeat", "long", "int", "bool", "round", "split", "strip", "lower", "upper", "format", "replace",
    "join", "keys", "values", "items", "count", "index", "startswith", "endswith", "encode", "decode", "read", "readlines",
})  # fmt: skip
"""Methods of tensors, numbers, texts and mappings: no network comes from them."""
_PLAIN_FUNCTIONS = frozenset(
    {"any", "all", "len", "sum", "max", "min", "abs", "round", "str", "int", "float", "bool", "type"}
)
_PLAIN_ROOMS = (
    "not ", "math.", "os.", "time.", "datetime.", "re.", "json.", "pathlib.", "random.", "logging.", "uuid.", "weakref.",
    "numpy.", "torch.Size", "torch.device", "torch.cuda.", "torch.Generator", "torch.distributed.", "huggingface_hub.",
    "keras.regularizers.", "keras.constraints.", "keras.initializers.",
)  # fmt: skip
_ARITHMETIC = re.compile(r" (?:[-+/%@]|\*\*?|//) ")


def may_be_module(value: Unknown) -> bool:
    """Whether something unknown is what a call made, and no number, text or tensor for sure."""
    if isinstance(value, HiddenLayer):
        return True
    if not value.why.endswith("()"):
        return False
    made_by = value.why.removesuffix("()")
    if made_by.rpartition(".")[2] in _PLAIN_RESULTS or made_by.startswith(_PLAIN_ROOMS):
        return False
    return made_by not in _PLAIN_FUNCTIONS and not _ARITHMETIC.search(made_by)
