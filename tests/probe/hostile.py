"""What a worker must not be able to do, as requests to it (runs inside the worker)."""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any


def echo(message: Mapping[str, Any]) -> object:
    return message["value"]


def shout(message: Mapping[str, Any]) -> object:
    print("noise on standard output")
    os.write(1, b"and below Python\n")
    return "done"


def surroundings(_: Mapping[str, Any]) -> object:
    return {
        "directory": os.getcwd(),
        "files": os.listdir("."),
        "environment": dict(os.environ),
        "path": sys.path,
        "package": sys.modules["trainlint"].__file__,
        "group": os.getpgid(0) == os.getpid(),
        "pid": os.getpid(),
    }


def connect(message: Mapping[str, Any]) -> object:
    socket.create_connection(("127.0.0.1", message["port"]), timeout=2)
    return "connected"


def connect_below_python(message: Mapping[str, Any]) -> object:
    """The C library's own calls, which no guard in Python can see."""
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = libc.socket(2, 1, 0)
    if descriptor < 0:
        return f"no socket: {os.strerror(ctypes.get_errno())}"
    address = (
        (2).to_bytes(2, sys.byteorder)
        + int(message["port"]).to_bytes(2, "big")
        + bytes([127, 0, 0, 1])
        + bytes(8)
    )
    if libc.connect(descriptor, address, 16) < 0:
        return f"no connection: {os.strerror(ctypes.get_errno())}"
    return "connected"


def interfaces(_: Mapping[str, Any]) -> object:
    lines = Path("/proc/self/net/route").read_text().splitlines()
    return len(lines[1:])


def fill_disk(message: Mapping[str, Any]) -> object:
    Path("big").write_bytes(bytes(message["size"]))
    return os.path.getsize("big")


def litter(_: Mapping[str, Any]) -> object:
    Path("left").write_text("x")
    return os.path.abspath("left")


def run_program(_: Mapping[str, Any]) -> object:
    subprocess.run(["/bin/true"], check=True)
    return "ran"


def fork(_: Mapping[str, Any]) -> object:
    if os.fork() == 0:
        os._exit(0)
    return "forked"


def allocate(message: Mapping[str, Any]) -> object:
    return len(bytearray(message["size"]))


def allocate_tensor(message: Mapping[str, Any]) -> object:
    import torch

    return torch.ones(message["size"] // 4).numel()


def die(_: Mapping[str, Any]) -> object:
    os.kill(os.getpid(), 9)


def crash(_: Mapping[str, Any]) -> object:
    ctypes.string_at(0)


def leave(_: Mapping[str, Any]) -> object:
    os._exit(3)


def sleep(message: Mapping[str, Any]) -> object:
    time.sleep(message["length"])
    return "woke"


def spin(_: Mapping[str, Any]) -> object:
    while True:
        pass


def fail(_: Mapping[str, Any]) -> object:
    raise ValueError("that cannot be done")


def answer(message: Mapping[str, Any]) -> object:
    act: Callable[[Mapping[str, Any]], object] = globals()[message["act"]]
    return act(message)
