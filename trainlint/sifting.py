"""The end of a run, from what checks found to what is shown: comments that silence, those that silence nothing, levels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from trainlint.checks import load_rules
from trainlint.model import Finding, Level, Location, Rule
from trainlint.settings import Settings
from trainlint.source.suppressions import Suppressions


def without_silenced(
    findings: Iterable[Finding], suppressions: Mapping[str, Suppressions]
) -> tuple[list[Finding], int]:
    """The findings that no comment of their file silences, and the number of the others."""
    by_path: dict[str, list[Finding]] = {}
    for finding in findings:
        by_path.setdefault(finding.location.path, []).append(finding)
    kept: list[Finding] = []
    count = 0
    for path, found in by_path.items():
        comments = suppressions.get(path)
        remaining, silenced = comments.apply(found) if comments is not None else (found, [])
        count += len(silenced)
        kept.extend(remaining)
    return kept, count


def unused_comments(
    suppressions: Mapping[str, Suppressions],
    checked: Iterable[str],
    rules: Mapping[str, Rule],
    settings: Settings,
) -> Iterator[Finding]:
    """A finding for each comment that silenced nothing, if that rule is selected.

    To be asked for after `without_silenced`, which marks the comments that did. checked: the files that were checked
    from end to end. rules: the selected ones; a comment for all rules counts as idle only if these are all there are.
    """
    rule = rules.get("TL059")
    if rule is None:
        return
    names = {r.name: code for code, r in load_rules().items()}
    everything = len(rules) == len([r for r in load_rules().values() if not r.preview or settings.preview])
    for path in sorted(checked):
        for location, codes in suppressions[path].unused(rules, names, blanket=everything):
            which = f" for {', '.join(codes)}" if codes else ""
            message = (
                f"This comment{which} silences nothing; remove it, or it will hide a fault that comes later."
            )
            yield Finding(rule.code, rule.name, rule.level, message, location)


def shown(findings: Iterable[Finding], settings: Settings, cwd: Path) -> tuple[list[Finding], Counter[Level]]:
    """The findings at or above the level, in the order of their places, and the number of the others by level.

    Those of rules that are ignored in their file count nowhere.
    """
    found: list[Finding] = []
    hidden: Counter[Level] = Counter()
    for finding in findings:
        if settings.ignored_in(cwd / finding.location.path, finding.code):
            continue
        if finding.level.rank >= settings.level.rank:
            found.append(finding)
        else:
            hidden[finding.level] += 1
    return sorted(found, key=lambda f: (_place(f.location), f.code)), hidden


def _place(location: Location) -> tuple[str, int, int, int]:
    return location.path, location.cell or 0, location.line, location.column
