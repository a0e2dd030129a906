"""A command that hangs is ended with its children, and what it used is measured."""

from __future__ import annotations

import sys
import time
from pathlib import Path

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
