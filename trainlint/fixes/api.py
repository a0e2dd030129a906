"""What a fixer's file needs: `@fixes`, the finding with its peers, and the files as they were read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from trainlint.model import Edit, Finding
from trainlint.source.python import PythonSource
from trainlint.source.tree import ConfigDocument


class Files(Protocol):
    """The files of a run by the path that findings show."""

    def python(self, path: str) -> PythonSource | None:
        """A Python file or notebook; None where it cannot be read."""
        ...

    def config(self, path: str) -> ConfigDocument | None:
        """A YAML, JSON or TOML file; None where it cannot be read."""
        ...


@dataclass(frozen=True)
class Request:
    """A finding to be mended. peers: all findings of its rule, itself included."""

    finding: Finding
    peers: Sequence[Finding]
    files: Files


@dataclass(frozen=True, slots=True)
class Mend:
    """What a fixer proposes: a sentence in the imperative, and the edits."""

    message: str
    edits: tuple[Edit, ...]


Fixer = Callable[[Request], Mend | None]
_FIXERS: dict[str, Fixer] = {}


def fixes(code: str) -> Callable[[Fixer], Fixer]:
    """Register the fixer of a rule: None says that this finding cannot be mended mechanically."""

    def register(fixer: Fixer) -> Fixer:
        _FIXERS[code] = fixer
        return fixer

    return register


def registered() -> Mapping[str, Fixer]:
    """All fixers that were imported, by the code of their rule."""
    return _FIXERS
