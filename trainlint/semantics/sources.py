"""The parsed files of a run, which evaluation looked at which, and what programs have in common."""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection, Hashable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from trainlint.semantics.definitions import ModuleValue
from trainlint.semantics.values import Value
from trainlint.source.files import SourceReader
from trainlint.source.notebook import parse_notebook
from trainlint.source.problem import Unreadable
from trainlint.source.python import PythonSource, parse_python
from trainlint.source.survey import Survey, survey

MAX_LINES = 250_000
"""Lines of source whose trees are kept at a time: some 400 MB with what was evaluated of them."""


ANY_FILE = Path("*")
"""Stands for all files: what was worked out from these holds only until one of them changes."""


class Sources:
    """Parsed files, shared by all programs of a run."""

    def __init__(self, reader: SourceReader) -> None:
        self.reader = reader
        self._parsed: dict[Path, PythonSource | Unreadable] = {}
        self._shared: dict[tuple[Path | str, ...], Shared] = {}
        self._surveys: dict[Path, Survey] = {}
        self._lines = 0
        self.looking: list[Hashable] = []  # the programs and modules under evaluation, the innermost last
        self.uses: dict[Hashable, set[Path]] = {}
        self.interrupted: Callable[[], bool] | None = None
        reader.watcher = self.use

    # -- which evaluation looked at which files

    def use(self, path: Path) -> None:
        """What is evaluated now looks at a file."""
        if self.looking:
            self.uses.setdefault(self.looking[-1], set()).add(path)

    @contextmanager
    def looks(self, entry: Hashable) -> Iterator[None]:
        """What is looked at meanwhile counts for this program or module."""
        self.looking.append(entry)
        try:
            yield
        finally:
            self.looking.pop()

    def closure(self, entry: Hashable) -> frozenset[Path]:
        """Every file that the evaluation of a program or module looked at, through what it imports as well."""
        found: set[Path] = set()
        pending: list[Hashable] = [entry]
        while pending:
            for path in self.uses.get(pending.pop(), ()):
                if path not in found:
                    found.add(path)
                    pending.append(path)
        return frozenset(found)

    def changed(self, path: Path) -> set[Hashable]:
        """A file has other contents: forget what was made of it, and of modules that looked at it; those are returned,
        with programs that did."""
        users: dict[Path, list[Hashable]] = {}
        for entry, paths in self.uses.items():
            for used in paths:
                users.setdefault(used, []).append(entry)
        affected: set[Hashable] = {path}
        pending: list[Any] = [path, ANY_FILE]
        while pending:
            for entry in users.get(pending.pop(), ()):
                if entry not in affected:
                    affected.add(entry)
                    pending.append(entry)
        before = self._parsed.pop(path, None)
        self._lines -= before.lines if isinstance(before, PythonSource) else 0
        self._surveys.pop(path, None)
        self.uses.pop(path, None)
        for shared in self._shared.values():
            shared.forget(path, affected)
        return affected

    def get(self, path: Path) -> PythonSource:
        """The parsed file; what does not parse is in its `problems`. Raises Unreadable."""
        self.use(path)
        if path not in self._parsed:
            try:
                text = self.reader.text(path)
            except Unreadable as error:
                self._parsed[path] = error
            else:
                parse = parse_notebook if path.suffix == ".ipynb" else parse_python
                self._parsed[path] = source = parse(path, self.reader.display(path), text)
                self._lines += source.lines
        found = self._parsed[path]
        if isinstance(found, Unreadable):
            raise found
        return found

    def known(self, path: Path) -> PythonSource | None:
        """A file as it was parsed last; None where it was not, or cannot be."""
        found = self._parsed.get(path)
        return found if isinstance(found, PythonSource) else None

    def shared(self, search: tuple[Path | str, ...]) -> Shared:
        """What programs that look for imports in the same places have in common."""
        return self._shared.setdefault(search, Shared())

    def parsed(self) -> list[PythonSource]:
        """Every file that was read as Python so far."""
        self.use(ANY_FILE)
        return [s for s in self._parsed.values() if isinstance(s, PythonSource)]

    def trim(self) -> None:
        """Drop all trees, and the modules that were evaluated from them, once they are too many. Only between programs:
        within one, a definition is known by its node."""
        if self._lines <= MAX_LINES:  # all that was ever parsed
            return
        known = self.parsed()
        if sum(source.lines for source in known if not source.folded) <= MAX_LINES:
            return
        for source in known:
            source.fold()
        for shared in self._shared.values():
            shared.modules.clear()
            shared.names.clear()
            shared.notes.clear()
        gc.collect()

    def survey(self, source: PythonSource) -> Survey:
        """What the file binds and defines."""
        if source.path not in self._surveys:
            self._surveys[source.path] = survey(source.tree)
        return self._surveys[source.path]


class Shared:
    """What programs with the same search path have in common.

    modules: by file; a module whose evaluation recorded nothing is evaluated once for all of them.
    """

    def __init__(self) -> None:
        self.found: dict[tuple[str, int, Path], Path | None] = {}
        self.modules: dict[Path, ModuleValue] = {}
        self.names: dict[str, Value] = {}
        self.notes: dict[str, Any] = {}

    def forget(self, path: Path, affected: Collection[Hashable]) -> None:
        """Drop the modules that hold on to a file of other contents, and what was noted of them."""
        dropped = {id(module) for file, module in self.modules.items() if file in affected}
        self.modules = {file: module for file, module in self.modules.items() if file not in affected}
        results = self.notes.pop("results", {})
        self.notes = {
            "words": {file: found for file, found in self.notes.get("words", {}).items() if file != path}
        }
        self.notes["results"] = {
            key: value for key, value in results.items() if id(key[0].module) not in dropped
        }
