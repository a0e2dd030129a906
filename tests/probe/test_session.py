"""A session orders, limits and remembers what it measures, and a finding that is not reproduced becomes milder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tests.probe.test_spec import REQUEST
from trainlint.model import Evidence, Finding, Level, Location
from trainlint.probe.client import WorkerError
from trainlint.probe.experiments.api import CONFIRMED, INCONCLUSIVE, NOT_REPRODUCED, Experiment
from trainlint.probe.planning import Planned
from trainlint.probe.session import Session, lowered
from trainlint.probe.spec import Measurement, Request, to_json


def judge(request: Request, measurement: Measurement) -> Evidence:
    ratio = measurement.numbers["ratio"]
    verdict = CONFIRMED if ratio < 0.5 else NOT_REPRODUCED
    return Evidence(verdict, "ratio", ratio, 1.0, f"ratio {ratio:g}", numbers=measurement.numbers)


def unused(*arguments: Any) -> Any:
    raise AssertionError("not called here")


EXPERIMENT = Experiment("ratio", unused, unused, judge, seconds=20.0)


class FakeWorker:
    """Answers with a ratio by the request's subject, and takes a second of the clock for it."""

    torch: str | None = "2"

    def __init__(self, answers: Mapping[str, float | Exception]) -> None:
        self.answers, self.now = answers, 0.0
        self.asked: list[str] = []
        self.allowed: list[float] = []

    def start(self) -> None:
        pass

    def ask(self, message: Mapping[str, object], seconds: float, patience: float | None = None) -> Any:
        data: Any = message["request"]
        self.asked.append(data["subject"])
        assert seconds == EXPERIMENT.seconds
        self.allowed.append(patience or seconds)
        self.now += 1.0
        answer = self.answers[data["subject"]]
        if isinstance(answer, Exception):
            raise answer
        return to_json(Measurement("ratio", {"ratio": answer}, notes=("measured",), seconds=1.0))

    def close(self) -> None:
        pass

    def clock(self) -> float:
        return self.now


def finding(line: int, level: Level = Level.WARNING) -> Finding:
    return Finding("TL601", "sigmoid-in-hidden-layer", level, "m", Location("net.py", line))


def planned(subject: str) -> Planned:
    return Planned(EXPERIMENT, replace(REQUEST, subject=subject, notes=("input assumed",)))


def run(
    worker: FakeWorker, findings: list[Finding], plans: list[Any], budget: float = 100.0
) -> list[Finding]:
    keyed = {(f.code, f.location): p for f, p in zip(findings, plans, strict=True)}
    return Session(worker, budget, worker.clock).run(findings, keyed)


def verdicts(findings: list[Finding]) -> list[str | None]:
    return [f.probe.verdict if f.probe is not None else None for f in findings]


def test_findings_get_their_verdicts_in_place_and_the_gravest_is_measured_first() -> None:
    worker = FakeWorker({"a": 0.1, "b": 0.9})
    found = run(worker, [finding(1), finding(2, Level.ERROR)], [planned("a"), planned("b")])
    assert worker.asked == ["b", "a"]
    assert verdicts(found) == [CONFIRMED, NOT_REPRODUCED]
    assert [f.location.line for f in found] == [1, 2]


def test_evidence_carries_notes_and_numbers() -> None:
    (found,) = run(FakeWorker({"a": 0.1}), [finding(1)], [planned("a")])
    assert found.probe is not None
    assert found.probe.notes == ("input assumed", "measured")
    assert (found.probe.numbers, found.probe.seconds) == ({"ratio": 0.1}, 1.0)
    assert found.probe.experiment == "ratio"


def test_the_same_experiment_runs_once() -> None:
    worker = FakeWorker({"a": 0.1})
    found = run(worker, [finding(1), finding(2)], [planned("a"), planned("a")])
    assert worker.asked == ["a"]
    assert verdicts(found) == [CONFIRMED, CONFIRMED]


def test_what_the_budget_does_not_reach_is_inconclusive_and_says_so() -> None:
    worker = FakeWorker({"a": 0.1, "b": 0.1, "c": 0.1})
    found = run(worker, [finding(n) for n in (1, 2, 3)], [planned(s) for s in "abc"], budget=2.0)
    assert verdicts(found) == [CONFIRMED, CONFIRMED, INCONCLUSIVE]
    assert found[2].probe is not None
    assert "--probe-budget" in found[2].probe.detail
    assert worker.allowed == [2.0, 1.0], "no question is given more time than is left"


def test_a_worker_that_dies_is_inconclusive_and_the_next_finding_is_still_measured() -> None:
    worker = FakeWorker({"a": WorkerError("the worker died (SIGKILL)"), "b": 0.1})
    found = run(worker, [finding(1), finding(2)], [planned("a"), planned("b")])
    assert verdicts(found) == [INCONCLUSIVE, CONFIRMED]
    assert found[0].probe is not None
    assert found[0].probe.detail == "the worker died (SIGKILL)"


def test_what_could_not_be_rebuilt_is_inconclusive_without_a_worker() -> None:
    worker = FakeWorker({})
    (found,) = run(worker, [finding(1)], [Planned(EXPERIMENT, why="its weights are pre-trained")])
    assert found.probe == Evidence(INCONCLUSIVE, detail="its weights are pre-trained", experiment="ratio")


def test_without_torch_every_verdict_says_what_to_install() -> None:
    worker = FakeWorker({"a": 0.1})
    worker.torch = None
    (found,) = run(worker, [finding(1)], [planned("a")])
    assert found.probe is not None
    assert "pip install" in found.probe.detail
    assert worker.asked == []


def test_a_finding_without_a_plan_stays_as_it_is() -> None:
    (found,) = run(FakeWorker({}), [finding(1)], [None])
    assert found == finding(1)


def test_only_what_was_not_reproduced_is_lowered_by_one_level() -> None:
    worker = FakeWorker({"no": 0.9, "yes": 0.1})
    levels = [Level.ERROR, Level.WARNING, Level.ADVICE, Level.WARNING]
    found = run(
        worker,
        [finding(n, level) for n, level in enumerate(levels)],
        [planned(s) for s in ("no", "no", "no", "yes")],
    )
    assert [f.level for f in lowered(found)] == [Level.WARNING, Level.ADVICE, Level.ADVICE, Level.WARNING]
