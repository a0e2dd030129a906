"""What a format for machines is written from: findings, their source lines, their rules' pages, what went wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from trainlint.fingerprint import fingerprints
from trainlint.model import Finding, Level, Location
from trainlint.report.excerpt import Lines


@dataclass(frozen=True, slots=True)
class RuleHelp:
    """A rule as a report shows it. text: its page, in Markdown; summary: the page's one sentence."""

    code: str
    name: str
    level: Level
    section: str
    summary: str
    text: str
    preview: bool = False


@dataclass(frozen=True)
class Report:
    """A run, ready to be written in any format.

    rules: the pages of the rules that fired, by code. errors: what trainlint itself failed on, in words.
    owners: the program that showed a finding, by code and place.
    """

    findings: Sequence[Finding]
    lines: Lines
    version: str
    rules: Mapping[str, RuleHelp] = field(default_factory=dict)
    errors: Sequence[str] = ()
    owners: Mapping[tuple[str, Location], str] = field(default_factory=dict)

    def fingerprints(self) -> list[str]:
        """The findings' fingerprints, in order."""
        return fingerprints(self.findings, self.lines)


def where_in_cell(finding: Finding) -> str:
    """`cell 3, line 5: ` for a finding in a notebook, whose lines no line of the file itself stands for; else ""."""
    place = finding.location
    return f"cell {place.cell}, line {place.line}: " if place.cell is not None else ""
