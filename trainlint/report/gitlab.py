"""Findings as GitLab's code quality report, the subset of the Code Climate format that merge requests show."""

from __future__ import annotations

import json
from typing import Any

from trainlint.model import Finding, Level, Location
from trainlint.report.document import Report, where_in_cell

SEVERITIES = {Level.ERROR: "critical", Level.WARNING: "major", Level.ADVICE: "info"}


def gitlab_report(report: Report) -> str:
    """An array with one issue per finding. A finding in a notebook stands at line 1 of the file, and names its cell."""
    pairs = zip(report.findings, report.fingerprints(), strict=True)
    return json.dumps([_issue(report, *pair) for pair in pairs], indent=2) + "\n"


def _issue(report: Report, finding: Finding, fingerprint: str) -> dict[str, Any]:
    rule = report.rules.get(finding.code)
    issue: dict[str, Any] = {
        "type": "issue",
        "description": f"{finding.code} {where_in_cell(finding)}{' '.join(finding.message.split())}",
        "check_name": finding.name,
        "categories": ["Bug Risk"],
        "fingerprint": fingerprint,
        "severity": SEVERITIES[finding.level],
        "location": _place(finding.location),
    }
    if rule is not None and rule.text:
        issue["content"] = {"body": rule.text}
    if finding.related:
        issue["other_locations"] = [_place(place.location) for place in finding.related]
    return issue


def _place(place: Location) -> dict[str, Any]:
    """Path and lines, the last one included; a place in a notebook is the file, for a cell's lines are not the file's."""
    if place.cell is not None:
        return {"path": place.path, "lines": {"begin": 1, "end": 1}}
    return {"path": place.path, "lines": {"begin": place.line, "end": max(place.line, place.end_line)}}
