"""The source lines that findings and their origins point at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from trainlint.model import Finding, Location
from trainlint.semantics.sources import Sources
from trainlint.source.cells import CellMap
from trainlint.source.discovery import kind_of
from trainlint.source.lines import split_lines
from trainlint.source.problem import Unreadable

LineKey = tuple[str, int | None, int]
"""Path, notebook cell and line of a place."""
CONTEXT = 2
"""Lines kept before and after the one that is meant."""
Written = dict[str, tuple[list[str], CellMap | None]]


def excerpts(findings: Sequence[Finding], sources: Sources, cwd: Path) -> dict[LineKey, str]:
    """The line of every place of these findings, as written, with those around it; what cannot be read is left out."""
    lines: dict[LineKey, str] = {}
    written: Written = {}
    for finding in findings:
        for place in (finding.location, *(p.location for p in finding.related)):
            text = _written(place, sources, cwd, written)
            for number in range(max(place.line - CONTEXT, 1), min(place.line + CONTEXT, len(text)) + 1):
                lines[place.path, place.cell, number] = text[number - 1]
    return lines


def _written(place: Location, sources: Sources, cwd: Path, known: Written) -> Sequence[str]:
    """The lines of the file or cell that a place lies in; none where it cannot be read."""
    if place.path not in known:
        path = cwd / place.path
        try:
            if kind_of(path) in ("python", "notebook"):
                source = sources.get(path)
                text, cells = source.original or source.text, source.cells
            else:
                text, cells = sources.reader.text(path), None
        except Unreadable:
            text, cells = "", None
        known[place.path] = (split_lines(text), cells)
    lines, cells = known[place.path]
    if cells is None or not place.cell:
        return lines
    end = cells.first_line(place.cell + 1) - 1 if place.cell < len(cells.starts) else len(lines)
    return lines[cells.first_line(place.cell) - 1 : end]
