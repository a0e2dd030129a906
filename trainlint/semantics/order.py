"""The order in which the files of a package are evaluated: those that use others before those that they use."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from pathlib import Path

from trainlint.semantics.project import Project
from trainlint.source.problem import Unreadable
from trainlint.source.python import PythonSource


def importers_first(projects: Sequence[Project], sources: Sequence[PythonSource]) -> list[PythonSource]:
    """The files such that each comes after those that import it, as far as no cycle stands against it.

    What the importers run with arguments of their own need not be run alone with guessed ones. A package's
    `__init__.py` only passes names on: it counts as an importer of nothing and is looked through.
    """
    places = {source.path: number for number, source in enumerate(sources)}
    used: list[set[int]] = []
    for number, (project, source) in enumerate(zip(projects, sources, strict=True)):
        found = {places.get(path, number) for path in _imported(project, source)}
        used.append(found - {number})
    return [sources[number] for number in users_first(used)]


def users_first(used: Sequence[set[int]]) -> list[int]:
    """An order in which each number comes after those that use it, as far as no cycle stands against it, and else as
    the numbers stand. used: for each number those that it uses."""
    users = [0] * len(used)
    for found in used:
        for number in found:
            users[number] += 1
    ready = [(count, number) for number, count in enumerate(users)]
    heapq.heapify(ready)
    order: list[int] = []
    done: set[int] = set()
    while ready:
        count, number = heapq.heappop(ready)
        if number in done or count != users[number]:
            continue  # it was pushed again with fewer users
        done.add(number)
        order.append(number)
        for other in used[number]:
            users[other] -= 1
            if other not in done:
                heapq.heappush(ready, (users[other], other))
    return order


def _imported(project: Project, source: PythonSource) -> set[Path]:
    """The files whose names a file takes."""
    found: set[Path] = set()
    if source.path.name == "__init__.py":
        return found
    for module, level, names in project.sources.survey(source).imports:
        path = project.find_module(module, level, source.path)
        if path is None or path.name != "__init__.py":
            found |= {path} if path is not None else set()
            continue
        for name in names:
            direct = project.find_module(name, 1, path)
            found |= {direct} if direct is not None else _passed_on(project, path, name)
    return found


def _passed_on(project: Project, package: Path, name: str) -> set[Path]:
    """The files from which an `__init__.py` takes a name."""
    known: dict[Path, dict[str, Path]] = project.notes.setdefault("passed_on", {})
    if package not in known:
        known[package] = taken = {}
        try:
            source = project.sources.get(package)
        except Unreadable:
            return set()
        for module, level, names in project.sources.survey(source).imports:
            path = project.find_module(module, level, package)
            if path is not None and path.name != "__init__.py":
                taken.update(dict.fromkeys(names, path))
    path = known[package].get(name)
    return {path} if path is not None else set()
