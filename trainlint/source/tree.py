"""Config documents: one tree for YAML, JSON and TOML in which every key and value knows its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from trainlint.model import Location
from trainlint.source.problem import Problem
from trainlint.source.suppressions import Suppressions

# Deeper than any config, and shallow enough for readers of the tree that recurse.
MAX_DEPTH = 150
# A hand-written config is far smaller; what is larger is data.
MAX_CHARACTERS = 2_000_000

Format = Literal["yaml", "json", "toml"]
_FORMATS: dict[str, Format] = {".yaml": "yaml", ".yml": "yaml", ".json": "json", ".toml": "toml"}
_STEP = re.compile(r"\[(\d+)\]|([^.\[]+)")


@dataclass(slots=True, eq=False)
class ConfigNode:
    """A value of a config document.

    Attributes:
        location: of the value as written (for a YAML alias, where the anchor's value stands); the end column
            is the one just after the last character.
        key_location: of the key, or None for list elements and the root.
        path: dotted, as in `optim.lr` or `callbacks[0].x`; empty for the root.
        items: children by Python key (mapping) or in order (sequence); empty for a scalar.
        value: a scalar as PyYAML's safe_load (YAML 1.1), json.load or tomllib would make it.
        yaml12_value: a scalar as a YAML 1.2 core loader would make it (`1e-3` is a float there).
        text: a scalar as written, with its quotes.
        quoted: whether a scalar was written as a quoted or block string.
        tag: an explicit YAML tag that no safe loader knows (`!include`), else None.
        aliased: the value came through a YAML alias or merge key.
    """

    kind: Literal["mapping", "sequence", "scalar"]
    location: Location
    path: str = ""
    key_location: Location | None = None
    items: dict[object, ConfigNode] | list[ConfigNode] = field(default_factory=list)
    value: object = None
    yaml12_value: object = None
    text: str = ""
    quoted: bool = False
    tag: str | None = None
    aliased: bool = False

    def children(self) -> Iterator[ConfigNode]:
        """The direct children, in the order of the document."""
        return iter(self.items.values() if isinstance(self.items, dict) else self.items)

    def get(self, key: object) -> ConfigNode | None:
        """The child under a key (mapping) or index (sequence), or None."""
        if isinstance(self.items, dict):
            return self.items.get(key)
        if isinstance(key, int) and -len(self.items) <= key < len(self.items):
            return self.items[key]
        return None

    def find(self, path: str) -> ConfigNode | None:
        """The node at a dotted path below this one (`optim.lr`, `callbacks[0].x`), or None."""
        node: ConfigNode | None = self
        for match in _STEP.finditer(path):
            if node is None:
                return None
            index, key = match.groups()
            node = node.get(int(index)) if index is not None else node.get(key)
        return node

    def walk(self) -> Iterator[ConfigNode]:
        """This node and all below it, in the order of the document."""
        pending = [self]
        while pending:
            node = pending.pop()
            yield node
            pending.extend(reversed(list(node.children())))


@dataclass(frozen=True, slots=True)
class DuplicateKey:
    """A key that its mapping already holds: the place of this one and of the first."""

    location: Location
    first: Location
    key_path: str


@dataclass(slots=True)
class ConfigDocument:
    """A config file. `root` is None if it is empty or does not parse; `documents` has all of a YAML file."""

    path: Path
    display: str
    root: ConfigNode | None
    format: Format
    duplicates: list[DuplicateKey] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    documents: list[ConfigNode] = field(default_factory=list)
    suppressions: Suppressions = field(default_factory=Suppressions)
    text: str = ""
    lenient: Problem | None = None  # JSON: what a strict reader stops at, though it was let pass here

    def find(self, path: str) -> ConfigNode | None:
        """The node at a dotted path, or None."""
        return None if self.root is None else self.root.find(path)


def child_path(parent: str, key: object) -> str:
    """The dotted path of a mapping's child."""
    return f"{parent}.{key}" if parent else str(key)


def element_path(parent: str, index: int) -> str:
    """The dotted path of a sequence's element."""
    return f"{parent}[{index}]"


def to_python(node: ConfigNode, *, yaml12: bool = False) -> object:
    """The plain Python value of a node: dicts, lists and scalars."""
    if node.kind == "scalar":
        return node.yaml12_value if yaml12 else node.value
    if isinstance(node.items, dict):
        return {key: to_python(child, yaml12=yaml12) for key, child in node.items.items()}
    return [to_python(child, yaml12=yaml12) for child in node.items]


def config_format(path: Path) -> Format | None:
    """The format that a file's suffix says, or None if it is no config."""
    return _FORMATS.get(path.suffix.lower())


def load_config(path: Path, display: str, text: str, format: Format | None = None) -> ConfigDocument:
    """Read a config in the format of its suffix (else YAML); never raises for what the text holds."""
    format = format or config_format(path) or "yaml"
    if len(text) > MAX_CHARACTERS:
        message = f"is too large for a config ({len(text):,} characters; the limit is {MAX_CHARACTERS:,})"
        return ConfigDocument(
            path, display, None, format, problems=[Problem(Location(display, 1), message, "size")]
        )
    # Each reader is imported when a file of its format comes, which keeps the start quick.
    if format == "json":
        from trainlint.source.json import load_json

        return load_json(path, display, text)
    if format == "toml":
        from trainlint.source.toml import load_toml

        return load_toml(path, display, text)
    from trainlint.source.yaml import load_yaml

    return load_yaml(path, display, text)
