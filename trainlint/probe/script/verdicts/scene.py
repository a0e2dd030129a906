"""What a judge looks at: a finding, and what was observed where it stands."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from trainlint.model import Evidence, Finding, Location
from trainlint.probe.experiments.api import CONFIRMED, INCONCLUSIVE, NOT_REPRODUCED
from trainlint.probe.script.record import Record, Spot

EXPERIMENT = "run"


class HasSpot(Protocol):
    """Something that was observed at a place."""

    @property
    def spot(self) -> Spot:
        """Where."""


S = TypeVar("S", bound=HasSpot)


@dataclass(frozen=True)
class Scene:
    """A finding and the record of a run. cwd: what the finding's path is relative to."""

    record: Record
    finding: Finding
    cwd: Path

    @property
    def length(self) -> str:
        """How much was seen, in words."""
        steps = self.record.steps
        return f"{steps} step{'s' * (steps != 1)} seen"

    @property
    def executed(self) -> bool | None:
        """Whether the finding's lines were executed; None where that is not known (a config)."""
        here = self.finding.location
        if not here.path.endswith(".py"):
            return None
        seen = self.record.lines.get(self._real(here.path))
        if seen is None:
            return None
        return any(here.line <= line <= max(here.end_line, here.line) for line in seen)

    def here(self, things: Iterable[S]) -> list[S]:
        """Those that were observed where the finding or its origins stand; all, where only one place was observed."""
        found = list(things)
        for location in (self.finding.location, *(place.location for place in self.finding.related)):
            there = [thing for thing in found if self._at(thing.spot, location)]
            if there:
                return there
        return found if len({thing.spot for thing in found}) == 1 else []

    def exactly_here(self, things: Iterable[S]) -> list[S]:
        """Those that were observed where the finding stands."""
        return [thing for thing in things if self._at(thing.spot, self.finding.location)]

    def _at(self, spot: Spot, location: Location) -> bool:
        if not spot.path or spot.path != self._real(location.path):
            return False
        return location.line <= spot.line <= max(location.end_line, location.line)

    def _real(self, path: str) -> str:
        return str((self.cwd / path).resolve())


Judge = Callable[[Scene], Evidence]


def inconclusive(why: str) -> Evidence:
    """The run could not tell."""
    return Evidence(INCONCLUSIVE, detail=why, experiment=EXPERIMENT)


def confirmed(
    statistic: str, flagged: float | None, fixed: float | None, detail: str, **numbers: Any
) -> Evidence:
    """The run shows the fault. fixed: the bound or value that would be right, where there is one."""
    return Evidence(CONFIRMED, statistic, flagged, fixed, detail, EXPERIMENT, numbers)


def refuted(
    statistic: str, flagged: float | None, fixed: float | None, detail: str, **numbers: Any
) -> Evidence:
    """The run could have shown the fault, and does not."""
    return Evidence(NOT_REPRODUCED, statistic, flagged, fixed, detail, EXPERIMENT, numbers)


def decide(
    statistic: str,
    value: float,
    *,
    yes: bool,
    no: bool,
    detail: str,
    fixed: float | None = None,
    **numbers: Any,
) -> Evidence:
    """Confirmed, refuted, or neither with the same numbers."""
    if yes or no:
        return (confirmed if yes else refuted)(statistic, value, fixed, detail, **numbers)
    return Evidence(
        INCONCLUSIVE, statistic, value, fixed, f"neither clear nor absent: {detail}", EXPERIMENT, numbers
    )


def short(value: float) -> str:
    """A number for people: three significant digits."""
    return f"{value:.3g}"


def losses_of(record: Record) -> tuple[float, ...]:
    """The losses of the place where backward() was called most often."""
    if not record.backwards:
        return ()
    return max(record.backwards, key=lambda seen: len(seen.losses)).losses


def course(losses: Sequence[float]) -> str:
    """How the loss went, in words; "" where there is nothing to say."""
    if len(losses) < 2:
        return ""
    bad = next((i for i, loss in enumerate(losses) if not math.isfinite(loss)), None)
    if bad is not None:
        return f"the loss is {losses[bad]} from step {bad + 1} on"
    part = max(1, len(losses) // 10)
    first, last = sum(losses[:part]) / part, sum(losses[-part:]) / part
    return f"loss {short(first)} at first, {short(last)} after {len(losses)} steps"
