"""One project under the eyes of an editor: checked again and again, with unsaved buffers in the place of files.

A check after a change gives what a check of everything would give; only the programs that looked at the changed file are
evaluated again (`memory.py`).
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from trainlint.engine import discovery_options, rare_collections, roots_of
from trainlint.facts.program import Program
from trainlint.memory import Memory, Outcome
from trainlint.result import Result
from trainlint.run import Run
from trainlint.settings import Settings
from trainlint.shifting import Glance, Shift
from trainlint.source.discovery import discover, kind_of, taken
from trainlint.source.files import SourceReader
from trainlint.source.problem import Unreadable
from trainlint.source.python import PythonSource

QUICK = 0.03
"""Seconds of evaluation, of processor time, that a keystroke may wait for: with reading and reporting, and where others want the
processor too, a tenth of a second."""

Known = PythonSource | str
"""A file before it was edited: a parsed one of code, or the text of a config."""


class Workspace:
    """A directory and its settings. Paths are absolute.

    lone: only files that are open are checked (a file that lies outside of every folder of the editor).
    """

    def __init__(self, root: Path, settings: Settings, *, lone: bool = False) -> None:
        self.root = Path(os.path.realpath(root))
        self.settings = settings
        self.lone = lone
        self.digest: Callable[[Program], Any] | None = None
        """What to keep of each program's facts; set before the first check."""
        self.buffers: dict[Path, bytes] = {}
        self._memory: Memory | None = None
        self._files: list[Path] = []
        self._shift: Shift | None = None
        self._touched: tuple[int, int] | None = None
        self._settled: dict[Path, Known] = {}  # what files were when everything was last checked
        self._unsettled: set[Path] = set()

    # -- what changes

    def open(self, path: Path, data: bytes) -> bool:
        """A buffer is there, or has other contents. Whether anything is to be checked again for that."""
        path = self._real(path)
        there = path in self.buffers or (path.exists() and not self.lone)
        self.buffers[path] = data
        memory = self._memory
        if memory is None or not there or self._taken(path, data) != (path in self._files):
            self.reset()  # what imports and paths mean may be another thing everywhere
            return True
        try:
            if memory.reader.read(path) == data:
                return False
        except Unreadable:
            pass
        self._change(memory, path, data)
        return True

    def _change(self, memory: Memory, path: Path, data: bytes) -> None:
        """Note what moves by an edit. After several edits of different files only a check of everything will do."""
        before = self._settled.get(path) or _known(memory, path)
        memory.changed(path, data)
        self._shift = None
        if before is not None and not self._unsettled - {path}:
            with contextlib.suppress(Unreadable):
                base = self._settled.setdefault(path, before)
                text, source = (base, None) if isinstance(base, str) else (base.original, base)
                self._shift = Shift(memory.reader.display(path), text, memory.reader.text(path))
                self._touched = self._shift.definition(source) if source is not None else None
        self._unsettled.add(path)

    def close(self, path: Path) -> None:
        """A buffer is gone: the file on the disk counts again."""
        path = self._real(path)
        if self.buffers.pop(path, None) is not None:
            if not path.exists() or self.lone:
                self.reset()
            elif self._memory is not None:
                self._memory.changed(path, None)

    def disk_changed(self, path: Path) -> None:
        """A file on the disk has other contents; with a buffer, that one counts."""
        path = self._real(path)
        if path not in self.buffers and self._memory is not None:
            self._memory.changed(path, None)

    def reset(self) -> None:
        """Files came or went: what imports and paths mean may be another thing everywhere."""
        self._memory = self._shift = None
        self._settled.clear()
        self._unsettled.clear()

    def configure(self, settings: Settings) -> None:
        """Other settings."""
        self.settings = settings
        self.reset()

    # -- checking

    def check(self, stop: Callable[[], bool] | None = None) -> Result:
        """Everything, with what stands from earlier checks taken over.

        stop: asked now and then whether nobody wants the result any more; then Interrupted is raised, and the next check
        goes on from there.
        """
        memory = self.memory()
        memory.sources.interrupted = stop
        run = Run(self.root, self.settings, memory, self.buffers if self.lone else ())
        run.digest = self.digest
        with rare_collections():
            result = run.files(self._files)
        self._settled.clear()
        self._unsettled.clear()
        return result

    def quick(self, path: Path, stop: Callable[[], bool] | None = None) -> Result | None:
        """What the last change of a file means as far as one program shows it: the cheapest that had reached the definition
        that was edited, or had read the config, or else the file's own. All others stand as they were, moved with
        their lines.

        None where everything can be evaluated as quickly, or nothing is known yet.
        """
        shift, memory = self._shift, self._memory
        if memory is None or shift is None or not memory.stale:
            return None
        stale = list(memory.stale.values())
        if sum(outcome.program.seconds for outcome in stale if outcome.program is not None) < QUICK:
            return None
        touched = self._touched
        reached = [o for o in stale if touched is not None and o.program and shift.reached(o, touched)]
        if kind_of(path) == "config":
            reached = [
                o for o in stale if o.program and isinstance(o.entry, tuple) and o.entry[0] == "program"
            ]
        cheapest = min(reached, key=lambda o: o.program.seconds if o.program else 0.0, default=None)
        chosen = ("program", self._real(path))
        if cheapest is not None and isinstance(cheapest.entry, tuple):
            chosen = cheapest.entry

        def old(outcome: Outcome) -> Outcome:
            if touched is not None and any(outcome is other for other in reached):
                return shift.outdated(outcome, touched)
            return shift.outcome(outcome)

        try:
            spared = shift.untouched(memory.sources.get(chosen[1]))
        except Unreadable:
            return None
        memory.sources.interrupted = stop
        run = Run(self.root, self.settings, memory)
        run.glance = Glance(chosen, spared, old)
        run.digest = self.digest
        with rare_collections():
            return run.files(self._files)

    def memory(self) -> Memory:
        """What earlier checks have left; an empty one after a reset."""
        if self._memory is None:
            self._files = self._discover()
            roots = roots_of(self._files, self.settings, self.root)
            self._memory = Memory(SourceReader(roots, self.root, self.buffers))
        return self._memory

    def files(self) -> Sequence[Path]:
        """The files that are checked."""
        self.memory()
        return self._files

    def _taken(self, path: Path, data: bytes) -> bool:
        if self.lone or kind_of(path) != "config":  # code is taken whatever it holds
            return path in self._files
        return taken(path, data, discovery_options(self.settings), self.root)

    def _discover(self) -> list[Path]:
        if self.lone:
            return sorted(self.buffers)
        options = discovery_options(self.settings)
        found = [
            p for p in discover([self.root], options, self.root).files if self._real(p) not in self.buffers
        ]
        found += [p for p, data in self.buffers.items() if taken(p, data, options, self.root)]
        return sorted(found)

    def _real(self, path: Path) -> Path:
        return Path(os.path.realpath(self.root / path))


def _known(memory: Memory, path: Path) -> Known | None:
    """A file as it stood when it was last looked at; None for one that is not known, and for a notebook, which is one program and
    nothing else."""
    if kind_of(path) == "config":
        with contextlib.suppress(Unreadable):
            return memory.reader.text(path)
        return None
    source = memory.sources.known(path)
    return source if source is not None and source.cells is None else None
