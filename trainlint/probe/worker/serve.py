"""The worker's life: confine itself, then answer requests, one JSON line each, until its input ends.

A message is `{"id": n, "seconds": s, ...}`; its answer is `{"id": n, "answer": ...}` or `{"id": n, "error": text}`.
The first line it writes says what confines it.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import IO, Any

from trainlint.probe.worker import boot
from trainlint.probe.worker.limits import Limits, confine, end_with_parent, grant_memory, grant_seconds

Handler = Callable[[Mapping[str, Any]], object]

STARTING_SECONDS = 60.0
"""Processor time for the start: importing torch takes 2 to 3 s, ten times as much from a cold disk on a slow machine."""

ERROR_LENGTH = 2000


def main(settings: dict[str, Any]) -> None:
    """Serve requests; the settings name the handler, the limits, the parent's process and the working directory."""
    requests, answers = sys.stdin.buffer, _own_output()
    limits = Limits(**settings["limits"])
    confinement = confine(limits)
    end_with_parent(settings["parent"])
    grant_seconds(STARTING_SECONDS)
    handler: Handler = boot.target(settings["handler"])
    if settings["torch"]:
        prepare()
    if limits.memory is not None:
        grant_memory(limits.memory)
    _write(answers, {"confined": asdict(confinement), "torch": version()})
    try:
        for line in requests:
            message = json.loads(line)
            grant_seconds(float(message["seconds"]))
            _write(answers, {"id": message["id"], **_answer(handler, message)})
    finally:
        os.chdir("/")
        shutil.rmtree(settings["directory"], ignore_errors=True)


def prepare() -> None:
    """Import torch (if it is installed) and make it deterministic: one thread, no denormal numbers."""
    try:
        import torch
    except ImportError:
        return
    torch.set_num_threads(1)
    torch.set_num_interop_threads(1)
    torch.set_deterministic_debug_mode(
        "error"
    )  # as use_deterministic_algorithms, without its second of imports
    torch.set_flush_denormal(True)  # a vanished gradient would otherwise cost a hundred times the time


def version() -> str | None:
    """The version of torch, None where it is not installed."""
    torch = sys.modules.get("torch")
    return None if torch is None else str(torch.__version__)


def _answer(handler: Handler, message: Mapping[str, Any]) -> dict[str, object]:
    try:
        return {"answer": handler(message)}
    except MemoryError:
        return {"error": "it needs more memory than the probe allows"}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"[:ERROR_LENGTH]}


def _own_output() -> IO[bytes]:
    """The pipe to the parent; whatever a library prints goes to the error output instead."""
    pipe = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return pipe


def _write(answers: IO[bytes], message: Mapping[str, object]) -> None:
    answers.write(json.dumps(message).encode() + b"\n")
    answers.flush()
