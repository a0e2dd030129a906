"""Lines of a project's own text files that code reads by hand: networks written down in sections, as Darknet does."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from trainlint.configs.paths import path_text
from trainlint.model import Location, Place
from trainlint.semantics.sequences import ListValue
from trainlint.semantics.values import Const, Value
from trainlint.source.problem import Unreadable

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_SUFFIXES = frozenset({".cfg", ".conf"})
"""Files of settings that no loader of the standard library reads by lines; tables and lists of files are data."""
_MOST = 2_000
"""Lines of a file. YOLOv4's network has 1,160, and each takes a parser some dozens of steps."""


def lines_of(run: Interpreter, path: Value | None, how: str) -> ListValue | None:
    """The lines of a file, each a text with its place; None where it is not known, is no text of settings, or is long.

    how: `readlines`, `split` (at "\\n") or `splitlines`.
    """
    text = path_text(path) if path is not None else None
    if text is None or PurePath(text).suffix not in _SUFFIXES:
        return None
    found = run.find_file(text)
    if found is None:
        return None
    try:
        written = run.reader.text(found)
    except Unreadable:
        return None
    lines = written.split("\n") if how == "split" else written.splitlines(keepends=how == "readlines")
    if len(lines) > _MOST:
        return None
    display = run.reader.display(found)
    run.program.files.add(display)
    return ListValue(
        [
            Const(line, (Place(Location(display, number), PurePath(text).name),))
            for number, line in enumerate(lines, 1)
        ]
    )
