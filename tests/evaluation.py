"""Evaluates small programs, so that tests can ask what the interpreter understood."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

from trainlint.facts.program import Program
from trainlint.libraries import all_libraries
from trainlint.semantics.programs import Evaluation
from trainlint.semantics.project import Project
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue
from trainlint.semantics.sources import Sources
from trainlint.semantics.values import Const, Unknown, Value
from trainlint.source.files import SourceReader

UNKNOWN = "<unknown>"


def plain(value: Value) -> Any:
    """A value as plain Python: constants, sequences and mappings of them. Anything else is UNKNOWN or its class."""
    if isinstance(value, Const):
        return value.value
    if isinstance(value, Unknown):
        return UNKNOWN
    if isinstance(value, TupleValue):
        return tuple(plain(e) for e in value.elements)
    if isinstance(value, ListValue):
        found = [plain(e) for e in value.elements]
        return set(found) if value.kind == "set" else found
    if isinstance(value, DictValue):
        return {plain(k): plain(v) for k, v in value.cells.values()}
    return type(value).__name__


@dataclass
class Evaluated:
    """An evaluated program and the global names of its entry."""

    program: Program
    names: dict[str, Value]
    steps: int
    """What the evaluation took."""

    def __getitem__(self, name: str) -> Any:
        """A global name as plain Python."""
        return plain(self.names[name])

    def origin(self, name: str) -> list[str]:
        """The chain of places of a global name: `path:line label`."""
        return [f"{p.location.path}:{p.location.line} {p.label}".rstrip() for p in self.names[name].origin]


def evaluate(
    directory: Path, files: dict[str, str] | str, entry: str = "train.py", configs: tuple[str, ...] = ()
) -> Evaluated:
    """Write the files (or one train.py) below a directory and evaluate the entry from its top.

    configs: those that the command line names.
    """
    written = {entry: files} if isinstance(files, str) else files
    for name, text in written.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip("\n"))
    sources = Sources(SourceReader([directory], directory))
    source = sources.get(directory / entry)
    project = Project(sources, source.path, (), tuple(directory / c for c in configs))
    evaluation = Evaluation(project, source, all_libraries())
    evaluation.whole()
    assert not evaluation.program.failures, evaluation.program.failures[0].traceback
    return Evaluated(evaluation.program, evaluation.module.namespace, evaluation.run.steps)
