"""Spellings of Python 2 and of Python before 3.7, read as what they mean today.

Every replacement is as wide as what it stands for, so that positions stay.
"""

from __future__ import annotations

import re

_ASYNC_ARGUMENT = re.compile(r"(?<=[(,\s])async(?=\s*=[^=])")
_PRINT = re.compile(r"^(\s*(?:[^#\"']*:\s+)?)(?:print|exec)\s+(?=[^=(\s.,:)\]]|\(.*\)\s*%)|^(\s*)print\s*>>")
_BARE_PRINT = re.compile(r"^(\s*)print\s*(?=#|$)")
_EXCEPT = re.compile(r"^(\s*except\s+[\w.]+|\s*except\s*\([^)]*\))(\s*,\s*\w+\s*)(?=:)")
_RAISE = re.compile(r"^(\s*raise\s+[\w.]+)(\s*,.*)$")
_OPENING, _CLOSING = "([{", ")]}"
_TEXTS = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'")
PASS = "pass"


def reread(text: str) -> str | None:
    """The text with old spellings replaced; None if it has none.

    `async=True` in a call becomes another argument, `except E, e` loses its name, `raise E, message` its message, and a
    `print` or `exec` statement does nothing.
    """
    lines = text.split("\n")
    changed = False
    row = 0
    while row < len(lines):
        line = lines[row]
        new = _ASYNC_ARGUMENT.sub("_sync", line)
        new = _EXCEPT.sub(lambda m: m.group(1) + " " * len(m.group(2)), new)
        new = _RAISE.sub(lambda m: m.group(1) + " " * len(m.group(2)), new)
        match = _PRINT.match(new) or _BARE_PRINT.match(new)
        last = row
        if match is not None:
            last = _last_row(lines, row)
            new = (next((g for g in match.groups() if g is not None), "") + PASS).ljust(len(line))
        changed = changed or new != line
        lines[row] = new
        for blanked in range(row + 1, last + 1):
            lines[blanked] = ""
        row = last + 1
    return "\n".join(lines) if changed else None


def _last_row(lines: list[str], row: int) -> int:
    """The last row of a simple statement: as long as brackets are open or a backslash ends the row."""
    depth = 0
    for last in range(row, len(lines)):
        code = _TEXTS.sub("", lines[last]).split("#", 1)[0].rstrip()
        depth += sum(code.count(c) for c in _OPENING) - sum(code.count(c) for c in _CLOSING)
        if depth <= 0 and not code.endswith("\\"):
            return last
    return row
