"""Which files use a changed one, told by their bytes: who imports a module, who names a config."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from trainlint.source.discovery import kind_of

_IMPORT = re.compile(
    rb"^[ \t]*(?:from[ \t]+(?P<dots>\.*)(?P<module>[\w.]*)[ \t]+import[ \t]*(?P<names>\([^)]*\)|[^\n]*)"
    rb"|import[ \t]+(?P<plain>[^\n]+))",
    re.MULTILINE,
)
_MAIN = re.compile(rb"__name__\s*==\s*['\"]__main__['\"]")
_ENTRY = re.compile(rb"\.(?:backward|fit|train|step)\(")


def users(changed: Iterable[Path], files: Mapping[Path, bytes]) -> dict[Path, int]:
    """The files that use a changed one, directly or through others, and over how many files.

    A name that is shared by several modules of one folder's name counts for each of them: a file too many is looked at rather
    than one too few. files: contents of all files of the project, the changed ones included.
    """
    found: dict[Path, int] = {}
    known = set(changed)
    frontier, distance = sorted(known), 0
    while frontier:
        distance += 1
        targets = [_Target(path) for path in frontier]
        frontier = []
        for path, data in files.items():
            near = [t for t in targets if t.word in data] if path not in known else []
            if near and any(target.used_by(path, data) for target in near):
                found[path] = distance
                frontier.append(path)
        known.update(frontier)
    return found


def entries(found: Mapping[Path, int], files: Mapping[Path, bytes]) -> list[Path]:
    """The programs among the users of a change, the nearest first: scripts, notebooks, and what nobody else uses and trains."""
    programs: list[tuple[int, Path]] = []
    for path, distance in found.items():
        data = files[path]
        if (
            kind_of(path) == "notebook"
            or _MAIN.search(data)
            or (kind_of(path) == "python" and _ENTRY.search(data))
        ):
            programs.append((distance, path))
    return [path for _, path in sorted(programs)]


class _Target:
    """A file that others may use. word: what a file that uses it must hold."""

    def __init__(self, path: Path) -> None:
        self.path = path
        package = path.name == "__init__.py"
        self.module = path.parent if package else path.with_suffix("")
        self.config = kind_of(path) == "config"
        self.word = self.module.name.encode(errors="surrogateescape")
        self.above = self.module.parent.name.encode(errors="surrogateescape")

    def used_by(self, path: Path, data: bytes) -> bool:
        return self._named_by(path, data) if self.config else self._imported_by(path, data)

    def _named_by(self, path: Path, data: bytes) -> bool:
        """By its file name, or without the suffix as a text of its own (Hydra's config names and lists of defaults)."""
        if self.path.name.encode(errors="surrogateescape") in data:
            return True
        word = re.escape(self.word)
        if kind_of(path) == "config":
            near = self.path.parent in path.parents or path.parent in self.path.parents
            return near and re.search(rb"^[ \t]*-[ \t].*\b" + word + rb"[ \t]*$", data, re.M) is not None
        return re.search(rb"""["'/]""" + word + rb"""["']""", data) is not None

    def _imported_by(self, path: Path, data: bytes) -> bool:
        if kind_of(path) == "config":
            dotted = self.above + b"." + self.word  # `_target_: lab.nets.net.Net`
            return re.search(rb"\b" + re.escape(dotted) + rb"\b", data) is not None
        if kind_of(path) == "notebook":
            data = re.sub(rb'^[ \t]*"|\\n"', b"", data, flags=re.M)
        return any(self._meant(match, path) for match in _IMPORT.finditer(data) if self.word in match[0])

    def _meant(self, match: re.Match[bytes], path: Path) -> bool:
        if match["plain"] is not None:
            return any(self._is(name.split()[0], path) for name in match["plain"].split(b",") if name.split())
        module, dots = match["module"], match["dots"]
        if (module and self._is(module, path)) or (not module and not dots):
            return True
        names = re.findall(rb"\w+", match["names"])
        parent = module.rpartition(b".")[2]
        return self.word in names and (self.above == parent if parent else self.module.parent in path.parents)

    def _is(self, dotted: bytes, path: Path) -> bool:
        """Whether a dotted name may mean this module; one without a dot means a neighbour, or one of a folder above."""
        *before, last = dotted.rsplit(b".", 2)
        if last != self.word:
            return False
        return before[-1] == self.above if before else self.module.parent in path.parents
