"""Findings as workflow commands of GitHub Actions, which become annotations on the lines of a pull request."""

from __future__ import annotations

from trainlint.model import Finding, Level
from trainlint.report.document import Report, where_in_cell

LEVELS = {Level.ERROR: "error", Level.WARNING: "warning", Level.ADVICE: "notice"}


def github_report(report: Report) -> str:
    """One command a line. The service shows the first ten of each level of a step; the others stay in its log."""
    return "".join(_command(finding) + "\n" for finding in report.findings)


def _command(finding: Finding) -> str:
    properties = {"title": f"{finding.code} {finding.name}", **_place(finding)}
    shown = ",".join(f"{name}={_escaped(value, ':,')}" for name, value in properties.items())
    message = where_in_cell(finding) + finding.message + _origin(finding)
    return f"::{LEVELS[finding.level]} {shown}::{_escaped(message)}"


def _place(finding: Finding) -> dict[str, str]:
    """File and lines; columns only where they lie in one line (the service rejects others), the last one included."""
    place = finding.location
    if place.cell is not None:
        return {"file": place.path}
    properties = {"file": place.path, "line": str(place.line)}
    if place.end_line >= place.line:
        properties["endLine"] = str(place.end_line)
        if place.end_line > place.line:
            return properties
    properties["col"] = str(place.column)
    if place.end_line == place.line and place.end_column > place.column:
        properties["endColumn"] = str(place.end_column - 1)
    return properties


def _origin(finding: Finding) -> str:
    if not finding.related:
        return ""
    literal = finding.related[0]
    return f"\nFrom {literal.location} {literal.label}".rstrip()


def _escaped(text: str, more: str = "") -> str:
    """Percent-encoded as the runner decodes it: `%`, line ends, and in properties also `:` and `,`."""
    for character in "%\r\n" + more:
        text = text.replace(character, f"%{ord(character):02X}")
    return text
