"""The check of a change, as a commit hook asks for it: the changed files, the programs that use them, and what of the findings
the change has a part in."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from trainlint.model import Finding
from trainlint.settings import Settings
from trainlint.source.discovery import DiscoveryOptions, discover
from trainlint.source.problem import Problem
from trainlint.source.users import entries, users

MAX_PROGRAMS = 6
"""Programs that are checked because they use a changed file: the nearest ones. A helper of everything would else make a
commit wait for the whole repository, which is what CI is for."""


@dataclass(frozen=True)
class Change:
    """files: what to check. changed: the changed ones among them, as reports show them. left: programs that use them and are
    not checked."""

    files: list[Path]
    changed: frozenset[str]
    problems: list[Problem]
    left: int

    def touches(self, finding: Finding) -> bool:
        """Whether the finding, or the way of its value, is in a changed file."""
        places = (finding.location, *(place.location for place in finding.related))
        return any(place.path in self.changed for place in places)


def change_of(
    paths: Sequence[str | Path], cwd: Path, settings: Settings, options: DiscoveryOptions
) -> Change:
    """What a change asks to be checked. Changed files that a check of the whole directory would not look at are left out."""
    given = discover(paths, options, cwd)
    everything = {os.path.realpath(path): path for path in discover([cwd], options, cwd).files}
    changed = [everything[real] for real in map(os.path.realpath, given.files) if real in everything]
    contents = {path: data for path in everything.values() if (data := _read(path)) is not None}
    programs = entries(users(changed, contents), contents)
    programs += [path for path in _told(changed, cwd, settings) if path not in programs]
    used = [path for path in programs if path not in changed]
    shown = frozenset(os.path.relpath(path, cwd).replace(os.sep, "/") for path in changed)
    return Change(sorted({*changed, *used[:MAX_PROGRAMS]}), shown, given.problems, len(used[MAX_PROGRAMS:]))


def _told(changed: Sequence[Path], cwd: Path, settings: Settings) -> list[Path]:
    """The scripts that the settings say are run with a changed config."""
    real = {os.path.realpath(path) for path in changed}
    found: list[Path] = []
    for script, configs in settings.configs.items():
        for base in dict.fromkeys([cwd, Path(settings.base)]):
            named = base / script
            if named.is_file() and any(os.path.realpath(base / config) in real for config in configs):
                found.append(named)
    return found


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
