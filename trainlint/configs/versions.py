"""Versions that code compares: packaging, pkg_resources and distutils, as tuples of their numbers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from trainlint.semantics.library import TableLibrary
from trainlint.semantics.sequences import TupleValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LIBRARY = TableLibrary("packaging", "pkg_resources", "distutils", "looseversion")
LIBRARIES = [LIBRARY]
_RELEASE = re.compile(r"v?(\d+(?:\.\d+)*)$")


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
    match = _RELEASE.match(text.value) if isinstance(text, Const) and isinstance(text.value, str) else None
    if match is None:
        return Unknown("a version")
    numbers = [int(part) for part in match[1].split(".")]
    while len(numbers) > 1 and numbers[-1] == 0:
        numbers.pop()
    return TupleValue([Const(number) for number in numbers])
