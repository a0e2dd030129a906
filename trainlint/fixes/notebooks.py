"""Edits in the cells of a notebook, made in its JSON: everything else of the file stays as it is written."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from trainlint.fixes.text import replaced, spans
from trainlint.model import Edit
from trainlint.source.lines import LineIndex
from trainlint.source.tree import ConfigNode, load_config


def edited(text: str, edits: Sequence[Edit]) -> str:
    """The notebook's text with edits made, whose lines count within code cells (from 1).

    Raises:
        LookupError: a cell is not there, or the notebook is too large for its places to be read.
    """
    root = load_config(Path("notebook.json"), "", text, "json").root
    cells = _sources(root)
    index = LineIndex("", text)
    by_cell: dict[int, list[Edit]] = {}
    for edit in edits:
        by_cell.setdefault(edit.location.cell or 0, []).append(edit)
    changes = []
    for number, own in by_cell.items():
        if not 1 <= number <= len(cells):
            raise LookupError(f"the notebook has no code cell {number}")
        node = cells[number - 1]
        start, end = _offsets(index, node)
        source = replaced(_text(node), spans(_text(node), own))
        changes.append((start, end, _written(text[start:end], node, index, source)))
    return replaced(text, changes)


def code_cells(text: str) -> list[ConfigNode]:
    """Where the sources of the code cells of a notebook stand, in order; none where it cannot be read."""
    try:
        return _sources(load_config(Path("notebook.json"), "", text, "json").root)
    except LookupError:
        return []


def _sources(root: ConfigNode | None) -> list[ConfigNode]:
    """Where the sources of the code cells stand, in order."""
    cells = root.get("cells") if root is not None else None
    lists = [cells] if cells is not None else _sheets(root)
    found: list[ConfigNode] = []
    for cell in (cell for part in lists for cell in part.children()):
        kind = cell.get("cell_type")
        if kind is not None and kind.value == "code":
            source = cell.get("source") or cell.get("input")
            if source is None:
                raise LookupError("a code cell has no source")
            found.append(source)
    return found


def _sheets(root: ConfigNode | None) -> list[ConfigNode]:
    """The lists of cells of the older format, which has worksheets."""
    sheets = root.get("worksheets") if root is not None else None
    inner = [sheet.get("cells") for sheet in sheets.children()] if sheets is not None else []
    return [part for part in inner if part is not None]


def _text(node: ConfigNode) -> str:
    if node.kind == "scalar":
        return str(node.value)
    return "".join(str(part.value) for part in node.children())


def _offsets(index: LineIndex, node: ConfigNode) -> tuple[int, int]:
    place = node.location
    return index.offset(place.line, place.column), index.offset(place.end_line, place.end_column)


def _written(old: str, node: ConfigNode, index: LineIndex, source: str) -> str:
    """A cell's source as JSON, in the form that it had: one string, or a list with a line in each; lines that were there
    keep their spelling."""
    ascii_only = old.isascii()
    if node.kind == "scalar":
        return json.dumps(source, ensure_ascii=ascii_only)
    lines = source.splitlines(keepends=True)
    known: Mapping[str, str] = {str(part.value): part.text for part in node.children()}
    items = [known.get(line) or json.dumps(line, ensure_ascii=ascii_only) for line in lines]
    parts = list(node.children())
    if not parts or not items:
        return json.dumps(lines, ensure_ascii=ascii_only)
    start = index.offset(node.location.line, node.location.column)
    opening = index.text[start : _offsets(index, parts[0])[0]]
    closing = index.text[_offsets(index, parts[-1])[1] : start + len(old)]
    between = "," + (
        opening[1:]
        if len(parts) == 1
        else index.text[_offsets(index, parts[0])[1] : _offsets(index, parts[1])[0]][1:]
    )
    return opening + between.join(items) + closing
