"""What changed between two runs, finding by finding, for reading."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from realcode.excerpts import describe, place
from realcode.runs import Result

Key = tuple[str, str, str, int]


@dataclass(frozen=True, slots=True)
class Change:
    """A finding that one run has and the other has not. `sign` is `+` or `-`."""

    sign: str
    package: str
    folder: Path
    finding: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.sign} {self.package} {describe(self.folder, self.finding)}"


def _key(finding: dict[str, Any]) -> Key:
    return finding["code"], finding["level"], place(finding), int(finding.get("column") or 0)


def between(before: list[Result], after: list[Result], sources: Path) -> list[Change]:
    """Findings removed and added, in packages of the same version that both runs have.

    A finding is the same if code, level, place and column are; its message may differ. Of several findings
    with the same key, only the surplus counts.
    """
    old = {result.name: result for result in before}
    changes = []
    for result in after:
        earlier = old.get(result.name)
        if earlier is None or earlier.version != result.version:
            continue
        folder = sources / result.folder
        for sign, these, those in (("-", earlier, result), ("+", result, earlier)):
            changes += [Change(sign, result.name, folder, finding) for finding in _surplus(these, those)]
    return changes


def _surplus(these: Result, those: Result) -> list[dict[str, Any]]:
    left = Counter(_key(finding) for finding in those.findings)
    surplus = []
    for finding in these.findings:
        key = _key(finding)
        if left[key]:
            left[key] -= 1
        else:
            surplus.append(finding)
    return surplus
