"""Where no overlay is to be had: Python's own writes go to a shadow directory, and what would write elsewhere is refused.

`open`, `os.*` and `torch.save` see a shadowed file where one was written, and a deleted one not at all. What bypasses them
(`sqlite3`, a library's own C code) is refused as far as Python's audit events tell of it; the rest is not held.
"""

from __future__ import annotations

import builtins
import errno
import functools
import io
import os
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_REFUSED = frozenset({"sqlite3.connect", "os.chown", "os.setxattr", "os.removexattr", "os.mkfifo"})


class Shadow:
    """The shadow of a file system: copies of what was written, and a note of what was deleted."""

    def __init__(self, directory: str) -> None:
        self.directory = os.path.realpath(directory)
        self.deleted: set[str] = set()
        self._state = threading.local()
        self.exempt = (self.directory + os.sep, "/dev/", "/proc/self/", "/dev/shm/")

    @property
    def asleep(self) -> bool:
        """Whether this thread is within the guard's own work, which sees the real files."""
        return bool(getattr(self._state, "asleep", False))

    @contextmanager
    def sleeping(self) -> Iterator[None]:
        """The real files for this thread."""
        before, self._state.asleep = self.asleep, True
        try:
            yield
        finally:
            self._state.asleep = before

    def of(self, path: Any) -> tuple[str, str] | None:
        """The real path and its shadow; None for descriptors and for what is exempt."""
        if isinstance(path, int) or self.asleep:
            return None
        with self.sleeping():
            return self._of(path)

    def _of(self, path: Any) -> tuple[str, str] | None:
        name = os.fsdecode(path)
        parent, last = os.path.split(os.path.join(os.getcwd(), name))
        real = os.path.normpath(os.path.join(_realpath(parent), last))
        if (real + os.sep).startswith(self.exempt):
            return None
        return real, os.path.join(self.directory, real.lstrip(os.sep).replace(":", ""))

    def read(self, path: Any) -> Any:
        """Where to read a path from.

        Raises:
            FileNotFoundError: it was deleted.
        """
        found = self.of(path)
        if found is None:
            return path
        real, shadow = found
        with self.sleeping():
            if _lexists(shadow):
                return shadow
        if self.gone(real):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), os.fspath(path))
        return path

    def write(self, path: Any, *, copy: bool) -> Any:
        """Where to write a path to; copy: with what is there now."""
        found = self.of(path)
        if found is None:
            return path
        with self.sleeping():
            return self._write(path, *found, copy=copy)

    def _write(self, path: Any, real: str, shadow: str, *, copy: bool) -> str:
        parent = os.path.dirname(real)
        there = _isdir(parent) and not self.gone(parent)
        if not there and not _isdir(os.path.dirname(shadow)):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), os.fspath(path))
        _makedirs(os.path.dirname(shadow), exist_ok=True)
        if copy and not _lexists(shadow) and _isfile(real) and not self.gone(real):
            with _open(real, "rb") as source, _open(shadow, "wb") as target:
                target.write(source.read())
        self.deleted.discard(real)
        return shadow

    def delete(self, path: Any, remove: Callable[[str], None]) -> None:
        """Delete a path: its shadow for real, the original by a note."""
        found = self.of(path)
        if found is None:
            remove(path)
            return
        with self.sleeping():
            self._delete(path, *found, remove)

    def _delete(self, path: Any, real: str, shadow: str, remove: Callable[[str], None]) -> None:
        if not _lexists(shadow) and (self.gone(real) or not _lexists(real)):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), os.fspath(path))
        if _lexists(shadow):
            remove(shadow)
        self.deleted.add(real)

    def gone(self, real: str) -> bool:
        """Whether a path or a directory above it was deleted, and not made again."""
        while real not in self.deleted:
            parent = os.path.dirname(real)
            if parent == real:
                return False
            real = parent
        return True


_open, _os_open, _realpath = io.open, os.open, os.path.realpath
_lexists, _isdir, _isfile = os.path.lexists, os.path.isdir, os.path.isfile
_makedirs = os.makedirs


def install(directory: str) -> Shadow:
    """Put the guard in place for this process, for good. directory: an empty one, for the shadow."""
    shadow = Shadow(directory)
    _guard_open(shadow)
    _guard_names(shadow)
    _guard_reading(shadow)
    sys.addaudithook(_auditor(shadow))
    return shadow


def _guard_open(shadow: Shadow) -> None:
    original, original_os = io.open, os.open

    @functools.wraps(original)
    def opened(file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
        if any(letter in mode for letter in "wax+"):
            file = shadow.write(file, copy="w" not in mode)
        else:
            file = shadow.read(file)
        return original(file, mode, *args, **kwargs)

    @functools.wraps(original_os)
    def opened_os(path: Any, flags: int, *args: Any, **kwargs: Any) -> int:
        if kwargs.get("dir_fd") is None:
            writing = bool(flags & _WRITING)
            path = shadow.write(path, copy=not flags & os.O_TRUNC) if writing else shadow.read(path)
        return original_os(path, flags, *args, **kwargs)

    builtins.open = io.open = opened
    os.open = opened_os


def _guard_names(shadow: Shadow) -> None:
    """Functions that make, delete and rename names."""
    original = {
        name: getattr(os, name)
        for name in ("mkdir", "remove", "rmdir", "replace", "chmod", "utime", "truncate", "symlink", "link")
    }

    def mkdir(path: Any, mode: int = 0o777, **kwargs: Any) -> None:
        found = shadow.of(path)
        with shadow.sleeping():
            there = found is not None and _isdir(found[0]) and not shadow.gone(found[0])
        if there:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), os.fspath(path))
        target = shadow.write(path, copy=False)
        with shadow.sleeping():
            original["mkdir"](target, mode)

    def remove(path: Any, **kwargs: Any) -> None:
        shadow.delete(path, original["remove"])

    def rmdir(path: Any, **kwargs: Any) -> None:
        shadow.delete(path, original["rmdir"])

    def rename(source: Any, target: Any, **kwargs: Any) -> None:
        there = shadow.read(source)
        with shadow.sleeping():
            whole = _isdir(there) and there == source
        if whole and shadow.of(source) is not None:
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV), os.fspath(source))  # shutil.move then copies
        pair = shadow.write(source, copy=True), shadow.write(target, copy=False)
        with shadow.sleeping():
            original["replace"](*pair)
        found = shadow.of(source)
        if found is not None:
            shadow.deleted.add(found[0])

    def changed(name: str) -> Callable[..., Any]:
        def change(path: Any, *args: Any, **kwargs: Any) -> Any:
            if isinstance(path, int):
                return original[name](path, *args, **kwargs)
            return original[name](shadow.write(path, copy=True), *args, **kwargs)

        return change

    def linked(source: Any, target: Any, *args: Any, **kwargs: Any) -> None:
        shutil.copyfile(source, target)

    def rmtree(path: Any, ignore_errors: bool = False, *args: Any, **kwargs: Any) -> None:
        try:
            shadow.delete(path, functools.partial(_rmtree, ignore_errors=True))
        except FileNotFoundError:
            if not ignore_errors:
                raise

    _rmtree = shutil.rmtree
    os.mkdir, os.remove, os.unlink, os.rmdir = mkdir, remove, remove, rmdir
    os.rename, os.replace = rename, rename  # type: ignore[assignment]
    os.symlink, os.link = linked, linked  # type: ignore[assignment]
    for name in ("chmod", "utime", "truncate"):
        setattr(os, name, changed(name))
    shutil.rmtree = rmtree  # type: ignore[assignment]


def _guard_reading(shadow: Shadow) -> None:
    """Looking at a path sees its shadow; a listing sees both."""
    for name in ("stat", "lstat", "access", "readlink"):
        setattr(os, name, _reading(shadow, getattr(os, name)))
    listed = os.listdir

    def listdir(path: Any = ".") -> list[Any]:
        found = shadow.of(path)
        if found is None:
            return listed(path)
        real, shadowed = found
        names: set[Any] = set()
        with shadow.sleeping():
            if _isdir(real) and not shadow.gone(real):
                names |= {n for n in listed(path) if os.path.join(real, os.fsdecode(n)) not in shadow.deleted}
            elif not _isdir(shadowed):
                return listed(path)  # raises what is due
            if _isdir(shadowed):
                names |= set(listed(shadowed))
        return sorted(names)

    os.listdir = listdir


def _reading(shadow: Shadow, original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def look(path: Any, *args: Any, **kwargs: Any) -> Any:
        if kwargs.get("dir_fd") is not None:
            return original(path, *args, **kwargs)
        return original(shadow.read(path), *args, **kwargs)

    return look


def _auditor(shadow: Shadow) -> Callable[[str, tuple[Any, ...]], None]:
    def audit(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = arguments
            if isinstance(flags, int) and flags & _WRITING and isinstance(path, str | bytes):
                _refuse(shadow, path)
        elif event in ("os.remove", "os.rmdir", "os.mkdir", "os.truncate"):
            _refuse(shadow, arguments[0])
        elif event == "os.rename":
            _refuse(shadow, arguments[0])
            _refuse(shadow, arguments[1])
        elif event in _REFUSED and arguments[:1] != (":memory:",):
            raise PermissionError(f"trainlint: {event} is refused, for it would write past the guard")

    return audit


def _refuse(shadow: Shadow, path: Any) -> None:
    """Deny a write that did not come through the guard's own functions: those name shadows, or are asleep."""
    if shadow.of(path) is not None:
        raise PermissionError(errno.EACCES, "trainlint: writing past the guard is refused", os.fsdecode(path))


def guard_torch(shadow: Shadow, torch: Any) -> None:
    """torch writes archives by itself: hand it the shadow's path."""
    original = torch.save

    @functools.wraps(original)
    def save(obj: Any, f: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(f, str | os.PathLike):
            f = shadow.write(f, copy=False)
        return original(obj, f, *args, **kwargs)

    torch.save = save
