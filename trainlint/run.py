"""One check of some files: programs are evaluated, or taken over from an earlier check, and their facts judged."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from trainlint.checking import Checker
from trainlint.dispatch import as_document, as_source_file, subjects
from trainlint.excerpts import excerpts
from trainlint.facts.documents import Document, Fault, SourceFile
from trainlint.facts.program import Program
from trainlint.memory import Memory, Outcome, Reached
from trainlint.model import Finding, Location
from trainlint.result import Result
from trainlint.semantics.budget import Interrupted
from trainlint.semantics.programs import Evaluation, evaluate_file
from trainlint.semantics.project import Project
from trainlint.settings import NO_CONFIG, Settings
from trainlint.shifting import Glance
from trainlint.sifting import shown, unused_comments, without_silenced
from trainlint.source.discovery import kind_of
from trainlint.source.problem import Unreadable
from trainlint.source.python import PythonSource
from trainlint.source.suppressions import Suppressions
from trainlint.source.tree import ConfigDocument

Progress = Callable[[int, int, str], None]
"""Called with files done, files in all, and the file that is next."""

Plan = Callable[[Finding, Any, Program], Any]
"""Called with a finding of a rule that has a probe, what its check ran on, and the program while its facts stand."""


class Run:
    """One check. memory: what earlier checks of the same files have left; a command begins with none. explicit: files that
    the user named, which are checked whatever they hold."""

    def __init__(
        self, cwd: Path, settings: Settings, memory: Memory, explicit: Collection[Path] = ()
    ) -> None:
        self.cwd = cwd.resolve()
        self.settings = settings
        self.checker = Checker(settings)
        self.result = Result(failures=self.checker.failures)
        self.documents: list[ConfigDocument] = []
        self.incomplete: set[str] = set()
        self.explicit = set(explicit)
        self.memory = memory
        self.sources = self.result.sources = memory.sources
        self.digest: Callable[[Program], Any] | None = None
        self.explain = False
        self.plan: Plan | None = None
        self.glance: Glance | None = None

    def files(self, files: Sequence[Path], progress: Progress | None = None) -> Result:
        """Check these files."""
        python = self._relevant([f for f in files if kind_of(f) != "config"], self.explicit)
        configs = [f for f in files if kind_of(f) == "config"]
        self.result.files = len(python)
        for path in configs:
            self._document(path)
        self._programs(python, progress)
        self._finish(python)
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
        kept |= self.memory.relevant(data)
        self.result.skipped = len(files) - len(kept)
        return [f for f in files if f in kept]

    def _document(self, path: Path) -> None:
        display = self.sources.reader.display(path)
        try:
            document = self.memory.document(path)
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
        scripts: list[PythonSource] = []
        others: list[PythonSource] = []
        for source in map(self._source, files):
            if source is not None:
                (scripts if self.memory.script(source) else others).append(source)
                self.sources.survey(source)
                self.sources.trim()
        others = self.memory.importers_first([self._project(s) for s in others], others)
        reached: Reached = {}  # by scripts
        seen: Reached = {}  # by others
        for done, source in enumerate([*scripts, *others]):
            if progress is not None:
                progress(done, len(scripts) + len(others), source.display)
            self.sources.trim()
            script = done < len(scripts)
            given: tuple[Reached, Reached] = ({}, {}) if script else (reached, seen)
            outcome = self._program(source, libraries, given)
            for name, line in outcome.reached:
                (reached if script else seen).setdefault(name, set()).add(line)
        self._documents_alone(libraries)
        checked = {source.path for source in (*scripts, *others)}
        for imported in self.memory.looked_at(files):
            if imported.path not in checked:
                self.checker.run_all(as_source_file(imported), None)

    def _documents_alone(self, libraries: Sequence[Any]) -> None:
        """What config documents say that no program has read: what a program reads, it judges itself."""
        loaded = {name for program in self.result.programs for name in program.files}
        for document in self.documents:
            named = self.settings.reader_of(self.cwd / document.path)
            if document.display in loaded or (
                named is not None and named.endswith((".py", ".ipynb", NO_CONFIG))
            ):
                self.memory.outcomes.pop(("document", document.path), None)
                continue
            self._document_alone(document, named, libraries)

    def _document_alone(self, document: ConfigDocument, named: str | None, libraries: Sequence[Any]) -> None:
        from trainlint.configs.alone import evaluate_document

        entry = ("document", document.path)
        known = self.memory.stands(entry, ()) or self._old(entry)
        if known is not None:
            self._take(known)
            return
        project = self.memory.project(Path(document.path), (), ())
        outcome = self._begin(entry)
        try:
            with self.sources.looks(entry):
                self.sources.use(document.path)
                evaluation = evaluate_document(project, document, libraries, named)
        except Exception as error:
            self.checker.failed(Location(document.display, 1), "the meaning of this config", error)
        else:
            if evaluation is not None:
                self._evaluated(evaluation, document.display, outcome)
        self._end(outcome, ())

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
        configs = self._given(source.path) if self.settings.configs else ()
        return self.memory.project(
            source.path, extra, configs, self.settings.arguments.get(source.path.resolve())
        )

    def _program(
        self, source: PythonSource, libraries: Sequence[Any], given: tuple[Reached, Reached]
    ) -> Outcome:
        entry = ("program", source.path)
        known = self.memory.stands(entry, given) or self._old(entry)
        if known is not None:
            self._take(known)
            return known
        outcome = self._begin(entry)
        skip, seen = (_places(part) for part in given)
        if self.glance is not None:
            skip |= self.glance.spared
        try:
            with self.sources.looks(entry):
                self.sources.use(source.path)
                evaluation = evaluate_file(self._project(source), source, libraries, skip, seen)
        except Exception as error:
            self.checker.failed(Location(source.display, 1), "the evaluation of this file", error)
            outcome.broken = source.display
            self.incomplete.add(source.display)
        else:
            outcome.reached = frozenset(evaluation.run.reached_places)
            self._evaluated(evaluation, source.display, outcome)
        self._end(outcome, given)
        return outcome

    def _old(self, entry: Hashable) -> Outcome | None:
        """What a program gave before the last change, where that will do for now."""
        old = self._before(entry)
        if self.glance is None or old is None or entry == self.glance.chosen:
            return None
        return self.glance.old(old)

    def _before(self, entry: Hashable) -> Outcome | None:
        return self.memory.stale.get(entry) or self.memory.outcomes.get(entry)

    def _begin(self, entry: Hashable) -> Outcome:
        self.sources.uses.pop(entry, None)
        self.checker.log = []
        self._failures = len(self.result.failures)
        return Outcome(entry, None)

    def _end(self, outcome: Outcome, given: tuple[Reached, ...]) -> None:
        outcome.findings, self.checker.log = self.checker.log, []
        outcome.failures = self.result.failures[self._failures :]
        before = self._before(outcome.entry)
        if self.glance is None:
            self.memory.keep(outcome, given)
        elif before is not None:
            for finding in self.glance.completed(outcome, before):
                self.checker.add(finding)
            self.checker.log = []

    def _take(self, outcome: Outcome) -> None:
        """What a program gave before, as if it had been evaluated now."""
        before = len(self.checker.found)
        for finding in outcome.findings:
            self.checker.add(finding)
        self.checker.log = []
        self.result.failures += outcome.failures
        program = outcome.program
        if outcome.broken is not None:
            self.incomplete.add(outcome.broken)
        if program is not None:
            self._own(program, before)
            self.result.programs.append(program)
            if self.digest is not None:
                self.result.digests.append(outcome.digest)
            if not program.complete or program.failures:
                self.incomplete |= program.files

    def _evaluated(self, evaluation: Evaluation, display: str, outcome: Outcome) -> None:
        """Check a program's facts, and let them go."""
        program = outcome.program = evaluation.program
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
                if self.sources.interrupted is not None and self.sources.interrupted():
                    evaluation.release()
                    raise Interrupted
                self.checker.run_all(subject, program)
        self._plan(program)
        self._own(program, before)
        if self.digest is not None:
            outcome.digest = self.digest(program)
            self.result.digests.append(outcome.digest)
        evaluation.release()
        program.forget()

    def _own(self, program: Program, before: int) -> None:
        """Findings that no other program showed before are this one's."""
        for key in islice(self.checker.found, before, None):
            self.result.owners[key] = program.entry

    def _plan(self, program: Program) -> None:
        """What is to be measured for the new findings of a program, if that was asked for."""
        found, self.checker.subjects = self.checker.subjects, None
        if self.plan is None or found is None:
            return
        for finding, subject in found:
            if finding.level.rank >= self.settings.level.rank:
                self.result.plans[finding.code, finding.location] = self.plan(finding, subject, program)

    # -- the end of a run

    def _finish(self, files: Sequence[Path]) -> None:
        suppressions = dict(self._suppressions(files))
        kept, self.result.suppressed = without_silenced(self.checker.found.values(), suppressions)
        checked = {p.entry for p in self.result.programs} | {d.display for d in self.documents}
        kept += unused_comments(suppressions, checked - self.incomplete, self.checker.rules, self.settings)
        self.result.findings, self.result.hidden = shown(kept, self.settings, self.cwd)
        self.result.lines = excerpts(self.result.findings, self.sources, self.cwd)

    def _suppressions(self, files: Sequence[Path]) -> Iterator[tuple[str, Suppressions]]:
        for source in self.memory.looked_at(files):
            yield source.display, source.suppressions.anew()
        for document in self.documents:
            yield document.display, document.suppressions.anew()


def _places(reached: Reached) -> frozenset[tuple[str, int]]:
    return frozenset((name, line) for name, lines in reached.items() for line in lines)
