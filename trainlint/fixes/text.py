"""Edits of one text: do they overlap, and what do they make of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from trainlint.model import Edit
from trainlint.source.lines import LineIndex

Span = tuple[int, int, str]
"""Character offsets of what is replaced, and what replaces it."""


def spans(text: str, edits: Iterable[Edit]) -> list[Span]:
    """Edits as offsets into the text that their lines and columns count in."""
    index = LineIndex("", text)
    found: list[Span] = []
    for edit in edits:
        place = edit.location
        start = index.offset(place.line, place.column)
        end = index.offset(place.end_line or place.line, place.end_column or place.column)
        found.append((start, max(start, end), edit.replacement))
    return sorted(found)


def overlap(first: Sequence[Edit], second: Sequence[Edit]) -> bool:
    """Whether two mends touch the same characters, or insert at the same place: then one waits for the next pass."""
    return any(_touch(a, b) for a in first for b in second)


def _touch(first: Edit, second: Edit) -> bool:
    a, b = first.location, second.location
    if (a.path, a.cell) != (b.path, b.cell):
        return False
    a_start, b_start = (a.line, a.column), (b.line, b.column)
    a_end, b_end = (
        (a.end_line or a.line, a.end_column or a.column),
        (b.end_line or b.line, b.end_column or b.column),
    )
    if (
        a_start == a_end or b_start == b_end
    ):  # an insertion may stand neither inside nor at the rim of another edit
        return a_start <= b_end and b_start <= a_end
    return a_start < b_end and b_start < a_end


def replaced(text: str, changes: Iterable[Span]) -> str:
    """The text with all spans replaced; they must not overlap."""
    parts: list[str] = []
    at = 0
    for start, end, replacement in sorted(changes):
        parts += [text[at:start], replacement]
        at = end
    return "".join([*parts, text[at:]])


def newline_of(text: str) -> str:
    """The line end that a text uses: that of its first line."""
    at = text.find("\n")
    if at < 0:
        return "\r" if "\r" in text else "\n"
    return "\r\n" if at and text[at - 1] == "\r" else "\n"
