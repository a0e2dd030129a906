"""Source lines around a finding, and the fingerprint that finds a line again after an upgrade."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from pathlib import Path
from typing import Any


@lru_cache(maxsize=64)
def lines_of(path: Path, cell: int | None) -> tuple[str, ...]:
    """A file's lines, or those of a notebook's code cell (numbered from 1); none if it cannot be read."""
    try:
        text = path.read_bytes().decode("utf-8", "replace")
        if cell is None:
            return tuple(text.splitlines())
        cells = [each for each in json.loads(text)["cells"] if each.get("cell_type") == "code"]
        source = cells[cell - 1]["source"]
    except (OSError, ValueError, KeyError, IndexError, TypeError):
        return ()
    return tuple((source if isinstance(source, str) else "".join(source)).splitlines())


def line_at(folder: Path, finding: dict[str, Any]) -> str:
    """The source line of a finding, stripped; empty if the file has no such line."""
    lines = lines_of(folder / finding["path"], finding.get("cell"))
    number = int(finding["line"])
    return lines[number - 1].strip() if 0 < number <= len(lines) else ""


def fingerprint(line: str) -> str:
    """Twelve hex digits of a source line without its indentation."""
    return hashlib.sha256(line.strip().encode()).hexdigest()[:12]


def place(finding: dict[str, Any]) -> str:
    """`path:line` of a finding, with the cell in a notebook."""
    cell = finding.get("cell")
    return f"{finding['path']}{f':cell {cell}' if cell is not None else ''}:{finding['line']}"


def excerpt(folder: Path, finding: dict[str, Any], around: int = 1) -> str:
    """The finding's line with its neighbours, numbered, the line itself marked with `>`."""
    lines = lines_of(folder / finding["path"], finding.get("cell"))
    number = int(finding["line"])
    shown = range(max(1, number - around), min(len(lines), number + around) + 1)
    return "\n".join(f"    {'>' if at == number else ' '} {at:5} | {lines[at - 1]}" for at in shown)


def describe(folder: Path, finding: dict[str, Any], around: int = 1) -> str:
    """A finding for reading: place, level, code, message, excerpt, and the places it came from."""
    head = f"{place(finding)}: {finding['level']} {finding['code']} {finding['message']}"
    parts = [head, excerpt(folder, finding, around)]
    for origin in finding.get("related") or []:
        parts.append(f"      from {place(origin)} {origin.get('message') or ''} | {line_at(folder, origin)}")
    return "\n".join(part for part in parts if part)
