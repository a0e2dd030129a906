"""A run: files -> programs -> checks -> findings. One failing check or file never stops the rest."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from trainlint.change import change_of
from trainlint.facts.program import Program
from trainlint.memory import Memory
from trainlint.result import Result
from trainlint.run import Plan, Progress, Run
from trainlint.semantics.project import project_root
from trainlint.settings import Settings
from trainlint.source.discovery import DiscoveryOptions, discover
from trainlint.source.files import SourceReader
from trainlint.source.problem import Problem

__all__ = ["Plan", "Progress", "Result", "check_paths"]

ALLOCATIONS = 600_000
"""Containers made between two looks for garbage: some 60 MB. A look takes 50-100 ms, for what is young is mostly alive."""


def check_paths(
    paths: Sequence[str | Path],
    cwd: Path | None = None,
    settings: Settings | None = None,
    *,
    overlays: Mapping[Path, bytes] | None = None,
    progress: Progress | None = None,
    digest: Callable[[Program], Any] | None = None,
    explain: bool = False,
    plan: Plan | None = None,
    changed: bool = False,
) -> Result:
    """Check files and directories.

    paths: as given on the command line; relative ones are below `cwd`. overlays: unsaved contents by path.
    digest: called with each program while its facts stand (they are dropped afterwards); its results are `digests`.
    explain: also say which facts that are not known kept rules silent (`Result.silences`).
    plan: called for each finding (at or above the level) of a rule that has a probe, right after the checks of its program,
    while the facts stand; its results are `Result.plans`.
    changed: the paths are a change: programs that use them are checked too, and only findings are kept that the change has a
    part in (`change.py`).
    """
    directory = (Path(cwd) if cwd is not None else Path.cwd()).resolve()
    settings, overlays = settings or Settings(base=directory), overlays or {}
    change = change_of(paths, directory, settings, discovery_options(settings)) if changed else None
    if change is not None:
        files, problems = change.files, change.problems
    else:
        files, problems = _files(paths, directory, settings, overlays)
    memory = Memory(SourceReader(roots_of(files, settings, directory), directory, overlays))
    run = Run(directory, settings, memory, [directory / path for path in paths] if change is None else ())
    run.digest, run.explain, run.plan = digest, explain, plan
    run.result.argument_problems = problems
    with rare_collections():
        result = run.files(files, progress)
    if change is not None:
        result.findings = [finding for finding in result.findings if change.touches(finding)]
        result.left = change.left
    return result


def _files(
    paths: Sequence[str | Path], cwd: Path, settings: Settings, overlays: Mapping[Path, bytes]
) -> tuple[list[Path], list[Problem]]:
    """The files that arguments stand for, buffers that are not on the disk included, and what leads nowhere."""
    buffers = {os.path.realpath(cwd / path): cwd / path for path in overlays}
    given = [path for path in paths if os.path.realpath(cwd / path) not in buffers]
    discovery = discover(given, discovery_options(settings), cwd)
    named = {os.path.realpath(cwd / path) for path in paths}
    unsaved = named - {os.path.realpath(path) for path in discovery.files}
    return discovery.files + [path for real, path in buffers.items() if real in unsaved], discovery.problems


def discovery_options(settings: Settings) -> DiscoveryOptions:
    """What settings say of the files to look at."""
    return DiscoveryOptions(
        settings.exclude, settings.extend_exclude, settings.include, settings.respect_gitignore, settings.base
    )


def roots_of(files: Sequence[Path], settings: Settings, cwd: Path) -> list[Path]:
    """The directories below which a run may read."""
    roots = {cwd, *(project_root(f, cwd) for f in files)}
    return sorted(roots | {(settings.base / root).resolve() for root in settings.roots})


@contextmanager
def rare_collections() -> Iterator[None]:
    """Look for garbage in cycles less often: syntax trees and values are many, live long and are seldom garbage; with
    Python's own thresholds a fifth of a run is spent on looking at them again."""
    before = gc.get_threshold()
    gc.set_threshold(max(before[0], ALLOCATIONS) if before[0] else 0, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
