"""What a run found."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from trainlint.excerpts import LineKey
from trainlint.facts.program import Program
from trainlint.model import Finding, Level, Location, Silence
from trainlint.semantics.sources import Sources
from trainlint.source.problem import Problem


@dataclass
class Result:
    """What a run found. `findings` are those at or above the level; `hidden` counts the others by level.

    known: findings that a baseline knew, and that were left out. gone: findings of the baseline that are no longer there.

    lines: the source lines that findings and their origins point at, as written.
    owners: by code and place of a finding, the entry of the program that showed it first.
    silences: by entry, what was not known and which rules asked for it, where that was asked for.
    left: where a change was checked, how many programs that use it were not.
    sources: the files as they were read.
    plans: by code and place, what `plan` returned for the findings of rules that have a probe.
    """

    findings: list[Finding] = field(default_factory=list)
    hidden: Counter[Level] = field(default_factory=Counter)
    suppressed: int = 0
    known: int = 0
    gone: int = 0
    programs: list[Program] = field(default_factory=list)
    digests: list[Any] = field(default_factory=list)
    files: int = 0
    skipped: int = 0
    configs: int = 0
    argument_problems: list[Problem] = field(default_factory=list)
    lines: dict[LineKey, str] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    silences: dict[str, list[Silence]] = field(default_factory=dict)
    owners: dict[tuple[str, Location], str] = field(default_factory=dict)
    left: int = 0
    sources: Sources | None = None
    plans: dict[tuple[str, Location], Any] = field(default_factory=dict)
