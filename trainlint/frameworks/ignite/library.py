"""The library of ignite's names, by the last part of any place that they are imported from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.semantics.library import TableLibrary
from trainlint.semantics.values import Args, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

MODULES = frozenset({
    "ignite", "distributed", "engine", "handlers", "metrics", "contrib", "utils", "common", "events", "engines",
    "param_scheduler", "base", "exceptions",
})  # fmt: skip
"""Packages and modules of ignite: names on the way, not what code takes from them."""
_LOOKS_ON = (
    "ignite.metrics",
    "ignite.contrib.metrics",
    "ignite.utils",
    "ignite.handlers",
    "ignite.contrib.handlers",
    "ignite.contrib.engines.common",
)
"""Whatever else is in these looks at the run, and changes neither network nor optimizer."""


class IgniteLibrary(TableLibrary):
    """Ignite moved its names between `ignite.contrib.handlers`, `ignite.handlers` and their modules more than once."""

    stands_for = ("ignite",)

    def resolve(self, run: Interpreter, qualname: str) -> Value | None:
        found = self.entries.get(qualname)
        if found is not None:
            return found
        parts = qualname.split(".")
        kept = [part for part in parts if part not in MODULES]
        return self.entries.get(".".join(("ignite", *kept[-1:]))) if kept and parts[-1] == kept[-1] else None

    def unmodelled(self, run: Interpreter, qualname: str, args: Args) -> Value | None:
        if qualname.startswith(_LOOKS_ON):
            return Unknown(f"{qualname}()")
        return None


LIBRARY = IgniteLibrary("ignite")
