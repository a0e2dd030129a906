"""The probes of a run: in which order, for how long, and what they make of the findings."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from trainlint.model import Evidence, Finding, Level, Location
from trainlint.probe.client import Worker, WorkerError
from trainlint.probe.experiments.api import INCONCLUSIVE, NOT_REPRODUCED
from trainlint.probe.planning import Planned
from trainlint.probe.spec import Measurement, from_json, to_json

BUDGET = 300.0
"""Seconds that all probes of a run may take unless told otherwise: some sixty findings at the median."""

PATIENCE = 5.0
"""Times as long as an experiment may compute it is waited for: what it says must not depend on what else the machine does."""

WITHOUT_TORCH = "torch is not installed (pip install 'trainlint-dl[probe]')"

Plans = Mapping[tuple[str, Location], Any]
Progress = Callable[[int, int, str], None]


class Asks(Protocol):
    """The worker, as far as a session needs it. torch: its version, None where it is not installed."""

    torch: str | None

    def start(self) -> None:
        """Start it if it does not run; raises WorkerError."""
        ...

    def ask(self, message: Mapping[str, object], seconds: float, patience: float | None = None) -> Any:
        """The answer, within seconds of processor time and of patience; raises WorkerError."""
        ...

    def close(self) -> None:
        """End it."""
        ...


class Session:
    """Measures planned experiments one after the other in one worker, which lives as long as the session.

    budget: seconds for all of them. The same experiment is run once, however many findings ask for it.
    """

    def __init__(
        self, worker: Asks | None = None, budget: float = BUDGET, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.worker: Asks = worker if worker is not None else Worker()
        self.budget, self.clock = budget, clock
        self.seconds = 0.0
        self._done: dict[str, Evidence] = {}

    def run(
        self, findings: Sequence[Finding], plans: Plans, progress: Progress | None = None
    ) -> list[Finding]:
        """The findings with what was measured; those of rules without an experiment stay as they are.

        The gravest go first, so that a budget is spent on them; the result has the order of `findings`.
        """
        planned = [(f, p) for f in findings if isinstance(p := plans.get((f.code, f.location)), Planned)]
        order = sorted(planned, key=lambda pair: -pair[0].level.rank)
        measured: dict[tuple[str, Location], Evidence] = {}
        for done, (finding, plan) in enumerate(order):
            if progress is not None:
                progress(done, len(order), f"{finding.code} {finding.location}")
            measured[finding.code, finding.location] = self.evidence(plan)
        return [replace(f, probe=measured.get((f.code, f.location), f.probe)) for f in findings]

    def evidence(self, plan: Planned) -> Evidence:
        """What one experiment says."""
        if plan.request is None:
            return inconclusive(plan, plan.why)
        data = to_json(plan.request)
        key = json.dumps([plan.experiment.name, data], sort_keys=True)
        found = self._done.get(key)
        if found is None:
            found = self._done[key] = self._ask(plan, data)
        return found

    def _ask(self, plan: Planned, data: Any) -> Evidence:
        assert plan.request is not None
        left = self.budget - self.seconds
        if left <= 0:
            return inconclusive(plan, f"the {self.budget:g} s for probes were used up (--probe-budget)")
        began = self.clock()
        try:
            self.worker.start()
            if self.worker.torch is None:
                return inconclusive(plan, WITHOUT_TORCH)
            left -= self.clock() - began
            answer = self.worker.ask(
                {"experiment": plan.experiment.name, "request": data},
                plan.experiment.seconds,
                min(PATIENCE * plan.experiment.seconds, left),
            )
            measurement = from_json(Measurement, answer)
        except WorkerError as error:
            return inconclusive(plan, str(error))
        finally:
            self.seconds += self.clock() - began
        if measurement.inconclusive:
            return inconclusive(plan, measurement.inconclusive)
        evidence = plan.experiment.judge(plan.request, measurement)
        return replace(
            evidence,
            experiment=plan.experiment.name,
            notes=tuple(dict.fromkeys((*plan.request.notes, *evidence.notes, *measurement.notes))),
            seconds=measurement.seconds,
            series=evidence.series or measurement.series,
        )

    def close(self) -> None:
        """End the worker."""
        self.worker.close()


def inconclusive(plan: Planned, why: str) -> Evidence:
    """The verdict where nothing could be measured."""
    notes = plan.request.notes if plan.request is not None else ()
    return Evidence(INCONCLUSIVE, detail=why, experiment=plan.experiment.name, notes=notes)


LOWER = {Level.ERROR: Level.WARNING, Level.WARNING: Level.ADVICE, Level.ADVICE: Level.ADVICE}


def lowered(findings: Iterable[Finding]) -> list[Finding]:
    """The findings, those that were not reproduced one level milder."""
    return [
        replace(f, level=LOWER[f.level]) if f.probe is not None and f.probe.verdict == NOT_REPRODUCED else f
        for f in findings
    ]
