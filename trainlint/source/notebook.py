"""Notebooks to one Python module: code cells in order, magics and shell lines blanked, positions kept."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from trainlint.model import Location
from trainlint.source import recovery
from trainlint.source.cells import CellMap
from trainlint.source.lines import split_lines
from trainlint.source.problem import Problem
from trainlint.source.python import PythonSource, error_problem, try_parse

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
_LINE_MAGIC = re.compile(
    r"\s*(?:%\w|!|\?{1,2}\w|(?:pip3?|conda|cd|ls|pwd|mkdir|wget|git|unzip|cp|mv|rm|cat)\s+[\w./~-])"
)
_HELP = re.compile(r"\s*[\w.]+\?{1,2}\s*(?:#.*)?$")
_ASSIGNED = re.compile(r"(\s*[\w.,\s\[\]'\"]+=\s*)(?:!|%)[\w./~({]")


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


def _join(source: PythonSource, cells: list[str]) -> PythonSource:
    starts: list[int] = []
    written: list[str] = []
    parsed: list[str] = []
    broken: list[tuple[int, list[Exception]]] = []
    for cell in cells:
        starts.append(len(written) + 1)
        lines = split_lines(cell)
        kept, errors = _clean(lines)
        broken.extend([(starts[-1], errors)] if errors else [])
        written.extend(lines)
        parsed.extend(kept)
    source.cells = CellMap(tuple(starts) or (1,))
    source.original, source.text = "\n".join(written), "\n".join(parsed)
    source.tree, error = try_parse(source.text)
    source.partial = bool(broken) or error is not None
    for start, errors in broken:
        for fault in errors:
            if isinstance(fault, SyntaxError):
                fault.lineno = (fault.lineno or 1) + start - 1
            source.problems.append(error_problem(source, fault))
    if error is not None:
        source.problems.append(error_problem(source, error))
    return source


def _clean(lines: list[str]) -> tuple[list[str], list[Exception]]:
    """A cell's lines with all blanked that is no Python, and the errors of what still does not parse."""
    magic = next((match for line in lines if line.strip() for match in [_CELL_MAGIC.match(line)]), None)
    if magic is not None:
        if magic[1] not in _PYTHON_CELL_MAGICS:
            return [""] * len(lines), []
        first = next(at for at, line in enumerate(lines) if line.strip())
        lines = ["" if at <= first else line for at, line in enumerate(lines)]
    tree, error = try_parse("\n".join(lines))
    if tree is not None:
        return lines, []
    lines = _without_magics(lines)
    text = "\n".join(lines)
    tree, error = try_parse(text)
    if tree is not None or error is None:
        return lines, []
    reshaped = recovery.salvage(text, error, try_parse)
    kept = split_lines(reshaped.text) if reshaped.tree is not None else [""] * len(lines)
    return kept, reshaped.errors


def _without_magics(lines: list[str]) -> list[str]:
    kept: list[str] = []
    continued = False
    for line in lines:
        assigned = _ASSIGNED.match(line)
        if continued:
            kept.append("")
            continued = line.rstrip().endswith("\\")
        elif _LINE_MAGIC.match(line) or _HELP.match(line):
            indent = line[: len(line) - len(line.lstrip())]
            kept.append(indent + "pass" if indent else "")
            continued = line.rstrip().endswith("\\")
        elif assigned is not None:  # as IPython does: the result of a shell line is unknown, never None
            kept.append(assigned[1] + "get_ipython()")
            continued = line.rstrip().endswith("\\")
        else:
            kept.append(line)
    return kept


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
