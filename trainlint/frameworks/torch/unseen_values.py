"""Which values that are not known may be a part of a network."""

from __future__ import annotations

import re

from trainlint.semantics.values import Unknown

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
    if not value.why.endswith("()"):
        return False
    made_by = value.why.removesuffix("()")
    if made_by.rpartition(".")[2] in _PLAIN_RESULTS or made_by.startswith(_PLAIN_ROOMS):
        return False
    return made_by not in _PLAIN_FUNCTIONS and not _ARITHMETIC.search(made_by)
