"""Facts that people read from real programs, one TOML file for each entry point; see tests/facts/real/README.md."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCALARS = (
    "framework",
    "batch_size",
    "batch_size_origin",
    "zero_grad",
    "eval_mode",
    "no_grad_eval",
    "shuffle_train",
    "amp",
    "accumulation",
)
LISTS = {
    "models": ("name", "layers", "hidden_activations", "output_activation", "normalizations", "init"),
    "losses": ("name", "takes"),
    "optimizers": ("name", "lr", "lr_origin", "momentum", "weight_decay"),
    "schedules": ("name", "unit"),
    "clipping": ("kind", "max"),
}
"""The lists of the document with the fields of their items; the first names the item (`aliases` do as well)."""

_KEYS = {"package", "entry", "sha256", "configs", "note", "partial", "corrected", "facts"}


class TruthError(Exception):
    """A file of facts is not as the format says. The message names the file and the key."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What one entry point of a package does. facts: scalars, and lists of items, by the document's names.

    partial: lists that may have more items than are named. sha256: of the entry file.
    """

    name: str
    package: str
    version: str
    entry: str
    sha256: str
    configs: tuple[str, ...]
    partial: frozenset[str]
    facts: dict[str, Any]


def read_all(folder: Path, only: str | None = None) -> list[Truth]:
    """The truths of a folder (not of those below it), by name; `only` names some. Raises TruthError."""
    truths = [read(path) for path in sorted(folder.glob("*.toml")) if path.name != "packages.toml"]
    if not only:
        return truths
    wanted = {name.strip() for name in only.split(",") if name.strip()}
    if missing := wanted - {truth.name for truth in truths}:
        raise TruthError(f"{folder}: no facts named {', '.join(sorted(missing))}")
    return [truth for truth in truths if truth.name in wanted]


def read(path: Path) -> Truth:
    """One file. Raises TruthError."""
    try:
        entry = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise TruthError(f"{path}: {error}") from error
    for key in ("package", "entry", "sha256", "note"):
        if not isinstance(entry.get(key), str):
            raise TruthError(f"{path}: lacks the text {key}")
    _refuse(path, entry, _KEYS)
    package, _, version = entry["package"].partition("==")
    partial = frozenset(entry.get("partial", ()))
    _refuse(path, partial, LISTS)
    facts = entry.get("facts", {})
    _check(path, facts)
    configs = tuple(entry.get("configs", ()))
    return Truth(path.stem, package, version, entry["entry"], entry["sha256"], configs, partial, facts)


def _check(path: Path, facts: dict[str, Any]) -> None:
    _refuse(path, facts, (*SCALARS, *LISTS))
    for key, fields in LISTS.items():
        for item in facts.get(key, ()):
            _refuse(path, item, (*fields, "aliases"))
            if fields[0] not in item:
                raise TruthError(f"{path}: an item of {key} lacks {fields[0]}")


def _refuse(path: Path, keys: Any, allowed: Any) -> None:
    if unknown := [key for key in keys if key not in allowed]:
        raise TruthError(f"{path}: unknown {', '.join(unknown)}")
