"""The worker measures what was asked for: the same numbers in any process, also with two of them at once."""

from __future__ import annotations

import threading
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")

from tests.probe.torch.networks import CLASSES, HE, mlp  # noqa: E402
from trainlint.probe.client import Worker  # noqa: E402
from trainlint.probe.experiments import lr_range  # noqa: E402
from trainlint.probe.spec import Measurement, UpdateSpec, Variant, from_json, to_json  # noqa: E402

pytestmark = pytest.mark.torch

REQUEST = lr_range.requested("TL401", Variant(mlp(2, weight=HE), CLASSES, UpdateSpec("sgd", 50.0)))


def asked(found: list[Any]) -> None:
    with Worker() as worker:
        found.append(worker.ask({"experiment": "lr-range", "request": to_json(REQUEST)}, 120))


def test_two_workers_at_once_give_the_same_numbers() -> None:
    found: list[Any] = []
    threads = [threading.Thread(target=asked, args=(found,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    first, second = (from_json(Measurement, answer) for answer in found)
    assert first.runs["loss_mended"] == second.runs["loss_mended"]
    assert first.numbers == second.numbers and first.series == second.series
    assert lr_range.judge(REQUEST, first).verdict == "confirmed"


def test_a_request_that_cannot_be_built_leaves_the_worker_alive() -> None:
    broken = to_json(REQUEST)
    broken["flagged"]["network"]["layers"][0]["op"] = "os.system"
    with Worker() as worker:
        measured = from_json(Measurement, worker.ask({"experiment": "lr-range", "request": broken}, 60))
        assert "no operation is called 'os.system'" in measured.inconclusive
        assert worker.ask({"experiment": "lr-range", "request": broken}, 60)
        assert worker.started == 1
