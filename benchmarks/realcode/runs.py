"""One trainlint run over one package, in a process of its own with a time limit; its results on disk."""

from __future__ import annotations

import json
import shutil
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from realcode import process
from realcode.pins import Pin
from realcode.sources import Size

# A program may take 10 s at most; a package is given far less than that a file, so that one hang is seen.
BASE_TIMEOUT = 60.0
TIMEOUT_PER_FILE = 0.5
LEVELS = ("error", "warning", "advice")


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one package: `failure` is empty, or says why there are no (complete) findings."""

    name: str
    version: str
    python_files: int
    notebooks: int
    lines: int
    seconds: float
    cpu: float
    peak_mebibytes: float
    failure: str
    preview: bool
    findings: list[dict[str, Any]] = field(default_factory=list)

    @property
    def folder(self) -> str:
        """The folder of its sources, as the pin names it."""
        return f"{self.name}-{self.version}"

    def count(self, level: str) -> int:
        """How many findings have this level."""
        return sum(1 for finding in self.findings if finding["level"] == level)

    @property
    def rules(self) -> dict[str, dict[str, int]]:
        """Findings by code and level, sorted by code."""
        counts: dict[str, Counter[str]] = {}
        for finding in self.findings:
            counts.setdefault(finding["code"], Counter())[finding["level"]] += 1
        return {code: dict(sorted(counts[code].items())) for code in sorted(counts)}


def check(pin: Pin, folder: Path, size: Size, *, preview: bool, timeout: float | None, tree: Path) -> Result:
    """Run `trainlint check .` in a package's folder, with every level, one process."""
    limit = timeout or BASE_TIMEOUT + TIMEOUT_PER_FILE * (size.python_files + size.notebooks)
    command = [sys.executable, "-m", "trainlint", "check", ".", "--output-format", "json", "--exit-zero"]
    command += ["--level", "advice", "--no-cache", "--jobs", "1", *(["--preview"] if preview else [])]
    outcome = process.run(command, folder, limit, tree)
    findings, failure = _read(outcome, limit)
    return Result(
        name=pin.name,
        version=pin.version,
        python_files=size.python_files,
        notebooks=size.notebooks,
        lines=size.lines,
        seconds=round(outcome.seconds, 2),
        cpu=round(outcome.cpu, 2),
        peak_mebibytes=outcome.peak_mebibytes,
        failure=failure,
        preview=preview,
        findings=findings,
    )


def _read(outcome: process.Outcome, limit: float) -> tuple[list[dict[str, Any]], str]:
    """The findings in a run's output, and why the run counts as failed, if it does."""
    said = " ".join(outcome.errors.split())[-300:] or "(nothing on standard error)"
    if outcome.status is None:
        return [], f"timeout after {limit:.0f} s"
    try:
        findings = json.loads(outcome.output)
    except ValueError:
        findings = None
    if not isinstance(findings, list):
        return [], f"status {outcome.status}, no JSON array on standard output: {said}"
    if outcome.status != 0:
        return findings, f"status {outcome.status}: {said}"
    if "Traceback (most recent call last)" in outcome.errors:
        return findings, f"traceback on standard error: {said}"
    return findings, ""


def time_programs(
    folder: Path, size: Size, tree: Path
) -> tuple[list[tuple[str, float]], list[str], dict[str, float]]:
    """Seconds for each program, the slowest first, the tracebacks of internal errors, and the effort (see programs.py).

    A run that does not end in time or breaks is a failure without programs.
    """
    limit = BASE_TIMEOUT + TIMEOUT_PER_FILE * (size.python_files + size.notebooks)
    script = Path(__file__).with_name("programs.py")
    outcome = process.run([sys.executable, str(script), str(folder)], folder, limit, tree)
    if outcome.status != 0:
        return [], [f"status {outcome.status} (none: over {limit:.0f} s): {outcome.errors[-2000:]}"], {}
    document = json.loads(outcome.output)
    return (
        [(path, seconds) for path, seconds in document["programs"]],
        document["failures"],
        document["effort"],
    )


def describe_effort(effort: Mapping[str, float]) -> str:
    """What interpreting takes in parse times, in words."""
    if not effort.get("visited") or not effort.get("once"):
        return "nothing was interpreted"
    spent = effort["interpreting"]
    return (
        f"interpreting takes {spent / effort['visited']:.1f} times the parsing of what each program visits "
        f"({spent / effort['once']:.1f} times that of each file once), {1e6 * spent / max(effort['steps'], 1):.1f} us a step; "
        f"{effort['incomplete']:.0f} programs incomplete"
    )


def shorten(traceback: str, frames: int = 2) -> str:
    """The last frames of a traceback and its error, by which equal failures are told."""
    lines = [line for line in traceback.strip().splitlines() if line.strip(" ^~") != ""]
    places = [at for at, line in enumerate(lines) if line.startswith("  File ")]
    return "\n".join(lines[places[-frames] if len(places) >= frames else 0 :])


def save(result: Result, folder: Path) -> None:
    """Keep a result: `NAME.json` for what was measured, `NAME.jsonl` for the findings."""
    folder.mkdir(parents=True, exist_ok=True)
    facts = asdict(result)
    findings = facts.pop("findings")
    lines = "".join(json.dumps(finding, sort_keys=True) + "\n" for finding in findings)
    (folder / f"{result.name}.jsonl").write_text(lines, encoding="utf-8")
    (folder / f"{result.name}.json").write_text(json.dumps(facts, indent=1), encoding="utf-8")


def load(folder: Path) -> list[Result]:
    """All results kept in a folder, sorted by package."""
    results = []
    for path in sorted(folder.glob("*.json")):
        lines = path.with_suffix(".jsonl").read_text(encoding="utf-8").splitlines()
        results.append(
            Result(
                **json.loads(path.read_text(encoding="utf-8")), findings=[json.loads(line) for line in lines]
            )
        )
    return results


def keep_as(current: Path, named: Path) -> None:
    """Copy the current results under a name, replacing what had it."""
    if named.exists():
        shutil.rmtree(named)
    shutil.copytree(current, named)
