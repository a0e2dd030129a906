"""Cheap filters on bytes: which files can hold training code or training settings at all."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

# Libraries by name, and the words that a fragment without imports cannot do without.
_PYTHON = re.compile(
    rb"torch|keras|tensorflow|lightning|transformers|accelerate|deepspeed|fastai|sklearn|ignite"
    rb"|\bnn\.|optimi[sz]er|backward\(|zero_grad|state_dict|learning_rate|requires_grad|DataLoader"
    rb"|\.fit\(|\bLinear\(|\bConv[12]d|\bDense\(|\boptim\.|\bF\.\w+\(|def forward\(|trainlint\s*:"
)

# Words of training settings; a config without any of them has nothing to judge.
_CONFIG = re.compile(
    rb"learning[_-]?rate|\blr\b|_lr\b|\blr_|\blr0\b|optim|batch|epoch|schedul|weight_decay|dropout|momentum"
    rb"|warm_?up|grad|_target_|_base_|backbone|criterion|loss|layers|hidden|activation|trainer"
    rb"|\btrain|\bmodel\b",
    re.IGNORECASE,
)


def is_relevant(data: bytes) -> bool:
    """Whether Python source may hold training code; False is certain, True means that parsing is worth it."""
    return _PYTHON.search(data) is not None


def is_config_like(data: bytes) -> bool:
    """Whether YAML or JSON may hold training settings; an array at the top is data, no config."""
    return data.lstrip()[:1] != b"[" and _CONFIG.search(data) is not None


def is_relevant_toml(data: bytes) -> bool:
    """As `is_config_like`, for TOML, where a `[` opens a table."""
    return _CONFIG.search(data) is not None


_IMPORT = re.compile(
    rb"^[ \t]*(?:from[ \t]+\.*([\w.]*)[ \t]+import[ \t]+([^\n#]*)|import[ \t]+([^\n#]+))", re.MULTILINE
)


def with_importers(files: Mapping[Path, bytes]) -> set[Path]:
    """The relevant files, and those that import one of them: a script may hold nothing but calls of its own modules.

    Names are compared by the last part only, so that a file too many is kept rather than one too few.
    """
    relevant = {path for path, data in files.items() if is_relevant(data)}
    names = {path: _imported(data) for path, data in files.items() if path not in relevant}
    stems = {_module_name(path) for path in relevant}
    while names:
        found = {path for path, imported in names.items() if imported & stems}
        if not found:
            break
        relevant |= found
        stems |= {_module_name(path) for path in found}
        names = {path: imported for path, imported in names.items() if path not in found}
    return relevant


def _module_name(path: Path) -> bytes:
    return (path.parent.name if path.name == "__init__.py" else path.stem).encode(errors="surrogateescape")


def _imported(data: bytes) -> set[bytes]:
    found: set[bytes] = set()
    for match in _IMPORT.finditer(data):
        for group in match.groups():
            found.update(re.findall(rb"\w+", group or b""))
    return found
