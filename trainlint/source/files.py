"""The one reader that all files of a run come through: confined to the given roots, size-limited, cached."""

from __future__ import annotations

import codecs
import io
import os
import stat
import tokenize
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from trainlint.source.problem import OutsideRoots, Unreadable

# Hand-written Python stays far below this; what is larger is generated or data in disguise.
MAX_PYTHON_BYTES = 4_000_000
MAX_OTHER_BYTES = 20_000_000

# Codecs that a coding line can name but that are no encodings of source text (some decode in quadratic time).
_NO_SOURCE_CODECS = frozenset(
    {"punycode", "idna", "undefined", "unicode_escape", "raw_unicode_escape", "mbcs", "oem"}
)

_EMPTY: Mapping[Path, bytes] = MappingProxyType({})


class SourceReader:
    """Reads files below `roots` (files or directories), each once.

    `overlays` holds unsaved buffers and standard input; they win over the disk and need not lie below a root.
    Relative paths are taken from `cwd`.
    """

    def __init__(self, roots: Sequence[Path], cwd: Path, overlays: Mapping[Path, bytes] = _EMPTY) -> None:
        self.cwd = Path(os.path.abspath(cwd))
        self.roots = tuple(os.path.realpath(self.cwd / root) for root in roots)
        self._overlays = {os.path.realpath(self.cwd / path): data for path, data in overlays.items()}
        self._real: dict[str, str | None] = {}
        self._data: dict[str, bytes | Unreadable] = {}
        self._text: dict[str, str | Unreadable] = {}
        self._displays: dict[Path, str] = {}
        self.watcher: Callable[[Path], None] | None = None

    def replace(self, path: Path, data: bytes | None) -> None:
        """A file has other contents: those of an unsaved buffer, or (None) those on the disk."""
        real = os.path.realpath(self.cwd / path)
        if data is None:
            self._overlays.pop(real, None)
        else:
            self._overlays[real] = data
        self._real = {key: found for key, found in self._real.items() if found is not None}
        self._data.pop(real, None)
        self._text.pop(real, None)

    def read(self, path: Path) -> bytes:
        """The bytes of a file.

        Raises:
            OutsideRoots: the file (its symbolic links followed) lies outside the roots.
            Unreadable: it does not exist, is no regular file, is too large, or may not be read.
        """
        real = self._resolve(path)
        if real is None:
            raise OutsideRoots(path, "lies outside the directories that are checked")
        if real not in self._data:
            self._data[real] = self._load(path, real)
        data = self._data[real]
        if isinstance(data, Unreadable):
            raise data
        return data

    def text(self, path: Path) -> str:
        """The decoded text of a file: by PEP 263 for Python, by its byte order mark or as UTF-8 otherwise.

        Raises:
            Unreadable: as `read`, or the bytes are no text in the declared encoding.
        """
        if self.watcher is not None:
            self.watcher(path)
        key = self._resolve(path) or str(path)
        if key not in self._text:
            data = self.read(path)
            try:
                self._text[key] = decode_python(data) if is_python(path) else decode_plain(data)
            except ValueError as error:
                self._text[key] = Unreadable(path, str(error))
        text = self._text[key]
        if isinstance(text, Unreadable):
            raise text
        return text

    def exists(self, path: Path) -> bool:
        """Whether this is a file or directory that may be read here."""
        real = self._resolve(path)
        return real is not None and (real in self._overlays or os.path.exists(real))

    def is_file(self, path: Path) -> bool:
        """Whether this is a file that may be read here."""
        real = self._resolve(path)
        return real is not None and (real in self._overlays or os.path.isfile(real))

    def is_dir(self, path: Path) -> bool:
        """Whether this is a directory that may be read here."""
        real = self._resolve(path)
        return real is not None and os.path.isdir(real)

    def listdir(self, path: Path) -> list[str]:
        """The sorted names in a directory; empty where it cannot be listed."""
        real = self._resolve(path)
        if real is None:
            return []
        try:
            return sorted(os.listdir(real))
        except OSError:
            return []

    def display(self, path: Path) -> str:
        """The path as messages show it, relative to the working directory where it lies below."""
        found = self._displays.get(path)
        if found is None:
            found = self._displays[path] = display_path(path, self.cwd)
        return found

    def _resolve(self, path: Path) -> str | None:
        key = os.fspath(path)
        if key not in self._real:
            try:
                real = os.path.realpath(self.cwd / path)
            except (OSError, ValueError):  # a NUL in the name
                real = None
            self._real[key] = real if real is not None and self._allowed(real) else None
        return self._real[key]

    def _allowed(self, real: str) -> bool:
        if real in self._overlays:
            return True
        return any(real == root or real.startswith(root.rstrip(os.sep) + os.sep) for root in self.roots)

    def _load(self, path: Path, real: str) -> bytes | Unreadable:
        if real in self._overlays:
            return self._overlays[real]
        limit = MAX_PYTHON_BYTES if is_python(path) else MAX_OTHER_BYTES
        try:
            status = os.stat(real)
            if stat.S_ISDIR(status.st_mode):
                return Unreadable(path, "is a directory")
            if not stat.S_ISREG(status.st_mode):  # opening a pipe or device could block for ever
                return Unreadable(path, "is no regular file")
            if status.st_size > limit:
                return Unreadable(path, f"is too large ({status.st_size:,} bytes; the limit is {limit:,})")
            with open(real, "rb") as stream:
                return stream.read(limit + 1)[:limit]
        except FileNotFoundError:
            return Unreadable(path, "does not exist")
        except OSError as error:
            return Unreadable(path, f"cannot be read: {error.strerror or error}")


def is_python(path: Path) -> bool:
    """Whether a path names Python source; a name without any suffix counts as a script."""
    return path.suffix.lower() in (".py", "")


def display_path(path: Path, cwd: Path) -> str:
    """A path relative to `cwd` where it lies below; forward slashes, nothing that cannot be printed."""
    absolute = os.path.abspath(cwd / path)
    base = os.path.abspath(cwd)
    if absolute != base and absolute.startswith(base.rstrip(os.sep) + os.sep):
        absolute = absolute[len(base.rstrip(os.sep)) + 1 :]
    shown = absolute.replace(os.sep, "/")
    return shown if shown.isprintable() else "".join(map(_printable, shown))


def _printable(character: str) -> str:
    """A character of a file's name as it may go to a terminal."""
    return character if character.isprintable() else character.encode("unicode_escape").decode("ascii")


def decode_python(data: bytes) -> str:
    """Python source as text, by its byte order mark or coding line.

    Raises:
        ValueError: with the reason, if the bytes are no text in that encoding.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise ValueError("is UTF-16 text; Python reads source as UTF-8: save it as UTF-8")
    if b"\0" in data:
        raise ValueError("holds null bytes: binary data, no Python source")
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    except SyntaxError as error:
        if error.msg.startswith("unknown encoding"):
            raise ValueError(f"declares an encoding that does not exist ({error.msg})") from None
        encoding = "utf-8"
    return _decode(data, encoding)


def decode_plain(data: bytes) -> str:
    """Any other file as text: UTF-16 by its byte order mark, otherwise UTF-8.

    Raises:
        ValueError: with the reason, if the bytes are no text in that encoding.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _decode(data, "utf-16")
    return _decode(data, "utf-8-sig")


def _decode(data: bytes, encoding: str) -> str:
    try:
        if codecs.lookup(encoding).name.replace("-", "_") in _NO_SOURCE_CODECS:
            raise ValueError(f"declares {encoding}, which is no encoding of source text")
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        byte = data[error.start]
        line = data.count(b"\n", 0, error.start) + 1
        name = encoding.upper().removesuffix("-SIG")
        raise ValueError(
            f"is no {name} text: byte 0x{byte:02x} on line {line} (binary, or another encoding)"
        ) from None
    except (LookupError, UnicodeError) as error:
        raise ValueError(f"cannot be decoded as {encoding}: {error}") from None
