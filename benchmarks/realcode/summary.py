"""The committed summary: counts by package and rule, sizes, and nothing that depends on the machine."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from realcode.runs import LEVELS, Result

Summary = dict[str, Any]


def summarize(results: list[Result]) -> Summary:
    """Counts by package and rule and their totals. Equal findings give an equal document."""
    packages = {
        result.name: {
            "version": result.version,
            "python_files": result.python_files,
            "notebooks": result.notebooks,
            "lines": result.lines,
            **({"failure": result.failure.split(":")[0]} if result.failure else {}),
            "rules": result.rules,
        }
        for result in results
    }
    lines = sum(result.lines for result in results)
    errors = sum(result.count("error") for result in results)
    total = {
        "packages": len(results),
        "python_files": sum(result.python_files for result in results),
        "lines": lines,
        "failures": sum(1 for result in results if result.failure),
        "levels": {level: sum(result.count(level) for result in results) for level in LEVELS},
        "errors_per_10000_lines": round(1e4 * errors / lines, 3) if lines else 0.0,
        "rules": dict(sorted(rule_totals(results).items())),
    }
    return {"total": total, "packages": packages}


def rule_totals(results: list[Result]) -> Counter[str]:
    """Findings by code over all packages."""
    return Counter(finding["code"] for result in results for finding in result.findings)


def write(summary: Summary, path: Path) -> None:
    """One rule a line, sorted, so that a change of one count is a change of one line."""
    path.write_text(json.dumps(summary, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def read(path: Path) -> Summary:
    """The committed summary; an empty one if there is none."""
    if not path.exists():
        return {"total": {}, "packages": {}}
    document: Summary = json.loads(path.read_text(encoding="utf-8"))
    return document


def compare(committed: Summary, current: Summary) -> list[str]:
    """One line for each count that differs, for packages that the current run has."""
    changes = []
    for name, now in current["packages"].items():
        before = committed["packages"].get(name)
        if before is None:
            changes.append(f"{name}: not in the committed summary")
            continue
        if before["version"] != now["version"]:
            changes.append(f"{name}: version {before['version']} -> {now['version']}")
        if before.get("failure") != now.get("failure"):
            changes.append(f"{name}: failure {before.get('failure', 'none')} -> {now.get('failure', 'none')}")
        for code in sorted(before["rules"].keys() | now["rules"].keys()):
            old, new = before["rules"].get(code, {}), now["rules"].get(code, {})
            for level in LEVELS:
                was, has = old.get(level, 0), new.get(level, 0)
                if was != has:
                    changes.append(f"{name}: {code} {level} {was} -> {has} ({has - was:+d})")
    return changes


def table(results: list[Result]) -> str:
    """Packages with sizes, findings by level and rule, time, memory and failures; totals below."""
    width = max([len(result.name) for result in results] + [7])
    rows = [
        f"{'package':{width}} {'files':>6} {'lines':>8} {'error':>6} {'warn':>6} {'advice':>6}"
        f" {'err/10k':>7} {'TL999':>5} {'sec':>7} {'cpu':>7} {'MiB':>6}  rules"
    ]
    for result in results:
        rows.append(_row(result, width))
    lines = sum(result.lines for result in results)
    errors = sum(result.count("error") for result in results)
    rows.append("")
    levels = ", ".join(f"{sum(result.count(level) for result in results)} {level}" for level in LEVELS)
    density = 1e4 * errors / max(lines, 1)
    rows.append(f"{len(results)} packages, {lines} lines: {levels}; {density:.2f} errors in 10,000 lines")
    rows.append(
        "rules: " + (" ".join(f"{code}={n}" for code, n in sorted(rule_totals(results).items())) or "none")
    )
    failed = [f"FAILED {result.name}: {result.failure}" for result in results if result.failure]
    return "\n".join(rows + failed)


def _row(result: Result, width: int) -> str:
    levels = " ".join(f"{result.count(level):6d}" for level in LEVELS)
    density = 1e4 * result.count("error") / max(result.lines, 1)
    internal = sum(result.rules.get("TL999", {}).values())
    rules = " ".join(f"{code}={sum(counts.values())}" for code, counts in result.rules.items())
    files = result.python_files + result.notebooks
    failed = "  FAILED" if result.failure else ""
    return (
        f"{result.name:{width}} {files:6d} {result.lines:8d} {levels} {density:7.2f} {internal:5d}"
        f" {result.seconds:7.1f} {result.cpu:7.1f} {result.peak_mebibytes:6.0f}  {rules}{failed}"
    )
