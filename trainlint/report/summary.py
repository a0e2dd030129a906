"""What a run did, in numbers: findings, and what of the code was understood and what was not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from trainlint.model import Finding, Level
from trainlint.report.styled import Line, Style, line

SHOWN_PATHS = 3

LEVEL_STYLES = {Level.ERROR: Style.ERROR, Level.WARNING: Style.WARNING, Level.ADVICE: Style.ADVICE}


@dataclass(frozen=True)
class Summary:
    """The numbers of a run.

    known, gone: findings that a baseline knew, and those of it that are not there any more.
    hidden: findings below the level, by level. programs: entry files in which training code was understood.
    files: Python files and notebooks read; skipped: those that hold no training code.
    fixable: findings that `--fix` mends; unsafely: those that `--unsafe-fixes` mends besides.
    gaps: values and calls that stayed unknown. incomplete: entries whose evaluation ended early.
    """

    found: Mapping[Level, int] = field(default_factory=dict)
    hidden: Mapping[Level, int] = field(default_factory=dict)
    suppressed: int = 0
    known: int = 0
    gone: int = 0
    files: int = 0
    skipped: int = 0
    programs: int = 0
    configs: int = 0
    gaps: int = 0
    fixable: int = 0
    unsafely: int = 0
    incomplete: tuple[str, ...] = ()


def count_levels(findings: Sequence[Finding]) -> Counter[Level]:
    """How many findings there are of each level."""
    return Counter(finding.level for finding in findings)


def summary_lines(summary: Summary) -> list[Line]:
    """The end of a text report: two lines, and a third where something was not understood."""
    lines = [line(*_findings(summary)), line(_understood(summary))]
    if summary.gone:
        verb = "is" if summary.gone == 1 else "are"
        text = f"{plural(summary.gone, 'finding')} of the baseline {verb} gone (--write-baseline updates it)."
        lines.append(line(text))
    missing = _not_understood(summary)
    if missing:
        lines.append(line(missing))
    return lines


def plural(count: int, noun: str) -> str:
    """`1 error`, `2 errors`, `2 advice`."""
    return f"{count:,} {noun}" if count == 1 or noun == "advice" else f"{count:,} {noun}s"


def _findings(summary: Summary) -> list[str | tuple[str, Style]]:
    parts: list[str | tuple[str, Style]] = []
    for level in (Level.ERROR, Level.WARNING, Level.ADVICE):
        count = summary.found.get(level, 0)
        if count or level is not Level.ADVICE:
            style = LEVEL_STYLES[level] if count else Style.STRONG
            parts += [", " if parts else "", (plural(count, level.value), style)]
    for level in (Level.WARNING, Level.ADVICE):
        count = summary.hidden.get(level, 0)
        if count:
            parts.append(f", {plural(count, level.value)} hidden (--level {level.value} shows)")
    if summary.fixable:
        parts.append(f", {summary.fixable:,} fixable (--fix)")
    if summary.unsafely:
        parts.append(f", {summary.unsafely:,} unsafely fixable (--fix --unsafe-fixes)")
    if summary.suppressed:
        parts.append(f", {summary.suppressed:,} suppressed")
    if summary.known:
        parts.append(f", {summary.known:,} in the baseline")
    return parts


def _understood(summary: Summary) -> str:
    if not summary.files and not summary.configs:
        skipped = f": {plural(summary.skipped, 'file')} without training code" if summary.skipped else ""
        return f"Nothing to check{skipped}."
    text = (
        f"Understood {plural(summary.programs, 'program')} in {plural(summary.files, 'file')} "
        f"and {plural(summary.configs, 'config')}"
    )
    return f"{text}; {summary.skipped:,} without training code skipped." if summary.skipped else f"{text}."


def _not_understood(summary: Summary) -> str:
    parts: list[str] = []
    if summary.gaps:
        things = "value or call" if summary.gaps == 1 else "values and calls"
        parts.append(f"{summary.gaps:,} {things} (`trainlint facts` lists them)")
    if summary.incomplete:
        shown = ", ".join(summary.incomplete[:SHOWN_PATHS])
        more = len(summary.incomplete) - SHOWN_PATHS
        parts.append(f"the rest of {shown}" + (f" and {more:,} more" if more > 0 else ""))
    return f"Not understood: {'; '.join(parts)}." if parts else ""
