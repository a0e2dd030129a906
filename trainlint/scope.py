"""What a run looked at, as it was told; whether another run looked at all of that too."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path


def told(paths: Sequence[str | Path], cwd: Path, base: Path) -> tuple[str, ...]:
    """The paths that a run was given, as seen from `base`, each once and sorted."""
    return tuple(sorted({seen_from(base, cwd)(str(path)) for path in paths}))


def seen_from(base: Path, cwd: Path) -> Callable[[str], str]:
    """Turns a path as seen from `cwd` into one as seen from `base`, with forward slashes."""
    there, here = os.path.realpath(base), os.path.realpath(cwd)

    def rebased(path: str) -> str:
        try:
            return os.path.relpath(os.path.join(here, path), there).replace(os.sep, "/")
        except ValueError:  # another drive
            return path.replace(os.sep, "/")

    return rebased


def covers(wide: Iterable[str], narrow: Iterable[str]) -> bool:
    """Whether every path of `narrow` is one of `wide`, or below one of them.

    Only such a run can tell that a finding is gone: a part of a program, looked at alone, has other values.
    """
    roots = [Path(path) for path in wide]
    return all(any(root == Path(path) or _above(root, Path(path)) for root in roots) for path in narrow)


def _above(root: Path, path: Path) -> bool:
    if root == Path("."):
        return not path.is_absolute() and path.parts[:1] != ("..",)
    return root in path.parents
