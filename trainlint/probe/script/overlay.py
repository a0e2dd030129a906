"""A private, writable view of the file system: what a program writes goes to memory and is gone with it.

On Linux every directory is covered by an overlay, in a mount namespace of this process (a user namespace gives the
right to make one). What cannot be covered becomes read-only in that namespace. Nothing outside sees any of it.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass

_NEW_NAMESPACE, _NEW_USER, _NEW_NETWORK = 0x00020000, 0x10000000, 0x40000000  # linux/sched.h
_READ_ONLY, _REMOUNT, _BIND, _RECURSIVE, _PRIVATE = 1, 32, 4096, 16384, 1 << 18  # linux/mount.h

UNCOVERED = ("/proc", "/sys", "/dev", "/run")
"""The kernel's own, and sockets of services: they hold no files of the user."""


class NoOverlay(Exception):  # noqa: N818 - a state of affairs, no failure
    """This system allows no private view; the text says what was refused."""


@dataclass(frozen=True, slots=True)
class Covered:
    """read_only: directories that could only be made read-only. open: those that nothing could be done about."""

    read_only: tuple[str, ...]
    open: tuple[str, ...]
    network: bool
    """Whether the namespace left the network as well."""


def cover(scratch: str, *, size: int, network: bool) -> Covered:
    """Give this process (and those it starts) a private view. Must run before any thread exists.

    scratch: an empty directory, which becomes the memory disk that takes what is written. size: of that, in bytes.
    network: whether the network is kept.

    Raises:
        NoOverlay: the system does not allow it; nothing has changed, except that namespaces may have been entered.
    """
    if not sys.platform.startswith("linux"):
        raise NoOverlay("only Linux has overlays")
    here = os.getcwd()
    own = _owned(here)  # to be looked at before owners are hidden
    own_user = _enter(network)
    _mount(None, "/", None, _RECURSIVE | _PRIVATE)
    _mount("tmpfs", scratch, "tmpfs", 0, f"size={size},mode=700")
    mounts = _mounts()
    read_only: list[str] = []
    still_open: list[str] = []
    covered = 0
    disk = f"/proc/self/fd/{os.open(scratch, os.O_RDONLY | os.O_DIRECTORY)}"  # its path is soon hidden
    for number, directory in enumerate(_directories("/", mounts - {scratch})):
        store = f"{disk}/{number}"
        try:
            _overlay(directory, store)
            covered += 1
        except NoOverlay:
            (read_only if _freeze(directory) else still_open).append(directory)
    if not covered:
        raise NoOverlay("no directory could be covered")
    if own_user and own:
        with contextlib.suppress(NoOverlay):  # two levels are all that the kernel allows
            _overlay(own, f"{disk}/own")
    os.chdir(here)  # the old one is beneath the overlay
    return Covered(tuple(read_only), tuple(still_open), not network)


def _enter(network: bool) -> bool:
    """Namespaces of its own; whether it took a user namespace, which root does not need."""
    flags = _NEW_NAMESPACE | (0 if network else _NEW_NETWORK)
    user, group = os.geteuid(), os.getegid()
    if _libc().unshare(flags) == 0:
        return False
    if _libc().unshare(flags | _NEW_USER) != 0:
        raise NoOverlay(f"unshare: {os.strerror(ctypes.get_errno())}")
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{user} {user} 1"),
        ("gid_map", f"{group} {group} 1"),
    ):
        try:
            with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
                file.write(text)
        except OSError as error:
            raise NoOverlay(f"{name}: {error.strerror}") from None
    return True


def _owned(here: str) -> str:
    """The topmost directory around `here` that belongs to the user with all in between; "" for none.

    Below directories of others, which a user namespace cannot copy, an overlay takes no writing: it needs its own.
    """
    top, path = "", here
    while path != "/" and os.stat(path).st_uid == os.geteuid():
        top, path = path, os.path.dirname(path)
    return top


def _directories(directory: str, mounts: frozenset[str]) -> Iterator[str]:
    """Directories without mounts below them, which is what can be covered."""
    if directory in UNCOVERED:
        return
    below = directory.rstrip("/") + "/"
    if directory != "/" and not any(mount.startswith(below) for mount in mounts):
        yield directory
        return
    try:
        entries = sorted(entry.path for entry in os.scandir(directory) if entry.is_dir(follow_symlinks=False))
    except OSError:
        return  # what cannot be read cannot be written to by name either
    for path in entries:
        yield from _directories(path, mounts)


def _overlay(directory: str, store: str) -> None:
    if any(letter in directory for letter in ",:\\"):
        raise NoOverlay("a name that the mount options cannot carry")
    try:
        for path in (store, f"{store}/up", f"{store}/work"):
            os.mkdir(path)
    except OSError as error:
        raise NoOverlay(str(error)) from None
    os.chmod(f"{store}/up", os.stat(directory).st_mode & 0o7777)
    options = f"lowerdir={directory},upperdir={store}/up,workdir={store}/work"
    refused = NoOverlay(directory)
    for extra in (
        ",redirect_dir=on",
        ",userxattr",
        "",
    ):  # a user namespace has the second, old kernels the third
        try:
            _mount("overlay", directory, "overlay", 0, options + extra)
            return
        except NoOverlay as error:
            refused = error
    raise refused


def _freeze(directory: str) -> bool:
    """Make a directory read-only in this namespace."""
    try:
        _mount(directory, directory, None, _BIND)
        _mount(None, directory, None, _BIND | _REMOUNT | _READ_ONLY)
    except NoOverlay:
        return False
    return True


def _mounts() -> frozenset[str]:
    with open("/proc/self/mounts", encoding="utf-8", errors="surrogateescape") as file:
        return frozenset(line.split()[1].replace("\\040", " ") for line in file)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _mount(source: str | None, target: str, kind: str | None, flags: int, data: str = "") -> None:
    words = [os.fsencode(word) if word is not None else None for word in (source, target, kind)]
    if _libc().mount(*words, ctypes.c_ulong(flags), data.encode("utf-8", "surrogateescape") or None) != 0:
        raise NoOverlay(f"mount {target}: {os.strerror(ctypes.get_errno())}")
