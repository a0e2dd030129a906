"""`trainlint check --watch`: check again whenever a file changes."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from trainlint.report.summary import plural
from trainlint.settings import FILE_NAMES, Settings
from trainlint.source.discovery import DiscoveryOptions, discover
from trainlint.source.files import display_path

if TYPE_CHECKING:
    from trainlint.cli.check import Checked

INTERVAL = 0.5
"""Seconds between two looks at the files; more where looking takes long."""
SHARE = 0.1
"""Of the time, at most, that is spent on looking."""
CLEAR = "\x1b[2J\x1b[3J\x1b[H"

Stamp = tuple[int, int]
"""When a file was changed, and its size."""
Stamps = dict[Path, Stamp]


def watched(paths: Sequence[Path], settings: Settings, more: Iterable[Path], cwd: Path) -> Stamps:
    """The files that a run looks at, settings files and `more` (what programs read beyond the paths), with their stamps."""
    options = DiscoveryOptions(
        settings.exclude, settings.extend_exclude, settings.include, settings.respect_gitignore, settings.base
    )
    found = discover(list(paths), options, cwd)
    stamps: Stamps = {}
    for path in [*found.files, *(cwd / name for name in FILE_NAMES), *more]:
        try:
            status = path.stat()
        except OSError:
            continue  # it is not there, or it just went
        stamps[path.resolve()] = status.st_mtime_ns, status.st_size
    return stamps


def changed(before: Stamps, after: Stamps) -> list[Path]:
    """The files that were written, made or removed in between."""
    return sorted(path for path in {*before, *after} if before.get(path) != after.get(path))


def wait(
    look: Callable[[], Stamps], before: Stamps, sleep: Callable[[float], None] = time.sleep
) -> list[Path]:
    """Wait until something changes, and until it rests: editors and version control write several files at once."""
    first: list[Path] = []
    while True:
        started = time.monotonic()
        after = look()
        taken = time.monotonic() - started
        news = changed(before, after)
        if not news and first:
            return first
        first = sorted({*first, *news})
        before = after
        sleep(max(INTERVAL / 5 if news else INTERVAL, taken * (1 / SHARE - 1)))


def watch(check: Callable[[], Checked], paths: Sequence[str]) -> int:
    """Check, wait for a change, and check again, until Ctrl-C; what is wrong with settings is said, and waited for too.

    Raises:
        click.UsageError: standard input cannot be watched.
    """
    if "-" in paths:
        raise click.UsageError("--watch needs files: standard input never changes.")
    cwd = Path.cwd()
    given = [Path(path) for path in paths or ["."]]
    look = partial(watched, given, Settings(base=cwd), (), cwd)
    try:
        while True:
            if sys.stdout.isatty():
                sys.stdout.write(CLEAR)
            stamps = look()  # before the run: what changes while it goes on is seen afterwards
            try:
                checked = check()
            except click.ClickException as error:
                error.show()
            else:
                look = partial(watched, given, checked.settings, _read(checked, cwd), cwd)
                stamps = {**look(), **stamps}
            click.echo(f"Watching {plural(len(stamps), 'file')} (Ctrl-C ends).", err=True)
            names = [display_path(path, cwd) for path in wait(look, stamps)]
            click.echo(f"Changed: {', '.join(names[:3])}{' ...' if len(names) > 3 else ''}", err=True)
    except KeyboardInterrupt:
        click.echo("", err=True)
        return 0


def _read(checked: Checked, cwd: Path) -> list[Path]:
    """The files that programs read, those outside of the given paths too."""
    programs = checked.result.programs if checked.result is not None else []
    return sorted({cwd / name for program in programs for name in program.files})
