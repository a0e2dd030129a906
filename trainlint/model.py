"""The vocabulary of results: locations, levels, rules, fixes and findings. No logic, and no import of ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import Any


class Level(Enum):
    """How sure a rule is that the run is hurt; ordered from the mildest to the gravest."""

    ADVICE = "advice"
    WARNING = "warning"
    ERROR = "error"

    @property
    def rank(self) -> int:
        """0 for advice, 1 for warning, 2 for error."""
        return ("advice", "warning", "error").index(self.value)


class Applicability(StrEnum):
    """Whether a fix keeps what the program means (safe), changes training (unsafe), or does not exist."""

    SAFE = "safe"
    UNSAFE = "unsafe"
    NONE = "-"


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a file. Lines and columns count from 1; `cell` is a notebook's code cell, from 1, else None.

    `path` is relative to the working directory where that is possible, with forward slashes.
    In a notebook, `line` counts within the cell.
    """

    path: str
    line: int
    column: int = 1
    end_line: int = 0
    end_column: int = 0
    cell: int | None = None

    def __str__(self) -> str:
        cell = f":cell {self.cell}" if self.cell is not None else ""
        return f"{self.path}{cell}:{self.line}"


@dataclass(frozen=True, slots=True)
class Place:
    """One station of a value's way: where it was, and under which name (`conf.yaml:7 optim.lr`)."""

    location: Location
    label: str = ""


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the text of a location (its end included in `end_line`, `end_column`) by another."""

    location: Location
    replacement: str


@dataclass(frozen=True, slots=True)
class Fix:
    """A mend for a finding, as edits."""

    applicability: Applicability
    message: str
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True)
class Series:
    """Curves of both variants of an experiment, for plots.

    kind: loss (over steps), gradient, spread, dead (over layers), or another word. x: steps; empty where points are
    layers, which `flagged_labels` and `mended_labels` name (the variants may differ in them). flagged, mended: one tuple of
    values a seed; what is not finite is nan or inf. log: values belong on a logarithmic scale.
    """

    kind: str
    title: str
    x: tuple[float, ...] = ()
    flagged: tuple[tuple[float, ...], ...] = ()
    mended: tuple[tuple[float, ...], ...] = ()
    flagged_labels: tuple[str, ...] = ()
    mended_labels: tuple[str, ...] = ()
    log: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a probe measured about a finding.

    verdict: confirmed, not reproduced, inconclusive. statistic: its name. flagged, fixed: its value in the variant as found
    and in the mended one. detail: one line of numbers for people, or why it is inconclusive.
    numbers: everything measured, by name (numbers, words, lists); series: curves for plots; notes: what was assumed or scaled
    in rebuilding the network. seconds: what measuring took; it is no number of `numbers`, because those are the same in every run.
    """

    verdict: str
    statistic: str = ""
    flagged: float | None = None
    fixed: float | None = None
    detail: str = ""
    experiment: str = ""
    numbers: Mapping[str, Any] = field(default_factory=dict, hash=False)
    series: tuple[Series, ...] = ()
    notes: tuple[str, ...] = ()
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Option:
    """A setting of one rule: its default, what it means, and where the default comes from."""

    default: object
    description: str
    source: str = ""


@dataclass(frozen=True)
class Rule:
    """A rule's metadata; codes, names and levels are fixed by the catalogue."""

    code: str
    name: str
    level: Level
    section: str
    fix: Applicability = Applicability.NONE
    probe: str | None = None
    since: str = "0.1"
    preview: bool = False
    options: Mapping[str, Option] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault at one place. `related` holds the chain of origins, the literal first."""

    code: str
    name: str
    level: Level
    message: str
    location: Location
    related: tuple[Place, ...] = ()
    fix: Fix | None = None
    probe: Evidence | None = None


@dataclass(frozen=True, slots=True)
class Silence:
    """A thing that is not known of a program, why, and the rules that asked for it and reported nothing there."""

    what: str
    why: str
    location: Location | None
    codes: tuple[str, ...] = ()
