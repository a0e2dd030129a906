"""What a run leaves to the next one over the same files: parsed sources, and what each program gave.

A program's result stands until one of the files that its evaluation looked at changes, or another program reaches other
definitions of its files. A command's run begins with an empty memory; the server keeps one for each project.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trainlint.facts.program import Program
from trainlint.model import Finding
from trainlint.semantics.order import importers_first
from trainlint.semantics.project import Project
from trainlint.semantics.scripts import is_script
from trainlint.semantics.sources import ANY_FILE, Sources
from trainlint.source.files import SourceReader
from trainlint.source.python import PythonSource
from trainlint.source.relevance import is_relevant, with_importers
from trainlint.source.tree import ConfigDocument, load_config

Place = tuple[str, int]
"""A definition: the file it stands in and its line."""
Reached = dict[str, set[int]]
"""Lines of definitions that programs have reached, by file."""


@dataclass
class Outcome:
    """What one program gave. entry: what it began with. uses: every file that its evaluation looked at.
    given: definitions in those files that other programs had reached before."""

    entry: Hashable
    program: Program | None
    findings: list[Finding] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    reached: frozenset[Place] = frozenset()
    uses: frozenset[Path] = frozenset()
    given: tuple[Hashable, ...] = ()
    digest: Any = None
    broken: str | None = None  # the file whose evaluation failed altogether


class Memory:
    """Of one run, or of all runs of a server over one project."""

    def __init__(self, reader: SourceReader) -> None:
        self.reader = reader
        self.sources = Sources(reader)
        self.outcomes: dict[Hashable, Outcome] = {}
        self.stale: dict[Hashable, Outcome] = {}
        self._documents: dict[Path, tuple[str, ConfigDocument]] = {}
        self._projects: dict[Path, Project] = {}
        self._order: tuple[list[Any], list[PythonSource]] | None = None
        self._relevant: tuple[dict[Path, bytes], set[Path]] | None = None
        self._scripts: dict[int, tuple[PythonSource, bool]] = {}

    # -- what stands

    def changed(self, path: Path, data: bytes | None) -> None:
        """A file has other contents: `data` is those of its unsaved buffer, None means that the disk counts."""
        self.reader.replace(path, data)
        affected = self.sources.changed(path)
        for entry, outcome in list(self.outcomes.items()):
            if path in outcome.uses or ANY_FILE in outcome.uses or entry in affected:
                self.stale[entry] = self.outcomes.pop(entry)

    def stands(self, entry: Hashable, given: Sequence[Reached]) -> Outcome | None:
        """What a program gave before, if that is what it would give now."""
        outcome = self.outcomes.get(entry)
        return outcome if outcome is not None and outcome.given == self.given(outcome.uses, given) else None

    def keep(self, outcome: Outcome, given: Sequence[Reached]) -> None:
        """Note what a program gave."""
        outcome.uses = self.sources.closure(outcome.entry)
        outcome.given = self.given(outcome.uses, given)
        self.outcomes[outcome.entry] = outcome
        self.stale.pop(outcome.entry, None)

    def given(self, uses: Iterable[Path], reached: Sequence[Reached]) -> tuple[Hashable, ...]:
        """What others have reached in files."""
        names = sorted({self.reader.display(path) for path in uses if path is not ANY_FILE})
        return tuple(
            (name, number, frozenset(part[name]))
            for name in names
            for number, part in enumerate(reached)
            if part.get(name)
        )

    # -- what is worked out once

    def document(self, path: Path) -> ConfigDocument:
        """A parsed config. Raises Unreadable."""
        text = self.reader.text(path)
        known = self._documents.get(path)
        if known is None or known[0] is not text:
            known = self._documents[path] = text, load_config(path, self.reader.display(path), text)
        return known[1]

    def project(
        self,
        path: Path,
        extra: tuple[Path, ...],
        configs: tuple[Path, ...],
        arguments: tuple[str, ...] | None = None,
    ) -> Project:
        """Where the imports of an entry are looked for, and what its command line says."""
        found = self._projects.get(path)
        if found is None or (found.configs, found.arguments) != (configs, arguments):
            found = self._projects[path] = Project(self.sources, path, extra, configs, arguments)
        return found

    def script(self, source: PythonSource) -> bool:
        """Whether a file does something when it is run."""
        known = self._scripts.get(id(source))
        if known is None or known[0] is not source:
            known = self._scripts[id(source)] = source, is_script(source)
        return known[1]

    def relevant(self, data: dict[Path, bytes]) -> set[Path]:
        """The files that may hold training code, of those with these contents."""
        if self._relevant is not None:
            before, found = self._relevant
            other = (
                [p for p in data if before.get(p) is not data[p]] if before.keys() == data.keys() else None
            )
            # A relevant file that stays relevant changes nothing for those that import it.
            if other is not None and all(is_relevant(before[p]) and is_relevant(data[p]) for p in other):
                self._relevant = data, found
                return found
        found = with_importers(data)
        self._relevant = data, found
        return found

    def importers_first(
        self, projects: Sequence[Project], sources: Sequence[PythonSource]
    ) -> list[PythonSource]:
        """The files such that each comes after those that import it."""
        key = [(source.path, self.sources.survey(source).imports) for source in sources]
        if self._order is not None and self._order[0] == key:
            by_path = {source.path: source for source in sources}
            return [by_path[source.path] for source in self._order[1]]
        ordered = importers_first(projects, sources)
        self._order = key, ordered
        return ordered

    def looked_at(self, files: Collection[Path]) -> list[PythonSource]:
        """The Python files of this run: those given, and what programs looked at besides."""
        wanted = {os.fspath(path) for path in files}
        for outcome in self.outcomes.values():
            wanted.update(os.fspath(path) for path in outcome.uses if path is not ANY_FILE)
        return [source for source in self.sources.parsed() if os.fspath(source.path) in wanted]
