"""The parent's handle on the worker: starts it when it is first needed, asks it, and replaces it when it fails."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shutil
import signal
import site
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, Self

import trainlint
from trainlint.probe.worker import boot
from trainlint.probe.worker.limits import Confinement, Limits

PASSED_ON = (
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "SYSTEMROOT",
    "WINDIR",
)
"""The variables of the environment that a worker sees; the loader's paths are there because some installations of
torch are found only by them."""

THREADS = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)

START_SECONDS = 120.0
"""Until the worker has answered once: torch's import takes 2 s, but a minute from a cold network disk."""

_LARGEST_ANSWER = 64 << 20


class WorkerError(Exception):
    """A request that has no answer; the text says why. The worker is gone, and the next request gets a fresh one,
    unless the request itself was refused (`RequestError`)."""


class RequestError(WorkerError):
    """The worker lives, but could not do what was asked."""


class Worker:
    """One worker process, started at the first request. Not for several threads at once.

    handler: `package.module:function` that answers a message. packages: further packages (name -> directory) that the
    handler needs. torch: whether the process imports it as it starts. The process gets an empty working directory, which is removed with it.
    """

    def __init__(
        self,
        handler: str = "trainlint.probe.worker.bench:answer",
        *,
        limits: Limits | None = None,
        packages: Mapping[str, Path] | None = None,
        torch: bool = True,
    ) -> None:
        self.handler = handler
        self.imports_torch = torch
        self.limits = limits if limits is not None else Limits()
        self.packages = dict(packages or {})
        self.confinement: Confinement | None = None
        self.torch: str | None = None
        self.started = 0
        """How many processes were started so far."""
        self._process: _Process | None = None
        self._count = 0

    def start(self) -> None:
        """Start the process if it does not run. Raises WorkerError if it does not come up."""
        if self._process is not None and self._process.alive:
            return
        self.close()
        self.started += 1
        self._process = _Process(self._settings(), self.limits)
        hello = self._read(START_SECONDS, "start")
        self.confinement = Confinement(**hello["confined"])
        self.torch = hello["torch"]

    def ask(self, message: Mapping[str, object], seconds: float, patience: float | None = None) -> Any:
        """The handler's answer to a message, which has so many seconds of processor time from now on.

        patience: seconds of the wall's clock, as many unless told otherwise: a busy machine gives a process fewer.

        Raises RequestError if the handler refused, WorkerError if the process died or ran out of time; it is killed then.
        """
        self.start()
        assert self._process is not None
        self._count += 1
        self._process.write({**message, "id": self._count, "seconds": seconds})
        reply = self._read(seconds if patience is None else patience, "answer")
        if "error" in reply:
            raise RequestError(str(reply["error"]))
        return reply["answer"]

    def close(self) -> None:
        """End the process, if it runs, and remove its directory."""
        if self._process is not None:
            self._process.end()
            self._process = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _settings(self) -> dict[str, object]:
        packages = {"trainlint": Path(trainlint.__file__).parent, **self.packages}
        return {
            "entry": "trainlint.probe.worker.serve:main",
            "handler": self.handler,
            "limits": self.limits.to_json(),
            "packages": {name: str(Path(path).resolve()) for name, path in packages.items()},
            "parent": os.getpid(),
            "torch": self.imports_torch,
            "sites": user_sites(),
        }

    def _read(self, seconds: float, what: str) -> dict[str, Any]:
        """The next message, at the latest after so many seconds; otherwise the process is killed."""
        assert self._process is not None
        try:
            return self._process.read(seconds)
        except WorkerError:
            self.close()
            raise
        except queue.Empty:
            self.close()
            raise WorkerError(f"no {what} within {seconds:.3g} s") from None
        except BaseException:  # also an interrupt: a late answer must not be taken for the next one
            self.close()
            raise


class _Process:
    """A running worker with its pipes and its directory."""

    def __init__(self, settings: Mapping[str, object], limits: Limits) -> None:
        self.directory = tempfile.mkdtemp(prefix="trainlint-probe-")
        self.errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        argument = json.dumps({**settings, "directory": self.directory})
        self.process = subprocess.Popen(
            [sys.executable, "-I", boot.__file__, argument],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            cwd=self.directory,
            env=environment(self.directory),
            start_new_session=True,
            close_fds=True,
        )
        self.lines: queue.Queue[bytes] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()
        self.end = weakref.finalize(self, _end, self.process, self.directory)

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def write(self, message: Mapping[str, object]) -> None:
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps(message).encode() + b"\n")
            self.process.stdin.flush()
        except OSError:  # it died; reading says how
            pass

    def read(self, seconds: float) -> dict[str, Any]:
        line = self.lines.get(timeout=seconds)
        if not line.endswith(b"\n"):
            raise WorkerError(self._why_dead())
        found: dict[str, Any] = json.loads(line)
        return found

    def _listen(self) -> None:
        """Pass lines on; one without an end says that there will be no more."""
        assert self.process.stdout is not None
        while True:
            line = self.process.stdout.readline(_LARGEST_ANSWER)
            self.lines.put(line)
            if not line.endswith(b"\n"):
                return

    def _why_dead(self) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(2)
        status = self.process.poll()
        if status is not None and status < 0:
            name = signal.Signals(-status).name
            return {"SIGXCPU": "it used up its processor time"}.get(name, f"the worker died ({name})")
        self.errors.seek(0)
        last = self.errors.read()[-4000:].decode(errors="replace").strip().splitlines()[-1:]
        return f"the worker ended with status {status}" + (f": {last[0]}" if last else "")


def environment(directory: str) -> dict[str, str]:
    """The environment of a worker: what is allowed through, one thread, no GPU, and its own directory as home."""
    passed = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    own = {
        "HOME": directory,
        "TMPDIR": directory,
        "TEMP": directory,
        "TMP": directory,
        "CUDA_VISIBLE_DEVICES": "",
    }
    return {**passed, **own, **dict.fromkeys(THREADS, "1")}


def user_sites() -> list[str]:
    """The user's own site directory, where it is in use: isolated mode drops it, and torch may be installed there."""
    directory = site.getusersitepackages() if site.ENABLE_USER_SITE else None
    return [directory] if directory is not None and directory in sys.path else []


def _end(process: subprocess.Popen[bytes], directory: str) -> None:
    """Kill the worker and all that it started, and remove its directory."""
    if hasattr(os, "killpg") and process.poll() is None:  # a dead one's number may be another's by now
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
    deadline = time.monotonic() + 5
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    shutil.rmtree(directory, ignore_errors=True)
