"""The parent's side of a run: starts the child, waits, and ends all of it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from trainlint.probe.codec import from_json
from trainlint.probe.script import boot
from trainlint.probe.script.command import Command
from trainlint.probe.script.record import Record

SECRET = re.compile(r"TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|API_?KEY|ACCESS_?KEY|PRIVATE", re.I)
"""Variables of the environment with such names are not passed on."""

OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "WANDB_MODE": "offline",
    "COMET_MODE": "offline",
    "CLEARML_OFFLINE_MODE": "1",
    "MLFLOW_TRACKING_URI": "",
}
"""Without a network, libraries that would wait for one are told so."""

WATCHABLE = {"TORCHDYNAMO_DISABLE": "1", "TORCH_COMPILE_DISABLE": "1"}
"""Compiled code passes no hooks."""


@dataclass(frozen=True)
class Run:
    """How to run a program. steps: optimizer steps until it is stopped. seconds: at most. network: whether it has one.
    size: bytes that it may write. ask: codes of the findings. lines: real path -> lines to look for."""

    command: Command
    cwd: Path
    steps: int = 50
    seconds: float = 300.0
    network: bool = False
    size: int = 4 << 30
    ask: frozenset[str] = frozenset()
    lines: Mapping[str, frozenset[int]] = field(default_factory=dict)
    guard: bool = False
    """Use the guard although an overlay may be had: for tests of it."""
    output: int | None = None
    """A descriptor that takes what the program prints; None: it is kept, and only its end is told on failure."""


@dataclass(frozen=True)
class Ran:
    """What came of it. output: the end of what the program printed."""

    record: Record
    output: str


def run_program(run: Run) -> Ran:
    """Run a program under watch in a process group of its own, which is gone afterwards."""
    scratch = tempfile.mkdtemp(prefix="trainlint-run-")
    try:
        return _run(run, scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _run(run: Run, scratch: str) -> Ran:
    began = time.monotonic()
    answer = execute(run, scratch, _settings(run, scratch))
    try:
        record = from_json(Record, json.loads(answer.data))
    except (ValueError, TypeError, KeyError):
        record = Record(outcome="died", error=answer.how)
        return Ran(replace(record, seconds=answer.ended - began), answer.output)
    last = record.last_step_at
    stopping = answer.ended - last if last is not None else None
    return Ran(replace(record, stopping=stopping, seconds=answer.ended - began), answer.output)


@dataclass(frozen=True)
class Answer:
    """data: what the child wrote. output: the end of what it printed. how: it ended. ended: when, on the monotonic clock."""

    data: bytes
    output: str
    how: str
    ended: float


def execute(run: Run, scratch: str, settings: Mapping[str, Any]) -> Answer:
    """Start a child, give it its settings, and wait for its answer and its end."""
    reading, writing = os.pipe()
    settings_read, settings_write = os.pipe()
    with tempfile.TemporaryFile() as printed:
        process = subprocess.Popen(
            [run.command.interpreter, *run.command.flags, boot.__file__],
            stdin=subprocess.DEVNULL,
            stdout=printed if run.output is None else run.output,
            stderr=subprocess.STDOUT,
            cwd=run.cwd,
            env=environment(run, settings_read),
            pass_fds=(writing, settings_read),
            start_new_session=True,
        )
        try:
            os.close(writing)
            os.close(settings_read)
            with open(settings_write, "wb") as file, contextlib.suppress(BrokenPipeError):
                file.write(json.dumps({**settings, "record": writing}).encode())
            data, ended = _wait(process, reading, run.seconds)
        except BaseException:
            _end(process)
            raise
        printed.seek(0)
        return Answer(data, printed.read()[-20_000:].decode(errors="replace"), _how(process), ended)


def _settings(run: Run, scratch: str) -> dict[str, Any]:
    entry = run.command.entry(run.cwd)
    own = [str(run.cwd), *([str(entry.parent)] if entry is not None else [])]
    return {
        "entry": "trainlint.probe.script.child",
        "command": {
            "kind": run.command.kind,
            "target": run.command.target,
            "arguments": list(run.command.arguments),
        },
        "steps": run.steps,
        "deadline": run.seconds,
        "network": run.network,
        "scratch": scratch,
        "size": run.size,
        "guard": run.guard,
        "ask": sorted(run.ask),
        "lines": {path: sorted(lines) for path, lines in run.lines.items()},
        "own": own,
    }


def environment(run: Run, settings: int) -> dict[str, str]:
    """The user's environment without what looks like a secret, told that there is no network and nothing to compile."""
    passed = {name: value for name, value in os.environ.items() if not SECRET.search(name)}
    offline = {} if run.network else OFFLINE
    own = {"TRAINLINT_SETTINGS": str(settings), "PYTHONDONTWRITEBYTECODE": "1"}
    return {**offline, **passed, **WATCHABLE, **run.command.environment, **own}


def _wait(process: subprocess.Popen[bytes], reading: int, seconds: float) -> tuple[bytes, float]:
    """What the child writes, and when it ended, at the latest some seconds after its time is over."""
    chunks: list[bytes] = []

    def listen() -> None:
        with open(reading, "rb") as pipe:
            while chunk := pipe.read(1 << 16):
                chunks.append(chunk)

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(seconds + 10)
    ended = time.monotonic()
    _end(process)
    thread.join(5)
    return b"".join(chunks), ended


def _how(process: subprocess.Popen[bytes]) -> str:
    status = process.returncode
    if status is not None and status < 0:
        with contextlib.suppress(ValueError):
            return f"ended by {signal.Signals(-status).name}"
    return f"ended with status {status}"


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill what is left of the program and of all that it started."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    if process.poll() is None:
        process.kill()
    process.wait()


def default_python() -> str:
    """The interpreter for scripts that are named without one."""
    return sys.executable
