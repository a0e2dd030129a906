"""Findings as diagnostics."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lsprotocol import types

from trainlint.model import Finding, Level
from trainlint.pages import NoPagesError, pages_directory
from trainlint.server.places import Places

SOURCE = "trainlint"
SEVERITIES = {
    Level.ERROR: types.DiagnosticSeverity.Error,
    Level.WARNING: types.DiagnosticSeverity.Warning,
    Level.ADVICE: types.DiagnosticSeverity.Information,
}
UNUSED = frozenset({"TL059"})
"""Rules whose findings an editor shows faded: what stands there does nothing."""


def diagnostic(finding: Finding, places: Places) -> types.Diagnostic:
    """A finding, with the way of its value as places to jump to, the literal first."""
    page = page_uri(finding.code)
    related = [
        types.DiagnosticRelatedInformation(
            types.Location(places.uri(station.location), places.range(station.location)),
            station.label or "comes through here",
        )
        for station in finding.related
    ]
    return types.Diagnostic(
        range=places.range(finding.location),
        message=finding.message,
        severity=SEVERITIES[finding.level],
        code=finding.code,
        code_description=types.CodeDescription(page) if page is not None else None,
        source=SOURCE,
        tags=[types.DiagnosticTag.Unnecessary] if finding.code in UNUSED else None,
        related_information=related,
        data={"name": finding.name},
    )


def by_document(findings: Sequence[Finding], places: Places) -> dict[str, list[types.Diagnostic]]:
    """Diagnostics by the document in which they stand."""
    found: dict[str, list[types.Diagnostic]] = {}
    for finding in findings:
        found.setdefault(places.uri(finding.location), []).append(diagnostic(finding, places))
    return found


def page_uri(code: str) -> str | None:
    """The address of a rule's page; None where pages are not installed."""
    try:
        path: Path = pages_directory() / f"{code}.md"
    except NoPagesError:
        return None
    return path.as_uri() if path.is_file() else None
