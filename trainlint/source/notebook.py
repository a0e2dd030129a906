"""Notebooks to one Python module: code cells in order, magics and shell lines blanked, positions kept."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trainlint.model import Location
from trainlint.source import recovery, scripts
from trainlint.source.cells import CellMap
from trainlint.source.lines import split_lines
from trainlint.source.mending import mend
from trainlint.source.problem import Problem
from trainlint.source.python import PythonSource, error_problem, try_parse
from trainlint.source.rewrites import magics

# Cell magics whose cell still runs as Python in the notebook's own process; others take it elsewhere.
_PYTHON_CELL_MAGICS = frozenset(
    {
        "time",
        "timeit",
        "capture",
        "prun",
        "wandb",
        "memit",
        "mprun",
        "lprun",
        "scalene",
        "snakeviz",
        "heat",
        "debug",
    }
)
_CELL_MAGIC = re.compile(r"\s*%%(\w+)")


def parse_notebook(path: Path, display: str, text: str) -> PythonSource:
    """Read a notebook (nbformat 3 or 4) of a Python kernel; never raises for what the text holds.

    A cell that does not parse is reported and costs only itself.
    """
    source = PythonSource(path, display, "", None, CellMap((1,)))
    try:
        notebook = json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 1)
        place = Location(display, line, getattr(error, "colno", 1))
        message = f"is no readable notebook: {error.msg}" if isinstance(error, json.JSONDecodeError) else ""
        source.cells = None
        source.problems.append(
            Problem(place, message or "is no readable notebook: not JSON, or nested too deeply")
        )
        return source
    cells = _code_cells(notebook)
    if cells is None:
        source.cells = None
        source.problems.append(Problem(Location(display, 1), "is no notebook: it has no list of cells"))
        return source
    return _join(source, cells if _is_python(notebook) else [])


@dataclass(slots=True)
class _Cell:
    """A cell's lines with all blanked or mended that is no Python, and the errors of what does not parse."""

    lines: list[str]
    errors: list[Exception] = field(default_factory=list)
    lost: bool = False
    shifts: Mapping[int, int] = field(default_factory=dict)


def _join(source: PythonSource, cells: list[str]) -> PythonSource:
    starts: list[int] = []
    written: list[str] = []
    parsed: list[str] = []
    shifts: dict[int, int] = {}
    broken: list[tuple[int, list[Exception]]] = []
    for text, plain in zip(cells, scripts.in_place(cells), strict=True):
        first = len(written)
        starts.append(first + 1)
        lines = split_lines(text)
        cell = _clean(split_lines(plain))
        broken.append((first, cell.errors))
        source.partial = source.partial or cell.lost
        shifts.update({first + row: left for row, left in cell.shifts.items()})
        written.extend(lines)
        parsed.extend(cell.lines)
    source.cells = CellMap(tuple(starts) or (1,))
    source.original, source.text = "\n".join(written), "\n".join(parsed)
    source.tree, error = try_parse(source.text)
    source.partial = source.partial or error is not None
    for first, errors in broken:
        for fault in errors:
            if isinstance(fault, SyntaxError):
                fault.lineno = (fault.lineno or 1) + first
            source.problems.append(error_problem(source, fault))
    if error is not None:
        source.problems.append(error_problem(source, error))
    source.shifts = shifts
    return source


def _clean(lines: list[str]) -> _Cell:
    """Read a cell as IPython does: without magics, prompts and a margin; what does not parse then is mended."""
    magic = next((match for line in lines if line.strip() for match in [_CELL_MAGIC.match(line)]), None)
    if magic is not None:
        if magic[1] not in _PYTHON_CELL_MAGICS:
            return _Cell([""] * len(lines))
        first = next(at for at, line in enumerate(lines) if line.strip())
        lines = ["" if at <= first else line for at, line in enumerate(lines)]
    tree, error = try_parse("\n".join(lines))
    if tree is not None:
        return _Cell(lines)
    text = "\n".join(magics(lines))
    shifts: Mapping[int, int] = {}
    tree, error = try_parse(text)
    for reshape in recovery.SESSIONS:
        reshaped = reshape(text) if tree is None else None
        if reshaped is not None:
            text, shifts = reshaped.text, recovery.added(shifts, reshaped.shifts)
            tree, error = try_parse(text)
    if tree is not None or error is None:
        return _Cell(split_lines(text), shifts=shifts)
    mended = mend(text, error, try_parse)
    kept = mended.lines if mended.tree is not None else [""] * len(lines)
    return _Cell(kept, mended.errors, mended.lost, recovery.added(shifts, mended.shifts))


def _code_cells(notebook: Any) -> list[str] | None:
    """The sources of all code cells, or None if this is no notebook."""
    if not isinstance(notebook, dict):
        return None
    cells = notebook.get("cells")
    if not isinstance(cells, list):
        sheets = notebook.get("worksheets")
        if not isinstance(sheets, list):
            return None
        cells = [cell for sheet in sheets if isinstance(sheet, dict) for cell in sheet.get("cells") or []]
    return [_source(cell) for cell in cells if isinstance(cell, dict) and cell.get("cell_type") == "code"]


def _source(cell: dict[str, Any]) -> str:
    source = cell.get("source", cell.get("input", ""))
    if isinstance(source, list):
        return "".join(part for part in source if isinstance(part, str))
    return source if isinstance(source, str) else ""


def _is_python(notebook: Any) -> bool:
    """Whether the kernel runs Python; a notebook that does not say is taken for one."""
    metadata = notebook.get("metadata")
    if not isinstance(metadata, dict):
        return True
    for section in ("language_info", "kernelspec"):
        entry = metadata.get(section)
        language = (
            (entry.get("name") if section == "language_info" else entry.get("language"))
            if isinstance(entry, dict)
            else None
        )
        if isinstance(language, str):
            return "python" in language.lower()
    return True
