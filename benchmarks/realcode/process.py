"""Runs a command as a process group of its own, with a time limit, and measures it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Outcome:
    """`status` is None where the time limit ended the run. Times in seconds, `cpu` is user plus system."""

    status: int | None
    seconds: float
    cpu: float
    peak_mebibytes: float
    output: bytes
    errors: str


def run(command: list[str], folder: Path, limit: float, tree: Path = REPOSITORY) -> Outcome:
    """Run a command in a folder; after `limit` seconds it is killed with all its children.

    tree: the checkout whose trainlint Python imports.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        started = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdout=out,
            stderr=err,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": str(tree), "NO_COLOR": "1"},
            start_new_session=True,
        )
        late = threading.Event()
        timer = threading.Timer(limit, _end, (process.pid, late))
        timer.start()
        try:
            # wait4 gives this child's own peak memory; RUSAGE_CHILDREN would give the largest of all so far.
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            _end(process.pid, late)
            process.wait()
            raise
        finally:
            timer.cancel()
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        return Outcome(
            None if late.is_set() else process.returncode,
            seconds,
            usage.ru_utime + usage.ru_stime,
            _mebibytes(usage.ru_maxrss),
            out.read(),
            err.read().decode("utf-8", "replace"),
        )


def end_children_on_termination() -> None:
    """Let SIGTERM end this process as Ctrl-C does, so that a run that is under way is ended with it."""

    def stop(number: int, frame: object) -> None:
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, stop)


def _end(group: int, late: threading.Event) -> None:
    late.set()
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


def _mebibytes(maxrss: int) -> float:
    """`ru_maxrss` counts KiB on Linux and bytes on macOS."""
    return round(maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024), 1)
