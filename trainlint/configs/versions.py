"""Versions that code compares: packaging, pkg_resources and distutils, as tuples of their numbers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from trainlint.semantics.library import TableLibrary
from trainlint.semantics.outside import External
from trainlint.semantics.sequences import TupleValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LIBRARY = TableLibrary("packaging", "pkg_resources", "distutils", "looseversion")
LIBRARIES = [LIBRARY]
_RELEASE = re.compile(r"v?(\d+(?:\.\d+)*)$")


AT_LEAST = {"torch.__version__": (2,)}
"""Releases that code of today runs on at least, without zeros at the end, by the names of their texts (PyTorch 2.0 is of March
2023)."""


class ModernVersion(Unknown):
    """The version of an installed library: which one is not known, but that it is none before `least`."""

    __slots__ = ("least",)

    def __init__(self, name: str, least: tuple[int, ...]) -> None:
        super().__init__(f"{name} of today")
        self.least = least

    def binary(self, run: Interpreter, op: str, other: Value, reflected: bool) -> Value | None:
        """`installed >= asked`, `asked <= installed`"""
        op = SWAPPED.get(op, op) if reflected else op
        parts = other.elements if isinstance(other, TupleValue) else ()
        asked = tuple(part.value for part in parts if isinstance(part, Const))
        if len(asked) < len(parts) or not asked or op not in SWAPPED:
            return super().binary(run, op, other, reflected)
        if asked < self.least or (asked == self.least and op in (">=", "<")):
            return Const(op in (">", ">="))
        return super().binary(run, op, other, reflected)


SWAPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}


@LIBRARY.function(
    "packaging.version.parse",
    "packaging.version.Version",
    "pkg_resources.parse_version",
    "distutils.version.LooseVersion",
    "distutils.version.StrictVersion",
    "looseversion.LooseVersion",
)
def _parse(run: Interpreter, args: Args) -> Value:
    """A release, without the zeros at its end: `1.8.0` is `1.8`."""
    text = args.positional[0] if args.positional else args.keywords.get("version")
    if isinstance(text, External) and text.qualname in AT_LEAST:
        return ModernVersion(text.qualname, AT_LEAST[text.qualname])
    match = _RELEASE.match(text.value) if isinstance(text, Const) and isinstance(text.value, str) else None
    if match is None:
        return Unknown("a version")
    numbers = [int(part) for part in match[1].split(".")]
    while len(numbers) > 1 and numbers[-1] == 0:
        numbers.pop()
    return TupleValue([Const(number) for number in numbers])
