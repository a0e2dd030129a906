"""What can be read of Python text that does not parse as it stands, and words for what is wrong with it."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from trainlint.source.lines import split_lines

_PROMPT = re.compile(r"^(\s*)(>>>|\.\.\.|In \[\d+\]:|\.\.\.+:)( |$)")
_FIRST_PROMPT = re.compile(r"^\s*(>>>|In \[\d+\]:)( |$)")

_PYTHON2_LINE = (
    (re.compile(r"\bprint\s+[^=(\s]|\bprint\s*>>"), "print is a statement"),
    (re.compile(r"\bexec\s+[\"'\w]"), "exec is a statement"),
    (re.compile(r"^\s*except\s+[^:(]+,\s*\w+\s*:"), "'except X, e' instead of 'except X as e'"),
    (re.compile(r"^\s*raise\s+\w[\w.]*\s*,"), "'raise X, message' instead of 'raise X(message)'"),
    (re.compile(r"<>"), "'<>' instead of '!='"),
    (re.compile(r"`[^`]+`"), "backticks instead of repr()"),
    (re.compile(r"(?<![\w.])(?<![\d.][eE][-+])0[0-7]+\b(?!\.)"), "octal numbers without 0o"),
    (re.compile(r"\b\d+L\b"), "long integers"),
    (re.compile(r"\bur[\"']"), "ur'' strings"),
)


@dataclass(frozen=True, slots=True)
class Reshaped:
    """A text whose lines were moved to the left, and by how much per line (from 1)."""

    text: str
    shifts: Mapping[int, int]


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
    """An interactive session of Python or IPython without its prompts and outputs; None if no line has a prompt.

    One or two prompts among more lines that have none are strays: those lines are code, not outputs.
    """
    lines = split_lines(text)
    prompts = sum(bool(_FIRST_PROMPT.match(line)) for line in lines)
    if not prompts:
        return None
    others = sum(bool(line.strip()) and not _PROMPT.match(line) for line in lines)
    stray = prompts <= 2 and others > 2 * prompts
    return _cut(lines, lambda line: match.end() if (match := _PROMPT.match(line)) else 0 if stray else None)


_NUMBERED = re.compile(r"\s*(\d+)(?:[.:|)]\s?|\s|$)")


def strip_line_numbers(text: str) -> Reshaped | None:
    """Code that was copied with the numbers of its lines; None if not every line carries the next number."""
    lines = split_lines(text)
    matches = [match for line in lines if line.strip() for match in [_NUMBERED.match(line)]]
    numbers = [int(match[1]) for match in matches if match]
    if (
        len(numbers) < 3
        or len(numbers) < len(matches)
        or numbers != list(range(numbers[0], numbers[0] + len(numbers)))
    ):
        return None
    return _cut(lines, lambda line: match.end() if (match := _NUMBERED.match(line)) else None)


_DIFF_HEAD = re.compile(r"(?:diff |index |--- |\+\+\+ |@@)")


def apply_diff(text: str) -> Reshaped | None:
    """The new side of a diff; None if this is none."""
    lines = split_lines(text)
    body = [line for line in lines if line.strip() and not _DIFF_HEAD.match(line)]
    if not any(line[0] in "+-" for line in body) or any(line[0] not in "+- " for line in body):
        return None
    return _cut(lines, lambda line: None if _DIFF_HEAD.match(line) or line.startswith("-") else 1)


_QUOTED = re.compile(r"\s*>(?!>) ?")


def unquoted(text: str) -> Reshaped | None:
    """Code quoted as in mails; None if not every line is."""
    lines = split_lines(text)
    if not any(lines) or any(line.strip() and not _QUOTED.match(line) for line in lines):
        return None
    return _cut(lines, lambda line: match.end() if (match := _QUOTED.match(line)) else None)


_FENCE = re.compile(r"\s{0,3}(?:```|~~~)")


def fenced(text: str) -> Reshaped | None:
    """The code blocks of Markdown; None if there are none."""
    lines = split_lines(text)
    fences = [at for at, line in enumerate(lines) if _FENCE.match(line)]
    if not fences:
        return None
    inside = {row for first, last in zip(fences[::2], [*fences[1::2], len(lines)], strict=False)
              for row in range(first + 1, last)}  # fmt: skip
    kept = [line if at in inside else "" for at, line in enumerate(lines)]
    return Reshaped("\n".join(kept), {})


def _cut(lines: list[str], where: Callable[[str], int | None]) -> Reshaped:
    """Each line from a column on, or blank where that is None."""
    columns = [where(line) for line in lines]
    kept = ["" if at is None else line[at:] for line, at in zip(lines, columns, strict=True)]
    return Reshaped("\n".join(kept), {row: at or 0 for row, at in enumerate(columns, 1)})


Parse = Callable[[str], tuple[ast.Module | None, Exception | None]]


SESSIONS: tuple[Callable[[str], Reshaped | None], ...] = (dedent, strip_prompts)
"""What a cell of a notebook may hold too: IPython takes the margin and the prompts away."""

SHAPES = (*SESSIONS, fenced, unquoted, apply_diff, strip_line_numbers)
"""Forms in which code is pasted, as a whole."""


def added(shifts: Mapping[int, int], more: Mapping[int, int]) -> Mapping[int, int]:
    """Two moves to the left, one after the other."""
    return {row: shifts.get(row, 0) + more.get(row, 0) for row in {*shifts, *more}} if more else shifts


CONFLICT = "a merge conflict was left here; its first side was read"


def resolve_conflicts(lines: list[str]) -> int | None:
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


def explain(error: SyntaxError, line: str) -> str:
    """A syntax error in words; `line` is the source line it points at."""
    message = (error.msg or "invalid syntax").removesuffix(".")
    if message.endswith("?"):  # "invalid syntax. Perhaps you forgot a comma?"
        message = message[:-1].replace(". P", " (p", 1) + "?)" if ". P" in message else message[:-1]
    if isinstance(error, TabError):
        return (
            "does not parse: tabs and spaces are mixed in the indentation, so Python cannot tell the blocks"
        )
    if "null byte" in message:
        return "holds null bytes: binary data, no Python source"
    if message.startswith("Missing parentheses in call to 'print'"):
        return "is Python 2 code: print is a statement here"
    if isinstance(error, IndentationError):
        return f"does not parse: {message}"
    code = line.split("#", 1)[0]
    for pattern, what in _PYTHON2_LINE:
        if pattern.search(code):
            return f"is Python 2 code: {what}"
    if "non-printable character" in message or (
        not line.isprintable() and not line.replace("\t", "").isprintable()
    ):
        return f"does not parse: {message} (binary data, or pasted text with invisible characters?)"
    return f"does not parse: {message}"
