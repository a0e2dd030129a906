"""A run: files -> programs -> checks -> findings. One failing check or file never stops the rest."""

from __future__ import annotations

import gc
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from trainlint.checking import Checker
from trainlint.dispatch import as_document, as_source_file, subjects
from trainlint.excerpts import LineKey, excerpts
from trainlint.facts.documents import Document, Fault, SourceFile
from trainlint.facts.program import Program
from trainlint.model import Finding, Level, Location, Silence
from trainlint.semantics.order import importers_first
from trainlint.semantics.programs import Evaluation, evaluate_file, is_script
from trainlint.semantics.project import Project, Sources, project_root
from trainlint.settings import NO_CONFIG, Settings
from trainlint.sifting import shown, unused_comments, without_silenced
from trainlint.source.discovery import DiscoveryOptions, discover, kind_of
from trainlint.source.files import SourceReader
from trainlint.source.problem import Problem, Unreadable
from trainlint.source.python import PythonSource
from trainlint.source.relevance import with_importers
from trainlint.source.suppressions import Suppressions
from trainlint.source.tree import ConfigDocument, load_config

ALLOCATIONS = 200_000
"""Containers made between two looks for garbage: some 20 MB."""

Progress = Callable[[int, int, str], None]
"""Called with files done, files in all, and the file that is next."""

Plan = Callable[[Finding, Any, Program], Any]
"""Called with a finding of a rule that has a probe, what its check ran on, and the program while its facts stand."""


@dataclass
class Result:
    """What a run found. `findings` are those at or above the level; `hidden` counts the others by level.

    known: findings that a baseline knew, and that were left out. gone: findings of the baseline that are no longer there.

    lines: the source lines that findings and their origins point at, as written.
    owners: by code and place of a finding, the entry of the program that showed it first.
    silences: by entry, what was not known and which rules asked for it, where that was asked for.
    sources: the files as they were read.
    plans: by code and place, what `plan` returned for the findings of rules that have a probe.
    """

    findings: list[Finding] = field(default_factory=list)
    hidden: Counter[Level] = field(default_factory=Counter)
    suppressed: int = 0
    known: int = 0
    gone: int = 0
    programs: list[Program] = field(default_factory=list)
    digests: list[Any] = field(default_factory=list)
    files: int = 0
    skipped: int = 0
    configs: int = 0
    argument_problems: list[Problem] = field(default_factory=list)
    lines: dict[LineKey, str] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    silences: dict[str, list[Silence]] = field(default_factory=dict)
    owners: dict[tuple[str, Location], str] = field(default_factory=dict)
    sources: Sources | None = None
    plans: dict[tuple[str, Location], Any] = field(default_factory=dict)


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
) -> Result:
    """Check files and directories.

    paths: as given on the command line; relative ones are below `cwd`. overlays: unsaved contents by path.
    digest: called with each program while its facts stand (they are dropped afterwards); its results are `digests`.
    explain: also say which facts that are not known kept rules silent (`Result.silences`).
    plan: called for each finding (at or above the level) of a rule that has a probe, right after the checks of its program,
    while the facts stand; its results are `Result.plans`.
    """
    directory = Path(cwd) if cwd is not None else Path.cwd()
    run = _Run(directory, settings or Settings(base=directory), overlays or {})
    run.digest, run.explain, run.plan = digest, explain, plan
    with _rare_collections():
        return run.check(paths, progress)


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Look for garbage in cycles less often: syntax trees and values are many, live long and are seldom garbage; with
    Python's own thresholds a fifth of a run is spent on looking at them again."""
    before = gc.get_threshold()
    gc.set_threshold(max(before[0], ALLOCATIONS) if before[0] else 0, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


class _Run:
    def __init__(self, cwd: Path, settings: Settings, overlays: Mapping[Path, bytes]) -> None:
        self.cwd = cwd.resolve()
        self.settings = settings
        self.overlays = overlays
        self.checker = Checker(settings)
        self.result = Result(failures=self.checker.failures)
        self.documents: list[ConfigDocument] = []
        self.incomplete: set[str] = set()
        self.explicit: set[Path] = set()
        self.digest: Callable[[Program], Any] | None = None
        self.explain = False
        self.plan: Plan | None = None
        self.sources: Sources

    def check(self, paths: Sequence[str | Path], progress: Progress | None) -> Result:
        options = self.settings
        buffers = {os.path.realpath(self.cwd / path): self.cwd / path for path in self.overlays}
        discovery = discover(
            [path for path in paths if os.path.realpath(self.cwd / path) not in buffers],
            DiscoveryOptions(
                options.exclude,
                options.extend_exclude,
                options.include,
                options.respect_gitignore,
                options.base,
            ),
            self.cwd,
        )
        self.result.argument_problems = discovery.problems
        named = {os.path.realpath(self.cwd / path) for path in paths}
        known = {os.path.realpath(path) for path in discovery.files}
        unsaved = named - known  # buffers that may not be on disk yet
        discovery.files += [path for real, path in buffers.items() if real in unsaved]
        roots = {self.cwd, *(project_root(f, self.cwd) for f in discovery.files)}
        roots |= {(options.base / root).resolve() for root in options.roots}
        reader = SourceReader(sorted(roots), self.cwd, self.overlays)
        self.sources = self.result.sources = Sources(reader)
        self.explicit = {Path(self.cwd / p) for p in paths}
        python = self._relevant([f for f in discovery.files if kind_of(f) != "config"], self.explicit)
        configs = [f for f in discovery.files if kind_of(f) == "config"]
        self.result.files = len(python)
        for path in configs:
            self._document(path)
        self._programs(python, progress)
        self._finish()
        return self.result

    # -- reading

    def _relevant(self, files: Sequence[Path], explicit: set[Path]) -> list[Path]:
        """The files that may hold training code; those named as arguments are always taken."""
        data: dict[Path, bytes] = {}
        kept = {f for f in files if f in explicit}
        for path in files:
            try:
                data[path] = self.sources.reader.read(path)
            except Unreadable:
                kept.add(path)  # reading it again says what is wrong
        kept |= with_importers(data)
        self.result.skipped = len(files) - len(kept)
        return [f for f in files if f in kept]

    def _document(self, path: Path) -> None:
        display = self.sources.reader.display(path)
        try:
            document = load_config(path, display, self.sources.reader.text(path))
        except Unreadable as error:
            fault = Fault(Location(display, 1), error.reason)
            self.checker.run_all(Document(display, path.suffix.lstrip("."), (fault,)), None)
            return
        self.result.configs += 1
        self.documents.append(document)
        self.checker.run_all(as_document(document, path in self.explicit), None)

    def _source(self, path: Path) -> PythonSource | None:
        display = self.sources.reader.display(path)
        try:
            source = self.sources.get(path)
        except Unreadable as error:
            self.checker.run_all(SourceFile(display, (Fault(Location(display, 1), error.reason),)), None)
            return None
        self.checker.run_all(as_source_file(source), None)
        return source

    # -- programs

    def _programs(self, files: Sequence[Path], progress: Progress | None) -> None:
        """Scripts first: what they reach with their own values need not be guessed at when run alone."""
        from trainlint.libraries import all_libraries

        libraries = all_libraries()
        sources: list[PythonSource] = []
        scripts: list[PythonSource] = []
        others: list[PythonSource] = []
        for source in map(self._source, files):
            if source is not None:
                sources.append(source)
                (scripts if is_script(source) else others).append(source)
                self.sources.survey(source)
                self.sources.trim()
        others = importers_first([self._project(s) for s in others], others)
        reached: set[tuple[str, int]] = set()  # by scripts
        seen: set[tuple[str, int]] = set()  # by others
        for done, source in enumerate([*scripts, *others]):
            if progress is not None:
                progress(done, len(sources), source.display)
            self.sources.trim()
            if done < len(scripts):
                reached |= self._program(source, libraries, frozenset(), frozenset())
            else:
                seen |= self._program(source, libraries, reached, seen)
        self._documents_alone(libraries)
        checked = {source.path for source in sources}
        for imported in self.sources.parsed():
            if imported.path not in checked:
                self.checker.run_all(as_source_file(imported), None)

    def _documents_alone(self, libraries: Sequence[Any]) -> None:
        """What config documents say that no program has read: what a program reads, it judges itself."""
        from trainlint.configs.alone import evaluate_document

        loaded = {name for program in self.result.programs for name in program.files}
        for document in self.documents:
            named = self.settings.reader_of(self.cwd / document.path)
            if document.display in loaded or (
                named is not None and named.endswith((".py", ".ipynb", NO_CONFIG))
            ):
                continue
            project = Project(self.sources, Path(document.path), (), ())
            try:
                evaluation = evaluate_document(project, document, libraries, named)
            except Exception as error:
                self.checker.failed(Location(document.display, 1), "the meaning of this config", error)
                continue
            if evaluation is not None:
                self._evaluated(evaluation, document.display)

    def _given(self, entry: Path) -> tuple[Path, ...]:
        """The config files that the user says a script (or every script of a directory) is run with."""
        found: list[Path] = []
        for script, configs in self.settings.configs.items():
            for base in dict.fromkeys([self.cwd, Path(self.settings.base)]):
                named = (base / script).resolve()
                if entry.resolve() == named or named in entry.resolve().parents:
                    found += [base / config for config in configs if (base / config).exists()]
        for document in self.documents:  # `"conf/*.yaml" = "train.py"`
            reader = self.settings.reader_of(self.cwd / document.path)
            if reader is not None and entry.resolve() == (Path(self.settings.base) / reader).resolve():
                found.append(Path(document.path))
        return tuple(dict.fromkeys(found))

    def _project(self, source: PythonSource) -> Project:
        extra = tuple((self.settings.base / root).resolve() for root in self.settings.roots)
        return Project(self.sources, source.path, extra, self._given(source.path))

    def _program(
        self, source: PythonSource, libraries: Sequence[Any], skip: Any, seen: Any
    ) -> set[tuple[str, int]]:
        try:
            evaluation = evaluate_file(self._project(source), source, libraries, skip, seen)
        except Exception as error:
            self.checker.failed(Location(source.display, 1), "the evaluation of this file", error)
            self.incomplete.add(source.display)
            return set()
        self._evaluated(evaluation, source.display)
        return evaluation.run.reached_places

    def _evaluated(self, evaluation: Evaluation, display: str) -> None:
        """Check a program's facts, and let them go."""
        program = evaluation.program
        self.result.programs.append(program)
        for failure in program.failures:
            place = failure.location or Location(display, 1)
            if failure.traceback:  # a program that takes too long is a finding, but no error of ours
                self.result.failures.append(failure.traceback)
            self.checker.internal(place, failure.what, failure.error)
        if not program.complete or program.failures:
            self.incomplete |= program.files
        self.checker.subjects = [] if self.plan is not None else None
        before = len(self.checker.found)
        if self.explain and not program.empty:
            silences = self.checker.explain(program)
            if silences:
                self.result.silences.setdefault(program.entry, []).extend(silences)
        else:
            for subject in subjects(program):
                self.checker.run_all(subject, program)
        self._plan(program)
        for key in islice(self.checker.found, before, None):
            self.result.owners[key] = program.entry
        if self.digest is not None:
            self.result.digests.append(self.digest(program))
        evaluation.release()
        program.forget()

    def _plan(self, program: Program) -> None:
        """What is to be measured for the new findings of a program, if that was asked for."""
        found, self.checker.subjects = self.checker.subjects, None
        if self.plan is None or found is None:
            return
        for finding, subject in found:
            if finding.level.rank >= self.settings.level.rank:
                self.result.plans[finding.code, finding.location] = self.plan(finding, subject, program)

    # -- the end of a run

    def _finish(self) -> None:
        suppressions = dict(self._suppressions())
        kept, self.result.suppressed = without_silenced(self.checker.found.values(), suppressions)
        checked = {p.entry for p in self.result.programs} | {d.display for d in self.documents}
        kept += unused_comments(suppressions, checked - self.incomplete, self.checker.rules, self.settings)
        self.result.findings, self.result.hidden = shown(kept, self.settings, self.cwd)
        self.result.lines = excerpts(self.result.findings, self.sources, self.cwd)

    def _suppressions(self) -> Iterator[tuple[str, Suppressions]]:
        for source in self.sources.parsed():
            yield source.display, source.suppressions
        for document in self.documents:
            yield document.display, document.suppressions
