"""Places of findings as an editor counts them: lines from 0, columns in code units, cells with addresses of their own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lsprotocol import types
from pygls import uris

from trainlint.model import Location
from trainlint.source.lines import split_lines


@dataclass(frozen=True)
class Notebook:
    """A notebook that is open as cells. cells: the addresses of its code cells, in order."""

    uri: str
    cells: tuple[str, ...]


class Places:
    """Turns locations of one project into ranges of documents.

    texts: what files hold, by path. encoding: the code units in which the editor counts columns. addresses: those of open
    documents, as the editor writes them.
    """

    def __init__(
        self,
        root: Path,
        encoding: str,
        texts: Mapping[Path, str],
        notebooks: Mapping[Path, Notebook],
        addresses: Mapping[Path, str],
    ) -> None:
        self.root = root
        self.encoding = encoding
        self.notebooks = notebooks
        self.addresses = addresses
        self._texts = texts
        self._lines: dict[Path, list[str]] = {}
        self._cells: dict[Path, list[list[tuple[int, int, str]]]] = {}

    def path(self, location: Location) -> Path:
        """The file of a place."""
        return self.root / location.path

    def uri(self, location: Location) -> str:
        """The document of a place; a notebook's cell where the notebook is open as cells."""
        path = self.path(location)
        notebook = self.notebooks.get(path)
        if notebook is not None and location.cell is not None and location.cell <= len(notebook.cells):
            return notebook.cells[location.cell - 1]
        return self.addresses.get(path) or uris.from_fs_path(str(path)) or path.as_uri()

    def range(self, location: Location, *, exact: bool = False) -> types.Range:
        """A place as a range; one without an end goes to the end of its line. exact: an empty range stays empty."""
        line, column = location.line, location.column
        end_line, end_column = location.end_line or line, location.end_column
        if not exact and (end_line, end_column) <= (line, column):
            end_line, end_column = line, 0
        if location.cell is not None and self.path(location) not in self.notebooks:
            return self._in_json(location)
        start = types.Position(max(line - 1, 0), self._units(location, line, column))
        end_units = self._units(location, end_line, end_column or 1_000_000)
        return types.Range(start, types.Position(max(end_line - 1, 0), end_units))

    def _units(self, location: Location, line: int, column: int) -> int:
        lines = self._lines_of(location)
        text = lines[line - 1][: column - 1] if 1 <= line <= len(lines) else ""
        if column - 1 > len(text) and column < 1_000_000:
            return column - 1  # beyond the text: as it was given
        return units(text, self.encoding)

    def _lines_of(self, location: Location) -> Sequence[str]:
        path = self.path(location)
        if location.cell is not None:
            cells = self._sources(path)
            return [text for _, _, text in cells[location.cell - 1]] if location.cell <= len(cells) else []
        if path not in self._lines:
            self._lines[path] = split_lines(self._texts.get(path, ""))
        return self._lines[path]

    def _in_json(self, location: Location) -> types.Range:
        """A place in a notebook that is open as text: the line of JSON that holds the line of the cell."""
        cells = self._sources(self.path(location))
        lines = cells[(location.cell or 1) - 1] if (location.cell or 1) <= len(cells) else []
        row, column, text = lines[location.line - 1] if location.line <= len(lines) else (1, 1, "")
        start = types.Position(row - 1, column - 1)
        return types.Range(start, types.Position(row - 1, column + len(json.dumps(text)) - 1))

    def _sources(self, path: Path) -> list[list[tuple[int, int, str]]]:
        """The lines of each code cell of a notebook, with the line and column of the JSON that holds them."""
        if path not in self._cells:
            self._cells[path] = list(_cells(self._texts.get(path, "")))
        return self._cells[path]


def _cells(text: str) -> list[list[tuple[int, int, str]]]:
    from trainlint.fixes.notebooks import code_cells

    found: list[list[tuple[int, int, str]]] = []
    for node in code_cells(text):
        lines: list[tuple[int, int, str]] = []
        parts = list(node.children()) if node.kind == "sequence" else [node]
        for part in parts:
            for line in str(part.value).split("\n")[: None if part is parts[-1] else -1]:
                lines.append((part.location.line, part.location.column, line))
        found.append(lines)
    return found


def units(text: str, encoding: str) -> int:
    """How many code units a text takes."""
    if text.isascii() or encoding == "utf-32":
        return len(text)
    if encoding == "utf-8":
        return len(text.encode("utf-8", "surrogatepass"))
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def within(position: types.Position, place: types.Range) -> bool:
    """Whether a position lies in a range, its end included."""
    at = position.line, position.character
    return (place.start.line, place.start.character) <= at <= (place.end.line, place.end.character)


def meet(first: types.Range, second: types.Range) -> bool:
    """Whether two ranges touch."""
    return within(first.start, second) or within(second.start, first)
