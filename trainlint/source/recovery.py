"""What can be read of Python text that does not parse as it stands, and words for what is wrong with it."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from trainlint.source.lines import split_lines

# Each attempt parses the whole text again; a file with more broken statements is no Python 3 file.
MAX_ATTEMPTS = 8

_CONTINUES = re.compile(r"(?:[\s)\]}#]|else\b|elif\b|except\b|finally\b|case\b|$)")
_PROMPT = re.compile(r"^(\s*)(>>>|\.\.\.|In \[\d+\]:|\.\.\.+:)( |$)")
_FIRST_PROMPT = re.compile(r"^\s*(>>>|In \[\d+\]:)( |$)")

_RUNNING = sys.version_info[:2]
# PEP 695, the only syntax since 3.11 that a line's beginning gives away.
_PYTHON312_LINE = re.compile(r"\s*(?:async\s+def|def|class)\s+\w+\[|\s*type\s+\w+\s*(?:\[|=)")

_PYTHON2_LINE = (
    (re.compile(r"\bprint\s+[^=(\s]|\bprint\s*>>"), "print is a statement"),
    (re.compile(r"\bexec\s+[\"'\w]"), "exec is a statement"),
    (re.compile(r"^\s*except\s+[^:(]+,\s*\w+\s*:"), "'except X, e' instead of 'except X as e'"),
    (re.compile(r"^\s*raise\s+\w[\w.]*\s*,"), "'raise X, message' instead of 'raise X(message)'"),
    (re.compile(r"<>"), "'<>' instead of '!='"),
    (re.compile(r"`[^`]+`"), "backticks instead of repr()"),
    (re.compile(r"\b0[0-7]+\b"), "octal numbers without 0o"),
    (re.compile(r"\b\d+L\b"), "long integers"),
    (re.compile(r"\bur[\"']"), "ur'' strings"),
)


@dataclass(frozen=True, slots=True)
class Reshaped:
    """A text whose lines were moved to the left, and by how much per line (from 1)."""

    text: str
    shifts: Mapping[int, int]


@dataclass(slots=True)
class Salvaged:
    """What was kept, with blank lines where it was not; `tree` is None if nothing parses."""

    text: str
    tree: ast.Module | None
    errors: list[Exception] = field(default_factory=list)


def dedent(text: str) -> Reshaped | None:
    """Text that is indented throughout, moved to the margin; None if it is not."""
    lines = split_lines(text)
    indents = [line[: len(line) - len(line.lstrip(" \t"))] for line in lines if line.strip(" \t\f")]
    if not indents or not indents[0]:
        return None
    margin = min(indents, key=len)
    if not margin or any(not indent.startswith(margin) for indent in indents):
        return None
    width = len(margin)
    moved = [line[width:] if line.startswith(margin) else "" for line in lines]
    return Reshaped("\n".join(moved), dict.fromkeys(range(1, len(lines) + 1), width))


def strip_prompts(text: str) -> Reshaped | None:
    """An interactive session of Python or IPython without its prompts and outputs; None if no line has a prompt."""
    lines = split_lines(text)
    if not any(map(_FIRST_PROMPT.match, lines)):
        return None
    kept: list[str] = []
    shifts: dict[int, int] = {}
    for number, line in enumerate(lines, 1):
        match = _PROMPT.match(line)
        kept.append(line[match.end() :] if match else "")
        shifts[number] = match.end() if match else 0
    return Reshaped("\n".join(kept), shifts)


Parse = Callable[[str], tuple[ast.Module | None, Exception | None]]


def realign(text: str, error: Exception | None, parse: Parse) -> Reshaped | None:
    """Text whose only fault is blocks that are indented for no reason: they are moved to the line before them.

    Nothing of it is missing; that Python refuses it is still to be said.
    """
    lines = split_lines(text)
    shifts: dict[int, int] = {}
    for _ in range(MAX_ATTEMPTS):
        if not isinstance(error, IndentationError) or "unexpected indent" not in (error.msg or ""):
            return None
        row = (error.lineno or 1) - 1
        above = next((lines[r] for r in range(min(row, len(lines)) - 1, -1, -1) if lines[r].strip()), "")
        width = _indent(lines[row]) if row < len(lines) else 0
        if width <= _indent(above):
            return None
        _move(lines, row, width, width - _indent(above), shifts)
        tree, error = parse("\n".join(lines))
        if tree is not None:
            return Reshaped("\n".join(lines), shifts)
    return None


def _move(lines: list[str], row: int, width: int, left: int, shifts: dict[int, int]) -> None:
    """Move the lines of a block (from a row on, indented by at least `width`) to the left."""
    for later in range(row, len(lines)):
        if lines[later].strip():
            if _indent(lines[later]) < width:
                return
            lines[later] = lines[later][left:]
            shifts[later + 1] = shifts.get(later + 1, 0) + left


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" \t"))


def salvage(text: str, error: Exception, parse: Parse) -> Salvaged:
    """Blank the top-level statement that holds the error until the rest parses, a few times at most."""
    lines = split_lines(text)
    result = Salvaged(text, None, [error])
    conflict = _resolve_conflicts(lines)
    if conflict is not None:
        result.text = "\n".join(lines)
        tree, fault = parse(result.text)
        result.errors = [SyntaxError(CONFLICT, ("", conflict, 1, "", conflict, 8))]
        if tree is not None:
            result.tree = tree if tree.body else None
            return result
        error = fault if fault is not None else error
    for _ in range(MAX_ATTEMPTS):
        if not isinstance(error, SyntaxError) or "\0" in text:
            return result
        block = _block(lines, error.lineno or 1)
        if not any(lines[row].strip() for row in block):
            return result
        for row in block:
            lines[row] = ""
        result.text = "\n".join(lines)
        tree, fault = parse(result.text)
        if tree is not None:
            result.tree = tree if tree.body else None
            return result
        assert fault is not None
        error = fault
        result.errors.append(error)
    del result.errors[1:]  # beyond repair: the first error says it
    return result


CONFLICT = "a merge conflict was left here; its first side was read"


def _resolve_conflicts(lines: list[str]) -> int | None:
    """Blank the markers of merge conflicts and all sides but the first; the first marker's line (from 1), if any."""
    if not any(line.startswith("<<<<<<< ") for line in lines):
        return None
    first: int | None = None
    inside = dropping = False
    for row, line in enumerate(lines):
        if line.startswith("<<<<<<< "):
            first = first or row + 1
            inside, dropping, lines[row] = True, False, ""
        elif inside and line.startswith(("=======", "|||||||")):
            dropping, lines[row] = True, ""
        elif inside and line.startswith(">>>>>>> "):
            inside, dropping, lines[row] = False, False, ""
        elif dropping:
            lines[row] = ""
    return first


def _block(lines: list[str], line: int) -> range:
    """The rows (from 0) of the top-level statement around a line (from 1), as far as indentation tells."""
    row = min(max(line - 1, 0), len(lines) - 1)
    while row > 0 and not lines[row].strip():
        row -= 1
    first = row
    while first > 0 and _CONTINUES.match(lines[first]):
        first -= 1
    last = max(row, first) + 1
    while last < len(lines) and _CONTINUES.match(lines[last]):
        last += 1
    while first > 0 and lines[first - 1].startswith("@"):
        first -= 1
    return range(first, last)


def explain(error: SyntaxError, line: str) -> str:
    """A syntax error in words; `line` is the source line it points at."""
    message = (error.msg or "invalid syntax").removesuffix(".")
    if isinstance(error, TabError):
        return "tabs and spaces are mixed in the indentation, so Python cannot tell the blocks"
    if "null byte" in message:
        return "holds null bytes: binary data, no Python source"
    if message.startswith("Missing parentheses in call to 'print'"):
        return "Python 2 code: print is a statement here; trainlint reads Python 3"
    if isinstance(error, IndentationError):
        return f"does not parse: {message}"
    code = line.split("#", 1)[0]
    if _RUNNING < (3, 12) and _PYTHON312_LINE.match(code):
        running = ".".join(map(str, _RUNNING))
        return (
            f"syntax of Python 3.12 or later, but trainlint runs on Python {running}: run it with a newer one"
        )
    for pattern, what in _PYTHON2_LINE:
        if pattern.search(code):
            return f"Python 2 code: {what}; trainlint reads Python 3"
    if "non-printable character" in message or (
        not line.isprintable() and not line.replace("\t", "").isprintable()
    ):
        return f"does not parse: {message} (binary data, or pasted text with invisible characters?)"
    return f"does not parse: {message}"
