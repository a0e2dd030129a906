"""The totals of measured runs: `results.json`, one entry for each label, and `RESULTS.md` made from it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from realcode.fact_scores import Tally

_HEADING = """\
# Facts of real programs: results

Written by `python benchmarks/real_facts.py run [--frozen] --write-summary LABEL` from `results.json`. A cell shows
right / decided, and how many were wrong if any were (extra items of a list among them).
"""


def add(home: Path, label: str, part: str, fields: dict[str, Tally], entries: dict[str, Tally]) -> None:
    """Keep the totals of a run (part: `open` or `frozen`) under a label and write both files."""
    path = home / "results.json"
    results: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    results.setdefault(part, {})[label] = {
        "fields": {name: _counts(tally) for name, tally in fields.items()},
        "entries": {name: _counts(tally) for name, tally in entries.items()},
    }
    path.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    (home / "RESULTS.md").write_text(_page(results), encoding="utf-8")


def _counts(tally: Tally) -> list[int]:
    """decided, right, unknown, wrong"""
    return [tally.decided, tally.right, tally.unknown, tally.wrong]


def _page(results: dict[str, Any]) -> str:
    parts = [_HEADING]
    for part in ("open", "frozen"):
        if part in results:
            parts.append(f"\n## {part.capitalize()} entry points\n")
            parts += [_table(results[part], rows) for rows in ("entries", "fields")]
    return "".join(parts)


def _table(labels: dict[str, Any], rows: str) -> str:
    names = dict.fromkeys(name for run in labels.values() for name in run[rows] if name != "all")
    order = [*names, "all"] if rows == "fields" else list(names)
    lines = [f"| {rows} | {' | '.join(labels)} |", f"|---|{'---|' * len(labels)}"]
    for name in order:
        cells = [_cell(run[rows].get(name)) for run in labels.values()]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n" + "\n".join(lines) + "\n"


def _cell(counts: list[int] | None) -> str:
    if counts is None:
        return ""
    decided, right, _, wrong = counts
    share = f" ({right / decided:.0%})" if decided else ""
    return f"{right}/{decided}{share}" + (f", {wrong} wrong" if wrong else "")
