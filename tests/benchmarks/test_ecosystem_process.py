"""A command that hangs is ended with its children, and what it used is measured."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fake_package import BENCHMARKS
from realcode import process, runs


def test_output_status_and_memory_are_returned(tmp_path: Path) -> None:
    code = "import os, sys; print(os.getcwd()); held = bytearray(64 << 20); sys.exit(sys.stderr.write('abc'))"
    outcome = process.run([sys.executable, "-c", code], tmp_path, 60)
    assert outcome.status == 3
    assert Path(outcome.output.decode().strip()) == tmp_path.resolve()
    assert outcome.errors == "abc"
    assert outcome.peak_mebibytes > 64
    assert 0 < outcome.cpu <= outcome.seconds * 2


def test_a_hang_is_ended_with_its_children(tmp_path: Path) -> None:
    code = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'])"
    started = time.monotonic()
    outcome = process.run([sys.executable, "-c", code], tmp_path, 0.5)
    assert outcome.status is None
    assert time.monotonic() - started < 20


def test_termination_ends_the_run_that_is_under_way(tmp_path: Path) -> None:
    child = "import os, pathlib, time; pathlib.Path('child').write_text(str(os.getpid())); time.sleep(60)"
    code = (
        "import sys, pathlib; from realcode import process; process.end_children_on_termination(); "
        "process.run([sys.executable, '-c', sys.argv[1]], pathlib.Path(sys.argv[2]), 60)"
    )
    environment = {**os.environ, "PYTHONPATH": str(BENCHMARKS)}
    parent = subprocess.Popen([sys.executable, "-c", code, child, str(tmp_path)], env=environment)
    noted = tmp_path / "child"
    deadline = time.monotonic() + 30
    while not (noted.exists() and noted.read_text()) and time.monotonic() < deadline:
        time.sleep(0.05)
    parent.terminate()
    assert parent.wait(30) == 128 + signal.SIGTERM
    with pytest.raises(ProcessLookupError):
        os.kill(int(noted.read_text()), 0)


def outcome(status: int | None, output: bytes = b"[]", errors: str = "") -> process.Outcome:
    return process.Outcome(status, 1.0, 1.0, 50.0, output, errors)


def test_what_counts_as_a_failure() -> None:
    assert runs._read(outcome(0), 9) == ([], "")
    assert runs._read(outcome(None), 9) == ([], "timeout after 9 s")
    assert "no JSON array on standard output" in runs._read(outcome(0, b"{}"), 9)[1]
    assert "no JSON array on standard output: oh" in runs._read(outcome(1, b"not", "oh"), 9)[1]
    assert runs._read(outcome(2, errors="internal error"), 9)[1] == "status 2: internal error"
    assert runs._read(outcome(-11), 9)[1].startswith("status -11")
    assert "traceback" in runs._read(outcome(0, errors="Traceback (most recent call last):\n"), 9)[1]
