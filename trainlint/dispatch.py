"""What checks run on: files and programs in the vocabulary of facts, and the checks that ask for each kind of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from trainlint.checks import load_rules
from trainlint.checks.api import Check, registered
from trainlint.facts.documents import Document, Duplicate, Fault, SourceFile
from trainlint.facts.program import Program
from trainlint.source.python import PythonSource
from trainlint.source.tree import ConfigDocument


def as_source_file(source: PythonSource) -> SourceFile:
    """A parsed Python file in the vocabulary of facts."""
    return SourceFile(source.display, tuple(Fault(p.location, p.message) for p in source.problems))


ONLY_WHERE_NAMED = frozenset({"template", "size"})
"""Kinds of problems that a walk over a directory is silent about: such a file is no config of its own."""


def as_document(document: ConfigDocument, explicit: bool) -> Document:
    """A parsed config in the vocabulary of facts. explicit: the user named the file."""
    faults = tuple(
        Fault(p.location, p.message) for p in document.problems if explicit or p.kind not in ONLY_WHERE_NAMED
    )
    duplicates = tuple(Duplicate(d.key_path, d.location, d.first) for d in document.duplicates)
    return Document(document.display, document.format, faults, duplicates)


def subjects(program: Program) -> Iterator[Any]:
    """Everything in a program that a check may run on."""
    yield program
    lists: Iterable[Sequence[Any]] = (
        program.networks, program.optimizers, program.losses, program.schedules, program.clippings, program.loaders,
        program.loops(), program.option_sets,
    )  # fmt: skip
    for group in lists:
        yield from group


def checks_for(kind: type[Any]) -> list[Check]:
    """The checks whose subject is of this type."""
    load_rules()
    return [check for checks in registered().values() for check in checks if check.subject is kind]
