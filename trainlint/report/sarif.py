"""Findings as SARIF 2.1.0 (OASIS standard of 27 March 2020), as code scanning services and editors read it."""

from __future__ import annotations

import json
import string
from collections.abc import Sequence
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

from trainlint.model import Applicability, Edit, Finding, Fix, Level, Location, Place
from trainlint.report.document import Report, RuleHelp

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"
ROOT = "%SRCROOT%"
FINGERPRINT = "trainlint/v1"
UNRESERVED = frozenset(string.ascii_letters + string.digits + "-._~/")
LEVELS = {Level.ERROR: "error", Level.WARNING: "warning", Level.ADVICE: "note"}


def sarif_report(report: Report) -> str:
    """One run with its rules (their pages as help) and results.

    A place in a notebook has no region, because a cell's lines are not the file's; its logical location says which cell.
    """
    rules = sorted(report.rules)
    results = [
        _result(finding, fingerprint, rules)
        for finding, fingerprint in zip(report.findings, report.fingerprints(), strict=True)
    ]
    driver = {
        "name": "trainlint",
        "version": report.version,
        "semanticVersion": report.version,
        "rules": [_rule(report.rules[code]) for code in rules],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(report.errors)],
        "results": results,
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _invocation(errors: Sequence[str]) -> dict[str, Any]:
    notes = [{"level": "error", "message": {"text": error}} for error in errors]
    found: dict[str, Any] = {"executionSuccessful": not errors}
    return {**found, "toolExecutionNotifications": notes} if notes else found


def _rule(rule: RuleHelp) -> dict[str, Any]:
    tags = [
        "deep-learning",
        *([rule.section] if rule.section else []),
        *(["preview"] if rule.preview else []),
    ]
    return {
        "id": rule.code,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": rule.summary or rule.name},
        "fullDescription": {"text": rule.summary or rule.name},
        "help": {
            "text": rule.text or rule.summary or rule.name,
            "markdown": rule.text or rule.summary or rule.name,
        },
        "defaultConfiguration": {"level": LEVELS[rule.level]},
        "properties": {"tags": tags, "problem.severity": _severity(rule.level), "precision": "high"},
    }


def _severity(level: Level) -> str:
    return {Level.ADVICE: "recommendation"}.get(level, level.value)


def _result(finding: Finding, fingerprint: str, rules: Sequence[str]) -> dict[str, Any]:
    result: dict[str, Any] = {"ruleId": finding.code}
    if finding.code in rules:
        result["ruleIndex"] = rules.index(finding.code)
    result |= {
        "level": LEVELS[finding.level],
        "message": {"text": finding.message},
        "locations": [_location(finding.location)],
        "partialFingerprints": {FINGERPRINT: fingerprint},
    }
    if finding.related:
        result["relatedLocations"] = [
            {"id": number, **_station(place)} for number, place in enumerate(finding.related)
        ]
        result["codeFlows"] = [_flow(finding)]
    fixes = _fixes(finding.fix)
    if fixes:
        result["fixes"] = fixes
    if finding.probe is not None:
        probe = finding.probe
        result["properties"] = {"probe": {"verdict": probe.verdict, "statistic": probe.statistic,
                                          "flagged": probe.flagged, "fixed": probe.fixed, "detail": probe.detail}}  # fmt: skip
    return result


def _flow(finding: Finding) -> dict[str, Any]:
    """The way of the value, from the literal to the place that uses it."""
    stations = [*finding.related, Place(finding.location, finding.name)]
    return {"threadFlows": [{"locations": [{"location": _station(place)} for place in stations]}]}


def _station(place: Place) -> dict[str, Any]:
    location = _location(place.location)
    return {**location, "message": {"text": place.label}} if place.label else location


def _location(location: Location) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": _artifact(location.path)}
    if location.cell is not None:
        name = f"cell {location.cell}, line {location.line}"
        return {"physicalLocation": physical, "logicalLocations": [{"fullyQualifiedName": name}]}
    physical["region"] = _region(location)
    return {"physicalLocation": physical}


def _artifact(path: str) -> dict[str, Any]:
    if PurePosixPath(path).is_absolute():
        return {"uri": "file://" + _quoted(path)}
    if PureWindowsPath(path).is_absolute():
        return {"uri": "file:///" + _quoted(path).replace("%3A", ":", 1)}
    return {"uri": _quoted(path), "uriBaseId": ROOT}


def _quoted(path: str) -> str:
    """A path as a part of a URI (RFC 3986, 2.3): everything but unreserved characters and slashes is percent-encoded."""
    data = path.replace("\\", "/").encode("utf-8", "surrogateescape")
    return "".join(chr(byte) if chr(byte) in UNRESERVED else f"%{byte:02X}" for byte in data)


def _region(location: Location) -> dict[str, int]:
    region = {"startLine": max(location.line, 1), "startColumn": max(location.column, 1)}
    if location.end_line >= location.line and location.end_column:
        region |= {"endLine": location.end_line, "endColumn": location.end_column}
    return region


def _fixes(fix: Fix | None) -> list[dict[str, Any]]:
    """A mend as replacements, file by file; none where it changes cells of notebooks."""
    if fix is None or not fix.edits or any(edit.location.cell is not None for edit in fix.edits):
        return []
    files: dict[str, list[Edit]] = {}
    for edit in fix.edits:
        files.setdefault(edit.location.path, []).append(edit)
    changes = [
        {"artifactLocation": _artifact(path), "replacements": [_replacement(edit) for edit in edits]}
        for path, edits in files.items()
    ]
    note = "" if fix.applicability is Applicability.SAFE else f" ({fix.applicability.value})"
    return [{"description": {"text": f"{fix.message}{note}"}, "artifactChanges": changes}]


def _replacement(edit: Edit) -> dict[str, Any]:
    place = edit.location
    region = {"startLine": place.line, "startColumn": place.column}
    region |= {"endLine": place.end_line or place.line, "endColumn": place.end_column or place.column}
    return {"deletedRegion": region, "insertedContent": {"text": edit.replacement}}
