"""A progress bar on standard error for runs that take long, where a person is watching."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

PATIENCE = 1.0
"""Seconds that a run takes before the bar appears."""

REFRESH = 0.1
"""Seconds between two updates."""


class Report(Protocol):
    """Called with files done, files in all, and the file that is next."""

    def __call__(self, done: int, total: int, name: str, /) -> None:
        """Take note."""


@contextmanager
def progress_bar() -> Iterator[Report | None]:
    """Something to call as files are done; None where standard error is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    bar = _Bar()
    try:
        yield bar.update
    finally:
        bar.close()


class _Bar:
    """Draws nothing, and imports nothing, before PATIENCE is over."""

    def __init__(self) -> None:
        self.due = time.monotonic() + PATIENCE
        self.bar: RichProgress | None = None
        self.task: TaskID | None = None

    def update(self, done: int, total: int, name: str, /) -> None:
        now = time.monotonic()
        if now < self.due:
            return
        self.due = now + REFRESH
        if self.bar is None:
            self.bar = self._start()
            self.task = self.bar.add_task("", total=total)
        if self.task is not None:
            self.bar.update(self.task, completed=done, description=name, refresh=True)

    def _start(self) -> RichProgress:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}", markup=False))
        bar = Progress(*columns, console=Console(stderr=True), transient=True, auto_refresh=False)
        bar.start()
        return bar

    def close(self) -> None:
        if self.bar is not None:
            self.bar.stop()
