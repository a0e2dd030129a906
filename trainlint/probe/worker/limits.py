"""What a process of the probe may do: limits on time, memory, files and processes, and no network.

It is damage limitation, not a wall: the worker computes with data alone, and these limits bound what a fault in it
(or, with `--run`, in the user's program) can do to the machine. Every limit is applied before torch is imported.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import sys
from dataclasses import asdict, dataclass
from typing import NoReturn

from trainlint.probe.worker import seccomp

GIGABYTE = 1 << 30

_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000  # linux/sched.h


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of a process. Times in seconds of its own processor time, sizes in bytes."""

    cpu: int | None = None
    """Processor time for the whole life; a worker that serves many requests sets its own for each of them."""
    memory: int | None = 4 * GIGABYTE
    """Memory that it may allocate; what torch maps on import is not counted (`grant_memory`)."""
    file: int | None = 1 << 20
    """The size of a file that it may write."""
    descriptors: int = 256
    processes: bool = False
    """Whether it may start processes (a user's program with loader workers does)."""
    network: bool = False

    def to_json(self) -> dict[str, object]:
        """As plain data, for the command line of the process."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Confinement:
    """What could be applied on this system."""

    namespace: bool
    filter: bool
    limits: bool

    @property
    def network(self) -> str:
        """How the network is kept out, in words."""
        ways = [
            *(["a network namespace"] if self.namespace else []),
            *(["a system call filter"] if self.filter else []),
        ]
        return " and ".join([*ways, "a socket guard"])

    @property
    def kernel(self) -> bool:
        """Whether the kernel itself keeps the network out, not the guard alone."""
        return self.namespace or self.filter


def confine(limits: Limits) -> Confinement:
    """Apply limits to this process for good. Must run before any thread exists (a user namespace asks for that)."""
    namespace = filtered = False
    if not limits.network:
        namespace = leave_network()
    limited = _limit_resources(limits)
    if not limits.network:
        filtered = seccomp.forbid(processes=limits.processes)
        guard_sockets(local=limits.processes)
    return Confinement(namespace, filtered, limited)


def leave_network() -> bool:
    """Move into a user and a network namespace of its own, which has no interface; False where that is not allowed."""
    if not sys.platform.startswith("linux"):
        return False
    user, group = os.geteuid(), os.getegid()
    if ctypes.CDLL(None, use_errno=True).unshare(_NEW_USER | _NEW_NETWORK) != 0:
        return False
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{user} {user} 1"),
        ("gid_map", f"{group} {group} 1"),
    ):
        try:
            with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
                file.write(text)
        except OSError:  # without a map the process is "nobody", which serves as well
            break
    return True


def _limit_resources(limits: Limits) -> bool:
    """Set the rlimits; False on systems that have none."""
    try:
        import resource
    except ImportError:
        return False

    def lower(kind: int, value: int | None) -> None:
        if value is None:
            return
        hard = resource.getrlimit(kind)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (value, value))

    lower(resource.RLIMIT_CORE, 0)
    lower(resource.RLIMIT_CPU, limits.cpu)
    lower(resource.RLIMIT_FSIZE, limits.file)
    lower(resource.RLIMIT_NOFILE, limits.descriptors)
    if not limits.processes and hasattr(resource, "RLIMIT_NPROC"):
        lower(resource.RLIMIT_NPROC, 0)  # root is exempt from this one; the filter is not
    return True


def grant_memory(amount: int) -> None:
    """Let the address space grow by so many bytes from where it is now. Call after torch is imported.

    A build of torch for GPUs maps several gigabytes of code that it never touches, so a fixed limit on the address
    space would either fail there or bound nothing elsewhere.
    """
    try:
        import resource

        with open("/proc/self/statm", encoding="ascii") as file:
            mapped = int(file.read().split()[0]) * resource.getpagesize()
    except (ImportError, OSError):
        return
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    wanted = mapped + amount
    if hard == resource.RLIM_INFINITY or wanted < hard:
        resource.setrlimit(resource.RLIMIT_AS, (wanted, wanted))


def grant_seconds(seconds: float) -> None:
    """Let the process use so many more seconds of processor time; then the kernel ends it (SIGXCPU)."""
    try:
        import resource
    except ImportError:
        return
    usage = resource.getrusage(resource.RUSAGE_SELF)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    wanted = int(usage.ru_utime + usage.ru_stime + seconds) + 1
    if hard == resource.RLIM_INFINITY or wanted < hard:
        resource.setrlimit(resource.RLIMIT_CPU, (wanted, hard))


def guard_sockets(*, local: bool) -> None:
    """Make Python's own sockets refuse; local: sockets within the machine are left alone."""
    original = socket.socket
    unix = getattr(socket, "AF_UNIX", None)

    def refuse(*_: object, **__: object) -> NoReturn:
        raise PermissionError("trainlint: the probe has no network")

    class Guarded(original):  # type: ignore[misc, valid-type]
        def __init__(
            self, family: int = -1, type: int = -1, proto: int = -1, fileno: int | None = None
        ) -> None:
            if fileno is None and not (local and unix is not None and family == unix):
                refuse()  # one half of a pair comes with its descriptor and stays within the process
            super().__init__(family, type, proto, fileno)

    socket.socket = Guarded  # type: ignore[misc]
    socket.create_connection = refuse
    socket.getaddrinfo = refuse
    socket.gethostbyname = refuse


def end_with_parent(parent: int) -> None:
    """End this process within about a second of its parent's death, also in the middle of a computation.

    A signal of the kernel (PR_SET_PDEATHSIG) would follow the *thread* that started it, and servers start workers from
    short-lived threads.
    """
    if not hasattr(signal, "setitimer"):
        return

    def look(*_: object) -> None:
        if os.getppid() != parent:
            os._exit(1)

    signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, 1.0, 1.0)
