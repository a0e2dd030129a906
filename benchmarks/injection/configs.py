"""Scalars of YAML, JSON and TOML files with the bytes where they stand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from .project import Edit, Project

_TOML_TABLE = re.compile(r"^\[([\w.]+)\]\s*(?:#.*)?$")
_TOML_PAIR = re.compile(r"^(?P<key>\w+)\s*=\s*(?P<value>[^#\n]+?)\s*(?:#.*)?$")


@dataclass(frozen=True)
class Scalar:
    """One value: the keys that lead to it, its text as written, and its place."""

    path: str
    keys: tuple[str, ...]
    raw: str
    start: int
    end: int
    line: int

    @property
    def number(self) -> float | None:
        try:
            return float(self.raw)
        except ValueError:
            return None

    def set(self, text: str) -> Edit:
        return Edit(self.path, self.start, self.end, text)


def scalars(project: Project) -> list[Scalar]:
    found: list[Scalar] = []
    for path, text in project.configs.items():
        found += _toml(path, text) if Path(path).suffix == ".toml" else list(_yaml(path, text))
    return found


@cache
def _yaml(path: str, text: str) -> tuple[Scalar, ...]:
    """YAML and JSON alike: every JSON file of the corpus is YAML too."""
    found: list[Scalar] = []

    def walk(node: yaml.Node, keys: tuple[str, ...]) -> None:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                walk(value, (*keys, str(key.value)))
        elif isinstance(node, yaml.SequenceNode):
            for i, value in enumerate(node.value):
                walk(value, (*keys, str(i)))
        else:
            start, end = node.start_mark, node.end_mark
            offset = len(text[: start.index].encode())
            raw = text[start.index : end.index]
            found.append(Scalar(path, keys, raw, offset, offset + len(raw.encode()), start.line + 1))

    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if root is not None:
        walk(root, ())
    return tuple(dict.fromkeys(found))


def _toml(path: str, text: str) -> list[Scalar]:
    found, table, offset = [], (), 0
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        if head := _TOML_TABLE.match(line.rstrip("\n")):
            table = tuple(head[1].split("."))
        elif pair := _TOML_PAIR.match(line.rstrip("\n")):
            start = offset + len(line[: pair.start("value")].encode())
            raw = pair["value"]
            found.append(Scalar(path, (*table, pair["key"]), raw, start, start + len(raw.encode()), number))
        offset += len(line.encode())
    return found
