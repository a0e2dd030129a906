"""Scripts that a notebook writes and runs itself: `%%writefile train.py` in one cell, `!python train.py --lr 1e-4` in another.

Their code is read where it stands, as if the cell ran it: a file that is written in one cell and imported or run in another
is part of the notebook. What is only written is not.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

from trainlint.source.lines import split_lines

_WRITES = re.compile(r"\s*%%(?:writefile|file)\s+(?:-a\s+)?[\"']?(?P<path>[\w./-]+\.py)[\"']?\s*$")
_RUNS = re.compile(
    r"^\s*(?:%run\s|[!%]?.*\b(?:python3?|launch|torchrun|deepspeed)\b)(?P<words>.*)$", re.MULTILINE
)
_IMPORT = re.compile(
    r"^(?P<margin>[ \t]*)from\s+(?P<module>\w+)\s+import\s+(?P<names>[\w*][\w*, \t]*)(?:#.*)?$", re.MULTILINE
)
_END = frozenset({"|", ">", ">>", "&", "&&", ";", "2>&1"})


def in_place(cells: Sequence[str]) -> list[str]:
    """The cells, with those that write a script in Python for the notebook's own use turned into its code, line by line."""
    written = {path: at for at, cell in enumerate(cells) if (path := _path(cell)) is not None}
    if not written:
        return list(cells)
    text = list(cells)
    taken: set[str] = set()
    for path, at in written.items():
        others = [cell for other, cell in enumerate(cells) if other != at]
        given = next((words for cell in others if (words := _arguments(cell, path)) is not None), None)
        module = path.rsplit("/", 1)[-1].removesuffix(".py")
        imported = any(found["module"] == module for cell in others for found in _IMPORT.finditer(cell))
        if given is None and (not imported or "__main__" in cells[at]):
            continue
        _, _, rest = cells[at].lstrip("\n").partition("\n")
        margin = "\n" * (len(cells[at]) - len(cells[at].lstrip("\n")))
        start = f"import sys; sys.argv = {[path, *given]!r}" if given else ""
        text[at] = f"{margin}{start}\n{rest}"
        taken.add(module)
    return [_own_names(cell, taken) for cell in text]


def _path(cell: str) -> str | None:
    line = next((line for line in split_lines(cell) if line.strip()), "")
    found = _WRITES.match(line)
    return found["path"].removeprefix("./") if found else None


def _arguments(cell: str, path: str) -> list[str] | None:
    """What a cell's shell line gives a script; None if no line runs it."""
    for found in _RUNS.finditer(re.sub(r"\\\n", " ", cell)):
        if not found[0].lstrip().startswith(("!", "%")):
            continue
        try:
            words = shlex.split(found["words"], comments=True)
        except ValueError:
            continue
        names = [word.removeprefix("./") for word in words]
        if path in names:
            rest = words[names.index(path) + 1 :]
            end = next((i for i, word in enumerate(rest) if word in _END), len(rest))
            return rest[:end]
    return None


def _own_names(cell: str, modules: set[str]) -> str:
    """Imports from what stands in the notebook itself, as what they are there: names that exist, or other names for them."""

    def own(found: re.Match[str]) -> str:
        if found["module"] not in modules:
            return found[0]
        pairs = [part.split() for part in found["names"].split(",") if part.strip()]
        renamed = [f"{p[2]} = {p[0]}" for p in pairs if len(p) == 3 and p[1] == "as" and p[2] != p[0]]
        return found["margin"] + ("; ".join(renamed) or "pass")

    return _IMPORT.sub(own, cell) if modules else cell
