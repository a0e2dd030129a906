"""Findings as JSON: an array, or one object a line."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

from trainlint.model import Edit, Evidence, Finding, Fix, Location, Place, Series
from trainlint.report.excerpt import Lines


def finding_object(finding: Finding, lines: Lines) -> dict[str, Any]:
    """One finding. What is not known, or not there, is null.

    `related[].code` is the source line at that place, without its indentation.
    """
    place = finding.location
    return {
        "code": finding.code,
        "name": finding.name,
        "level": finding.level.value,
        "message": finding.message,
        "path": place.path,
        "line": place.line,
        "column": place.column,
        "end_line": place.end_line or None,
        "end_column": place.end_column or None,
        "cell": place.cell,
        "related": [_related(station, lines) for station in finding.related],
        "fix": _fix(finding.fix),
        "probe": _probe(finding.probe),
        "url": None,
    }


def json_report(findings: Sequence[Finding], lines: Lines) -> str:
    """An array with one object per finding."""
    return json.dumps([finding_object(f, lines) for f in findings], indent=2) + "\n"


def jsonl_report(findings: Sequence[Finding], lines: Lines) -> str:
    """One object a line."""
    return "".join(json.dumps(finding_object(f, lines)) + "\n" for f in findings)


def json_statistics(findings: Sequence[Finding], *, by_line: bool) -> str:
    """How often each rule fired, the most frequent first: an array, or one object a line."""
    counts = Counter((f.code, f.name, f.level.value) for f in findings)
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    rows = [{"code": c, "name": n, "level": level, "count": count} for (c, n, level), count in ranked]
    return "".join(json.dumps(row) + "\n" for row in rows) if by_line else json.dumps(rows, indent=2) + "\n"


def _position(location: Location) -> dict[str, Any]:
    return {"path": location.path, "line": location.line, "column": location.column, "cell": location.cell}


def _related(station: Place, lines: Lines) -> dict[str, Any]:
    place = station.location
    text = lines.get((place.path, place.cell, place.line))
    code = text.strip() if text is not None else None
    return {**_position(place), "message": station.label, "code": code}


def _fix(fix: Fix | None) -> dict[str, Any] | None:
    if fix is None:
        return None
    edits = [_edit(edit) for edit in fix.edits]
    return {"applicability": fix.applicability.value, "message": fix.message, "edits": edits}


def _edit(edit: Edit) -> dict[str, Any]:
    place = edit.location
    ends = {"end_line": place.end_line, "end_column": place.end_column}
    return {**_position(place), **ends, "replacement": edit.replacement}


def _probe(evidence: Evidence | None) -> dict[str, Any] | None:
    if evidence is None:
        return None
    return {
        "verdict": evidence.verdict,
        "statistic": evidence.statistic,
        "flagged": _plain(evidence.flagged),
        "fixed": _plain(evidence.fixed),
        "detail": evidence.detail,
        "experiment": evidence.experiment or None,
        "notes": list(evidence.notes),
        "numbers": _plain(dict(evidence.numbers)),
        "seconds": _plain(evidence.seconds),
        "series": [_series(series) for series in evidence.series],
    }


def _series(series: Series) -> dict[str, Any]:
    return {
        "kind": series.kind,
        "title": series.title,
        "x": _plain(series.x),
        "flagged": _plain(series.flagged),
        "fixed": _plain(series.mended),
        "flagged_labels": list(series.flagged_labels),
        "fixed_labels": list(series.mended_labels),
    }


def _plain(value: Any) -> Any:
    """Measured numbers to four significant digits; null for those that are not finite, which JSON does not know."""
    if isinstance(value, float):
        return float(f"{value:.4g}") if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
