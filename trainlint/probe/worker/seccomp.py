"""A small seccomp filter: no sockets, and where asked no new processes. Linux on x86-64 and arm64 only.

Forbidden calls fail with EPERM, so that a library which merely tries (a look at the host name, say) goes on.
`clone3` hides its flags behind a pointer and is answered by ENOSYS: the C library then takes `clone`.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct
import sys

_NO_NEW_PRIVILEGES, _SECCOMP, _FILTER_MODE = 38, 22, 2  # prctl's options, linux/prctl.h
_LOAD, _EQUAL, _BITS, _RETURN = 0x20, 0x15, 0x45, 0x06  # linux/bpf_common.h: BPF_LD|W|ABS, JEQ, JSET, RET
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000  # linux/seccomp.h
_NUMBER, _ARCHITECTURE, _ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data
_UNIX = 1  # AF_UNIX
_THREAD = 0x00010000  # CLONE_THREAD
_X32 = 0x40000000  # the other numbering of calls on x86-64

_CALLS: dict[str, tuple[int, dict[str, int]]] = {
    "x86_64": (
        0xC000003E,
        {
            "socket": 41,
            "clone": 56,
            "fork": 57,
            "vfork": 58,
            "execve": 59,
            "ptrace": 101,
            "execveat": 322,
            "io_uring_setup": 425,
            "clone3": 435,
        },
    ),
    "aarch64": (
        0xC00000B7,
        {
            "socket": 198,
            "clone": 220,
            "execve": 221,
            "ptrace": 117,
            "execveat": 281,
            "io_uring_setup": 425,
            "clone3": 435,
        },
    ),
}
"""Machine -> its audit number (linux/audit.h) and the numbers of system calls (asm/unistd.h)."""


def _program(machine: str, *, processes: bool) -> list[tuple[int, int, int, int]]:
    """The filter as (code, jump if true, jump if false, value); processes: whether new ones are allowed."""
    architecture, calls = _CALLS[machine]
    deny = (_RETURN, 0, 0, _ERRNO | errno.EPERM)
    lines = [(_LOAD, 0, 0, _ARCHITECTURE), (_EQUAL, 1, 0, architecture), deny, (_LOAD, 0, 0, _NUMBER)]
    if machine == "x86_64":
        lines += [(_BITS, 0, 1, _X32), deny]
    forbidden = ["ptrace", "io_uring_setup"]  # a ring opens sockets without the call `socket`
    if not processes:
        forbidden += ["fork", "vfork", "execve", "execveat"]
    for name in forbidden:
        if name in calls:
            lines += [(_EQUAL, 0, 1, calls[name]), deny]
    if processes:  # loader workers hand tensors over local sockets
        lines += [
            (_EQUAL, 0, 4, calls["socket"]),
            (_LOAD, 0, 0, _ARGUMENT),
            (_EQUAL, 1, 0, _UNIX),
            deny,
            (_RETURN, 0, 0, _ALLOW),
        ]
    else:
        lines += [
            (_EQUAL, 0, 1, calls["socket"]),
            deny,
            (_EQUAL, 0, 1, calls["clone3"]),
            (_RETURN, 0, 0, _ERRNO | errno.ENOSYS),
            (_EQUAL, 0, 3, calls["clone"]),
            (_LOAD, 0, 0, _ARGUMENT),
            (_BITS, 1, 0, _THREAD),
            deny,
        ]
    return [*lines, (_RETURN, 0, 0, _ALLOW)]


def forbid(*, processes: bool = False) -> bool:
    """Install the filter for this process for good; processes: whether it may start others. False: not possible here."""
    machine = platform.machine()
    if not sys.platform.startswith("linux") or machine not in _CALLS or ctypes.sizeof(ctypes.c_void_p) != 8:
        return False
    lines = _program(machine, processes=processes)
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *line) for line in lines))
    program = ctypes.create_string_buffer(struct.pack("@HP", len(lines), ctypes.addressof(code)))
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    prctl.argtypes = [ctypes.c_int, *[ctypes.c_ulong] * 4]
    if prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        return False
    return int(prctl(_SECCOMP, _FILTER_MODE, ctypes.addressof(program), 0, 0)) == 0
