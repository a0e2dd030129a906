"""A source line with its number, and the part that is meant underlined."""

from __future__ import annotations

from collections.abc import Mapping

from trainlint.model import Location
from trainlint.report.styled import Line, Style, line, printable, width_of

Lines = Mapping[tuple[str, int | None, int], str]
"""Source lines by path, notebook cell and line number."""

TAB = "    "
MAX_WIDTH = 160
"""Longer lines are cut around the part that is meant where the terminal's width is not known."""


def excerpt(place: Location, lines: Lines, gutter: int, style: Style, width: int | None) -> list[Line]:
    """The line of a place and its underline; nothing where the line is not there or blank."""
    text = lines.get((place.path, place.cell, place.line), "")
    if not text.strip():
        return []
    start, end = _span(place, text)
    before, meant, after = (_shown(part) for part in (text[:start], text[start:end], text[end:]))
    room = max((width or MAX_WIDTH) - gutter - 3, 20)
    before, meant, after = _fit(before, meant, after, room)
    bar = (" " * gutter + " | ", Style.FRAME)
    number = (f"{place.line:>{gutter}} | ", Style.FRAME)
    marks = " " * width_of(before), ("^" * max(width_of(meant), 1), style)
    return [line(number, before + meant + after), line(bar, *marks)]


def _span(place: Location, text: str) -> tuple[int, int]:
    """Offsets of the underlined part: to the end of the line where the place goes on below it."""
    length = len(text.rstrip())
    start = min(max(place.column - 1, 0), length)
    if place.end_line > place.line:
        end = length
    elif place.end_line == place.line and place.end_column > place.column:
        end = min(place.end_column - 1, length)
    else:
        end = start + 1
    return start, max(end, start)


def _shown(text: str) -> str:
    return printable(text.replace("\t", TAB).rstrip("\r\n"))


def _fit(before: str, meant: str, after: str, room: int) -> tuple[str, str, str]:
    """Cut the line around the part that is meant so that it takes no more than `room` characters."""
    if len(before) + len(meant) + len(after) <= room:
        return before, meant, after
    if len(meant) > room - 2:
        meant = meant[: room - 3] + "…"
        after = ""
    left = max(room - len(meant) - min(len(after), room // 4) - 1, 1)
    if len(before) > left:
        before = "…" + before[len(before) - left + 1 :] if left > 1 else "…"
    right = max(room - len(before) - len(meant), 1)
    if len(after) > right:
        after = after[: right - 1] + "…"
    return before, meant, after
