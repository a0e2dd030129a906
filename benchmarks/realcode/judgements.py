"""Verdicts of readers on findings: would the package's authors accept this one? Kept in `judgements.tsv`."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any

from realcode.excerpts import fingerprint, line_at, place
from realcode.runs import Result

VERDICTS = ("accept", "reject", "unsure")


class JudgementError(Exception):
    """`judgements.tsv` has a line that cannot be read, or no readable head. Names file and line."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """One verdict. `line` is `12`, in a notebook `3:12` (cell and line); `fingerprint` is the line's."""

    package: str
    version: str
    code: str
    path: str
    line: str
    fingerprint: str
    verdict: str
    why: str


COLUMNS = [each.name for each in fields(Judgement)]


def read(path: Path) -> list[Judgement]:
    """All verdicts of a file; none if it is missing. Raises JudgementError."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))
    if not rows or rows[0] != COLUMNS:
        raise JudgementError(f"{path}: the first line must name the columns {', '.join(COLUMNS)}")
    judgements = []
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(COLUMNS):
            raise JudgementError(f"{path}:{number}: {len(row)} columns, not {len(COLUMNS)}")
        if row[6] not in VERDICTS:
            raise JudgementError(f"{path}:{number}: verdict {row[6]!r} is none of {', '.join(VERDICTS)}")
        judgements.append(Judgement(*row))
    return judgements


def write(path: Path, judgements: list[Judgement]) -> None:
    """Write the verdicts, sorted by package, code and place, tabs and newlines in them made spaces."""
    ordered = sorted(judgements, key=lambda each: (each.package, each.code, each.path, _number(each.line)))
    rows = [COLUMNS, *([" ".join(value.split()) for value in astuple(each)] for each in ordered)]
    path.write_text("".join("\t".join(row) + "\n" for row in rows), encoding="utf-8")


def _number(line: str) -> tuple[int, ...]:
    return tuple(int(part) for part in line.split(":") if part.isdigit())


def line_of(finding: dict[str, Any]) -> str:
    """The `line` column of a finding."""
    cell = finding.get("cell")
    return f"{cell}:{finding['line']}" if cell is not None else str(finding["line"])


def judge(result: Result, folder: Path, finding: dict[str, Any], verdict: str, why: str) -> Judgement:
    """The judgement that records a verdict on a finding."""
    mark = fingerprint(line_at(folder, finding))
    line = line_of(finding)
    return Judgement(result.name, result.version, finding["code"], finding["path"], line, mark, verdict, why)


class Book:
    """Looks verdicts up: by the line's fingerprint, the nearest line first, so they outlive an upgrade."""

    def __init__(self, judgements: list[Judgement]) -> None:
        self._by_mark: dict[tuple[str, str, str, str], list[Judgement]] = {}
        for each in judgements:
            self._by_mark.setdefault((each.package, each.code, each.path, each.fingerprint), []).append(each)

    def verdict(self, result: Result, folder: Path, finding: dict[str, Any]) -> Judgement | None:
        """The verdict on a finding, if there is one."""
        mark = fingerprint(line_at(folder, finding))
        found = self._by_mark.get((result.name, finding["code"], finding["path"], mark), [])
        where = _number(line_of(finding))[-1]
        return min(found, key=lambda each: abs(_number(each.line)[-1] - where), default=None)


def report(
    results: list[Result], sources: Path, judgements: list[Judgement], levels: tuple[str, ...]
) -> tuple[str, int]:
    """Acceptance by rule, by package and in all, then what nobody judged; and how many those are."""
    book = Book(judgements)
    by_rule: dict[str, Counter[str]] = {}
    by_package: dict[str, Counter[str]] = {}
    unjudged: list[str] = []
    met: set[Judgement] = set()
    for result in results:
        folder = sources / result.folder
        for finding in result.findings:
            if finding["level"] not in levels or finding["code"] == "TL999":  # those are failures of the run
                continue
            known = book.verdict(result, folder, finding)
            word = known.verdict if known else "unjudged"
            by_rule.setdefault(finding["code"], Counter())[word] += 1
            by_package.setdefault(result.name, Counter())[word] += 1
            if known:
                met.add(known)
            else:
                unjudged.append(
                    f"  {result.name} {finding['code']} {place(finding)} {finding['message'][:90]}"
                )
    gone = Counter(each.verdict for each in judgements if each not in met)
    parts = [
        _shares("rule", by_rule),
        "",
        _shares("package", by_package),
        "",
        f"verdicts on findings no longer made: {dict(gone)}",
    ]
    complete = sorted(name for name, counts in by_package.items() if not counts["unjudged"])
    parts.append(f"packages with every finding judged: {len(complete)} ({', '.join(complete)})")
    if unjudged:
        parts.append(f"unjudged ({len(unjudged)}):")
    return "\n".join(parts + unjudged), len(unjudged)


def _shares(title: str, groups: dict[str, Counter[str]]) -> str:
    """A table of verdicts; the share counts `unsure` as not accepted and leaves out what nobody judged."""
    rows = [f"{title:28} {'accept':>6} {'reject':>6} {'unsure':>6} {'unjudged':>8}  share accepted"]
    total: Counter[str] = Counter()
    for name in sorted(groups):
        total.update(groups[name])
        rows.append(_share(name, groups[name]))
    return "\n".join([*rows, _share("all", total)])


def _share(name: str, counts: Counter[str]) -> str:
    judged = sum(counts[verdict] for verdict in VERDICTS)
    share = f"{100 * counts['accept'] / judged:.1f} %" if judged else "-"
    numbers = " ".join(f"{counts[verdict]:6d}" for verdict in VERDICTS)
    return f"{name:28} {numbers} {counts['unjudged']:8d}  {share}"
