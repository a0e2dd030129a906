"""The `.gitignore` files that hold at a place: nested ones win over outer ones, as in git."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec


@dataclass(frozen=True, slots=True)
class IgnoreStack:
    """Ignore files, the outermost first, each with the directory that its patterns start from."""

    specs: tuple[tuple[str, GitIgnoreSpec], ...] = ()

    @classmethod
    def above(cls, top: Path) -> IgnoreStack:
        """What the repository says above `top`, without `top`'s own file; nothing if it ignores `top`."""
        chain = [top, *top.parents]
        root = next((place for place in chain if (place / ".git").exists()), None)
        if root is None:
            return cls()
        stack = cls()
        exclude = _load(root / ".git" / "info" / "exclude")
        if exclude is not None:
            stack = cls(((os.fspath(root), exclude),))
        for place in reversed(chain[: chain.index(root) + 1]):
            if place != root and stack.ignores(place, folder=True):
                return cls()  # named as an argument all the same: it is wanted
            if place != top:
                stack = stack.entering(place)
        return stack

    def entering(self, directory: Path) -> IgnoreStack:
        """The stack inside a directory: with its own ignore file, if it has one."""
        spec = _load(directory / ".gitignore")
        return self if spec is None else IgnoreStack((*self.specs, (os.fspath(directory), spec)))

    def ignores(self, path: Path, folder: bool) -> bool:
        """Whether a file or directory is ignored; the innermost file that speaks of it decides."""
        text = os.fspath(path)
        for base, spec in reversed(self.specs):
            relative = text[len(base.rstrip(os.sep)) + 1 :].replace(os.sep, "/")
            verdict = spec.check_file(relative + "/" if folder else relative).include
            if verdict is not None:
                return verdict
        return False


def _load(path: Path) -> GitIgnoreSpec | None:
    try:
        lines = path.read_text("utf-8", errors="replace").splitlines()
    except OSError:
        return None
    return read_patterns([line for line in lines if line.strip() and not line.startswith("#")])


def read_patterns(patterns: Sequence[str]) -> GitIgnoreSpec | None:
    """Gitignore patterns, malformed ones left out; None where there are none."""
    if not patterns:
        return None
    from pathspec import GitIgnoreSpec  # a tenth of a start, and a run over single files needs none of it

    try:
        return GitIgnoreSpec.from_lines(patterns)
    except ValueError:
        return GitIgnoreSpec.from_lines([pattern for pattern in patterns if _valid(pattern)])


def _valid(pattern: str) -> bool:
    from pathspec import GitIgnoreSpec

    try:
        GitIgnoreSpec.from_lines([pattern])
    except ValueError:
        return False
    return True
