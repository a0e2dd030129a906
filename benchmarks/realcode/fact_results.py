"""The totals of measured runs: `results.json`, by label and entry point, and `RESULTS.md` made from it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from realcode.fact_scores import Tally

Run = dict[str, dict[str, Tally]]
"""One labelled run: by entry point, by field, `all` among the fields."""

_HEADING = """\
# Facts of real programs: results

Written by `python benchmarks/real_facts.py run [--frozen] --write-summary LABEL` from `results.json`. A cell shows
right / decided, and how many were wrong if any were (extra items of a list among them). Labels of the open ones may
cover different entry points: the tables show which.
"""
_PARTS = {
    "open": "Open entry points",
    "frozen12": "The twelfth frozen entry points, as measured before they were opened",
    "frozen11": "The eleventh frozen entry points, as measured before they were opened",
    "frozen10": "The tenth frozen entry points, as measured before they were opened",
    "frozen9": "The ninth frozen entry points, as measured before they were opened",
    "frozen8": "The eighth frozen entry points, as measured before they were opened",
    "frozen7": "The seventh frozen entry points, as measured before they were opened",
    "frozen6": "The sixth frozen entry points, as measured before they were opened",
    "frozen5": "The fifth frozen entry points, as measured before they were opened",
    "frozen4": "The fourth frozen entry points, as measured before they were opened",
    "frozen3": "The third frozen entry points, as measured before they were opened",
    "frozen2": "The second frozen entry points, as measured before they were opened",
    "frozen": "The first frozen entry points, as measured before they were opened",
}
"""The parts of `results.json` with their headings, in the page's order."""


def add(home: Path, label: str, part: str, entries: Run) -> None:
    """Keep the tallies of a run (part: a key of `_PARTS`) under a label and write both files.

    Entry points that the label has already and that this run left out are kept.
    """
    path = home / "results.json"
    results = _read(path)
    results.setdefault(part, {}).setdefault(label, {}).update(entries)
    path.write_text(_document(results), encoding="utf-8")
    (home / "RESULTS.md").write_text(_page(results), encoding="utf-8")


def _read(path: Path) -> dict[str, dict[str, Run]]:
    if not path.exists():
        return {}
    return {
        part: {
            label: {
                name: {field: Tally(*counts) for field, counts in fields.items()}
                for name, fields in run.items()
            }
            for label, run in labels.items()
        }
        for part, labels in json.loads(path.read_text(encoding="utf-8")).items()
    }


def _document(results: dict[str, dict[str, Run]]) -> str:
    """Counts as lists: right, unknown, wrong, and how many of the wrong are extra items; one line an entry point."""
    lines = [f' "{part}": {{\n{_labels(labels)}\n }}' for part, labels in results.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _labels(labels: dict[str, Run]) -> str:
    blocks = []
    for label, run in labels.items():
        rows = [
            f"   {json.dumps(name)}: {json.dumps({field: t.counts() for field, t in fields.items()})}"
            for name, fields in sorted(run.items())
        ]
        blocks.append(f"  {json.dumps(label)}: {{\n" + ",\n".join(rows) + "\n  }")
    return ",\n".join(blocks)


def _page(results: dict[str, dict[str, Run]]) -> str:
    parts = [_HEADING]
    for part, heading in _PARTS.items():
        if labels := results.get(part):
            parts.append(f"\n## {heading}\n")
            names = sorted({name for run in labels.values() for name in run})
            by_entry = {name: [run.get(name, {}).get("all") for run in labels.values()] for name in names}
            parts.append(_table("entry point", list(labels), by_entry))
            fields = dict.fromkeys(f for run in labels.values() for each in run.values() for f in each)
            order = [*sorted(field for field in fields if field != "all"), "all"]
            by_field = {
                f: [_sum(each.get(f) for each in run.values()) for run in labels.values()] for f in order
            }
            parts.append(_table("field", list(labels), by_field))
    return "".join(parts)


def _sum(tallies: Iterable[Tally | None]) -> Tally:
    total = Tally()
    for each in tallies:
        if each is not None:
            total.include(each)
    return total


def _table(
    title: str, labels: list[str], rows: dict[str, list[Tally | None]] | dict[str, list[Tally]]
) -> str:
    lines = [f"| {title} | {' | '.join(labels)} |", f"|---|{'---|' * len(labels)}"]
    lines += [f"| {name} | {' | '.join(map(_cell, cells))} |" for name, cells in rows.items()]
    return "\n" + "\n".join(lines) + "\n"


def _cell(tally: Tally | None) -> str:
    if tally is None or not (tally.decided or tally.wrong):
        return ""
    share = f" ({tally.recall:.0%})" if tally.decided else ""
    return f"{tally.right}/{tally.decided}{share}" + (f", {tally.wrong} wrong" if tally.wrong else "")
