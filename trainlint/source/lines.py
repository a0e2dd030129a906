"""Character offsets to lines and columns, with the line ends that Python knows: LF, CRLF and CR."""

from __future__ import annotations

import re
from bisect import bisect_right

from trainlint.model import Location

_LINE_END = re.compile(r"\r\n|\r|\n")


def split_lines(text: str) -> list[str]:
    """The lines of a text without their ends (`str.splitlines` also splits at form feeds and others)."""
    return _LINE_END.split(text) if "\r" in text else text.split("\n")


class LineIndex:
    """Turns character offsets of one text into locations of one file."""

    def __init__(self, display: str, text: str) -> None:
        self.display = display
        self.text = text
        self._starts = [0, *(match.end() for match in _LINE_END.finditer(text))]

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column, both from 1, of a character offset."""
        row = bisect_right(self._starts, offset) - 1
        return row + 1, offset - self._starts[row] + 1

    def offset(self, line: int, column: int = 1) -> int:
        """The character offset of a line and column (both from 1), held inside the text."""
        row = min(max(line, 1), len(self._starts)) - 1
        return min(self._starts[row] + column - 1, len(self.text))

    def location(self, start: int, end: int | None = None) -> Location:
        """The location of text[start:end]; the end column is the one just after the last character."""
        line, column = self.position(start)
        end_line, end_column = self.position(max(start, start if end is None else end))
        return Location(self.display, line, column, end_line, end_column)

    def line(self, number: int) -> str:
        """The text of one line (from 1), without its end; empty for a line that does not exist."""
        if not 1 <= number <= len(self._starts):
            return ""
        end = self._starts[number] if number < len(self._starts) else len(self.text)
        return self.text[self._starts[number - 1] : end].rstrip("\r\n")
