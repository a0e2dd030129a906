"""The worker's isolation, property by property: each test lets it try what it must not be able to do."""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from trainlint.probe.client import RequestError, Worker, WorkerError
from trainlint.probe.worker.limits import Limits

pytest.importorskip("torch", reason="torch is not installed")
pytestmark = pytest.mark.torch

TESTS = Path(__file__).resolve().parents[2]
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the kernel's means are Linux's")


def hostile(limits: Limits | None = None, *, torch: bool = False) -> Worker:
    """A worker that does what it is told; without torch, which nothing here but memory depends on and costs 2 s a start."""
    return Worker("tests.probe.hostile:answer", limits=limits, packages={"tests": TESTS}, torch=torch)


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    with hostile(torch=True) as worker:
        yield worker


@pytest.fixture
def port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


class TestTalking:
    def test_one_process_answers_request_after_request(self, worker: Worker) -> None:
        assert worker.ask({"act": "echo", "value": [1, "zwei", None]}, 5) == [1, "zwei", None]
        first = worker.ask({"act": "surroundings"}, 5)["pid"]
        assert worker.ask({"act": "surroundings"}, 5)["pid"] == first

    def test_what_it_prints_does_not_mix_with_answers(self, worker: Worker) -> None:
        assert worker.ask({"act": "shout"}, 5) == "done"
        assert worker.ask({"act": "echo", "value": 1}, 5) == 1

    def test_a_refused_request_says_why_and_the_worker_lives_on(self, worker: Worker) -> None:
        before = worker.started
        with pytest.raises(RequestError, match="ValueError: that cannot be done"):
            worker.ask({"act": "fail"}, 5)
        assert worker.ask({"act": "echo", "value": 2}, 5) == 2
        assert worker.started == before

    def test_it_is_not_started_before_it_is_asked(self) -> None:
        with hostile() as idle:
            assert idle.started == 0


class TestNetwork:
    def test_pythons_sockets_refuse(self, worker: Worker, port: int) -> None:
        with pytest.raises(RequestError, match="the probe has no network"):
            worker.ask({"act": "connect", "port": port}, 5)

    @linux
    def test_the_kernel_refuses_below_python(self, worker: Worker, port: int) -> None:
        worker.start()
        assert worker.confinement is not None
        if not worker.confinement.kernel:
            pytest.skip("this system allows neither namespaces nor filters")
        assert str(worker.ask({"act": "connect_below_python", "port": port}, 5)).startswith("no ")

    @linux
    def test_either_of_the_kernels_means_alone_suffices(self, port: int) -> None:
        trials = {}
        for way in ("namespace", "filter"):
            code = f"""if True:
                import json, sys
                from tests.probe import hostile
                from trainlint.probe.worker import limits, seccomp
                works = limits.leave_network() if {way!r} == "namespace" else seccomp.forbid()
                print(json.dumps([works, hostile.connect_below_python({{"port": {port}}})]))"""
            path = os.pathsep.join([str(TESTS.parent), os.environ.get("PYTHONPATH", "")])
            run = subprocess.run(
                [sys.executable, "-c", code],
                env={**os.environ, "PYTHONPATH": path},
                capture_output=True,
                check=True,
            )
            trials[way] = json.loads(run.stdout)
        assert any(works for works, _ in trials.values()), trials
        assert all(said != "connected" for works, said in trials.values() if works), trials

    @linux
    def test_the_namespace_has_no_routes(self, worker: Worker) -> None:
        worker.start()
        assert worker.confinement is not None
        if not worker.confinement.namespace:
            pytest.skip("this system forbids user namespaces")
        assert worker.ask({"act": "interfaces"}, 5) == 0


class TestSurroundings:
    def test_the_environment_is_scrubbed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SECRET_TOKEN", "hunter2")
        monkeypatch.setenv("PYTHONSTARTUP", "/nowhere")
        with hostile() as worker:
            seen = worker.ask({"act": "surroundings"}, 5)
        assert "SECRET_TOKEN" not in seen["environment"] and "PYTHONSTARTUP" not in seen["environment"]
        assert (
            seen["environment"]["OMP_NUM_THREADS"] == "1"
            and seen["environment"]["CUDA_VISIBLE_DEVICES"] == ""
        )
        assert seen["environment"]["HOME"] == seen["directory"]

    def test_nothing_is_imported_from_the_directory_of_the_caller(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A repository that is linted may hold a `torch.py` or a `json.py` of its own."""
        for name in ("torch", "json", "trainlint"):
            (tmp_path / f"{name}.py").write_text("raise SystemExit('taken over')")
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
        with hostile(torch=True) as worker:
            seen = worker.ask({"act": "surroundings"}, 5)
            assert worker.torch is not None
        assert str(tmp_path) not in seen["path"] and "" not in seen["path"]
        assert Path(seen["package"]).parent == TESTS.parent / "trainlint"

    def test_the_directory_is_empty_and_goes_with_the_worker(self) -> None:
        with hostile() as worker:
            assert worker.ask({"act": "surroundings"}, 5)["files"] == []
            left = Path(worker.ask({"act": "litter"}, 5))
            assert left.exists()
        assert not left.parent.exists()


class TestLimits:
    def test_a_big_file_cannot_be_written(self, worker: Worker) -> None:
        with pytest.raises(RequestError, match="File too large"):
            worker.ask({"act": "fill_disk", "size": 8 << 20}, 5)
        assert worker.ask({"act": "fill_disk", "size": 1000}, 5) == 1000

    def test_too_much_memory_is_refused_and_said(self, worker: Worker) -> None:
        with pytest.raises(RequestError, match="more memory than the probe allows"):
            worker.ask({"act": "allocate", "size": 6 << 30}, 5)
        with pytest.raises(RequestError):
            worker.ask({"act": "allocate_tensor", "size": 6 << 30}, 5)
        assert worker.ask({"act": "allocate_tensor", "size": 1 << 20}, 5) == 1 << 18

    @linux
    @pytest.mark.parametrize("act", ["fork", "run_program"])
    def test_no_process_is_started(self, worker: Worker, act: str) -> None:
        with pytest.raises(RequestError, match=r"(PermissionError|BlockingIOError)"):
            worker.ask({"act": act}, 5)

    def test_processor_time_is_bounded_without_the_parents_help(self) -> None:
        with hostile() as worker:
            worker.start()
            began = time.monotonic()
            process = worker._process
            assert process is not None
            process.write({"act": "spin", "id": 1, "seconds": 1})
            with pytest.raises(WorkerError, match="used up its processor time"):
                process.read(60)
            assert time.monotonic() - began < 60


class TestDeath:
    @pytest.mark.parametrize(
        ("act", "why"),
        [("die", "SIGKILL"), ("crash", "SIGSEGV"), ("leave", "status 3")],
    )
    def test_a_dead_worker_is_an_error_and_the_next_request_gets_a_fresh_one(
        self, act: str, why: str
    ) -> None:
        with hostile() as worker:
            with pytest.raises(WorkerError, match=why):
                worker.ask({"act": act}, 20)
            assert worker.ask({"act": "echo", "value": "again"}, 5) == "again"
            assert worker.started == 2

    def test_a_hanging_worker_is_killed_and_replaced(self) -> None:
        with hostile() as worker:
            hanging = worker.ask({"act": "surroundings"}, 5)["pid"]
            began = time.monotonic()
            with pytest.raises(WorkerError, match="no answer within 1 s"):
                worker.ask({"act": "sleep", "length": 60}, 1)
            assert time.monotonic() - began < 5
            with pytest.raises(ProcessLookupError):
                os.kill(hanging, 0)
            assert worker.ask({"act": "echo", "value": "again"}, 5) == "again"

    @pytest.mark.parametrize("act", ["echo", "spin"], ids=["idle", "busy"])
    def test_it_does_not_outlive_its_parent(self, act: str) -> None:
        code = f"""if True:
            from pathlib import Path
            from trainlint.probe.client import Worker
            worker = Worker("tests.probe.hostile:answer", packages={{"tests": Path({str(TESTS)!r})}}, torch=False)
            seen = worker.ask({{"act": "surroundings"}}, 30)
            print(seen["pid"], seen["directory"], flush=True)
            worker.ask({{"act": {act!r}, "value": 1}}, 300)
            input()"""
        path = os.pathsep.join([str(TESTS.parent), os.environ.get("PYTHONPATH", "")])
        parent = subprocess.Popen(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONPATH": path},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert parent.stdout is not None and parent.stdin is not None
        pid = int(parent.stdout.readline().split()[0])
        time.sleep(0.3)
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        parent.stdout.close()
        parent.stdin.close()
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and _runs(pid):
            time.sleep(0.1)
        assert not _runs(pid)

    def test_a_worker_started_in_a_thread_survives_that_thread(self) -> None:
        with hostile() as worker:
            thread = threading.Thread(target=worker.start)
            thread.start()
            thread.join()
            time.sleep(1.5)
            assert worker.ask({"act": "echo", "value": 1}, 5) == 1
            assert worker.started == 1


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_limits_of_the_caller_are_not_changed() -> None:
    before = [
        resource.getrlimit(kind) for kind in (resource.RLIMIT_CPU, resource.RLIMIT_AS, resource.RLIMIT_FSIZE)
    ]
    with hostile() as worker:
        worker.ask({"act": "echo", "value": 1}, 5)
    after = [
        resource.getrlimit(kind) for kind in (resource.RLIMIT_CPU, resource.RLIMIT_AS, resource.RLIMIT_FSIZE)
    ]
    assert before == after
