"""Statements of text that need not parse, found by brackets, quotes and indentation."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(r"""('''|\"\"\")|(["'])|(\#)|([(\[{])|([)\]}])""")
_CLOSING = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True, slots=True)
class Statement:
    """A simple statement or the header of a block.

    Attributes:
        rows: its lines, from 0.
        code_end: where the last line's code ends, before a comment.
        missing: the brackets that close what it leaves open, in order.
        surplus: it closes more brackets than it opens.
        cut: a text in quotes is not closed in its line.
    """

    rows: range
    code_end: int
    missing: str
    surplus: bool
    cut: bool


@dataclass(slots=True)
class _Scan:
    """What is open between two lines."""

    brackets: list[str]
    triple: str = ""
    end: int = 0
    surplus: bool = False
    cut: bool = False

    def line(self, text: str) -> None:
        at, self.end = 0, len(text)
        if self.triple:
            closed = text.find(self.triple)
            if closed < 0:
                return
            at, self.triple = closed + 3, ""
        while match := _TOKEN.search(text, at):
            at = match.end()
            if match[1]:
                closed = text.find(match[1], at)
                if closed < 0:
                    self.triple = match[1]
                    return
                at = closed + 3
            elif match[2]:
                at = self._quoted(text, at, match[2])
            elif match[3]:
                self.end = match.start()
                return
            else:
                self._bracket(match[0], bool(match[4]))

    def _quoted(self, text: str, at: int, quote: str) -> int:
        while at < len(text):
            if text[at] == "\\":
                at += 1
            elif text[at] == quote:
                return at + 1
            at += 1
        self.cut = True
        return at

    def _bracket(self, bracket: str, opens: bool) -> None:
        if opens:
            self.brackets.append(bracket)
        elif self.brackets:
            self.brackets.pop()
        else:
            self.surplus = True


def statement_at(lines: list[str], row: int) -> Statement:
    """The statement that a row (from 0) belongs to."""
    at = 0
    while True:
        found = _read(lines, at)
        if row < found.rows.stop or found.rows.stop >= len(lines):
            return found
        at = found.rows.stop


def _read(lines: list[str], first: int) -> Statement:
    """The statement that begins in a row; blank rows and comments are statements of one row."""
    scan = _Scan([])
    margin = indent(lines[first])
    row = first
    while True:
        scan.line(lines[row])
        open_ = bool(scan.brackets) or lines[row][: scan.end].rstrip().endswith("\\")
        if not open_ and not scan.triple:
            break
        if row + 1 >= len(lines):
            break
        if not scan.triple and (
            _begins(lines[row + 1], margin) or _ends(lines[first], lines[row][: scan.end])
        ):
            break
        row += 1
    if scan.triple:  # never closed: only its first line is certain
        row = first
        scan.end = len(lines[first])
    missing = "".join(_CLOSING[b] for b in reversed(scan.brackets)) if not scan.triple else ""
    return Statement(range(first, row + 1), scan.end, missing, scan.surplus, scan.cut or bool(scan.triple))


_BLOCK = re.compile(r"\s*(?:for|while|if|elif|else|def|class|with|return|import|from|try|except|raise|@)\b")
_PLAIN = re.compile(r"\s*(?:[\w.\[\]]+(?:\s*,\s*[\w.\[\]]+)*\s*=[^=]|[\w.]+\()")


def _begins(line: str, margin: int) -> bool:
    """Whether a line inside of open brackets is rather the next statement: code that stands no further to the right."""
    if not line.strip() or indent(line) > margin:
        return False
    return bool(_BLOCK.match(line) or _PLAIN.match(line))


_HEADER = re.compile(r"\s*(?:async\s+)?(?:for|while|if|elif|def|class|with|except)\b")


def _ends(first: str, code: str) -> bool:
    """Whether a line inside of open brackets is rather the end of a block's header."""
    return code.rstrip().endswith(":") and bool(_HEADER.match(first)) and "{" not in code


def indent(line: str) -> int:
    """How far a line is indented, in characters."""
    return len(line) - len(line.lstrip(" \t"))
