"""Watching what code does with a mapping: which keys it reads, lacks, and writes over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter
    from trainlint.semantics.values import Value


class Watcher:
    """Told of every use of a mapping that carries it. Copies of the mapping carry it too."""

    __slots__ = ()

    def read(self, key: str) -> None:
        """One entry was read."""

    def whole(self) -> None:
        """All entries may have been read: it was iterated, unpacked, or handed to code that is not followed."""

    def missing(self, run: Interpreter, key: str) -> None:
        """An entry was asked for that the mapping does not have, with no default."""

    def written(self, run: Interpreter, key: str, old: Value, new: Value) -> None:
        """An entry that was there is replaced."""


class Watchers(Watcher):
    """Those of mappings that were merged: what one of them lacks, another may have."""

    __slots__ = ("parts",)

    def __init__(self, parts: Sequence[Watcher]) -> None:
        self.parts = tuple(parts)

    def read(self, key: str) -> None:
        for part in self.parts:
            part.read(key)

    def whole(self) -> None:
        for part in self.parts:
            part.whole()


def together(first: Watcher | None, second: Watcher | None) -> Watcher | None:
    """The watcher of two mappings that become one."""
    if first is None and second is None:
        return None
    known: list[Watcher] = []
    for part in (first, second):
        for each in part.parts if isinstance(part, Watchers) else [part] if part is not None else []:
            if each not in known:
                known.append(each)
    return Watchers(known)
