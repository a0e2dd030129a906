"""What an experiment's file needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from trainlint.model import Evidence
from trainlint.probe.case import Case, Unbuildable
from trainlint.probe.spec import Measurement, Request

__all__ = [
    "CONFIRMED",
    "INCONCLUSIVE",
    "NOT_REPRODUCED",
    "Case",
    "Experiment",
    "Measurement",
    "Request",
    "Unbuildable",
]

CONFIRMED, NOT_REPRODUCED, INCONCLUSIVE = "confirmed", "not reproduced", "inconclusive"

Plan = Callable[[Case], Request]
"""In trainlint's own process, from facts alone; raises Unbuildable."""
Measure = Callable[[Request, Any], Measurement]
"""In the worker. The second argument is the worker's bench (`worker/bench.py`), through which torch is used."""
Judge = Callable[[Request, Measurement], Evidence]
"""No torch: verdict and numbers from what was measured."""


@dataclass(frozen=True)
class Experiment:
    """One experiment: `EXPERIMENT = Experiment(...)` in a module of this package, whose docstring is its protocol.

    name: as in the catalogue's column `probe` (`gradient-flow`). on: calibration says that it can be relied on; one that is
    off is never run for a finding. off_for: rules for whose findings it is off, the others having passed. seconds: what it takes at most before the worker is stopped.
    """

    name: str
    plan: Plan
    measure: Measure
    judge: Judge
    on: bool = True
    off_for: frozenset[str] = frozenset()
    seconds: float = 60.0

    def runs_for(self, code: str) -> bool:
        """Whether calibration lets it judge findings of this rule."""
        return self.on and code not in self.off_for
