"""A config document as a program of its own, where no code that loads it was seen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from trainlint.configs.documents import lift
from trainlint.configs.schemas import recognise, schemas
from trainlint.configs.schemas.schema import Reader, Schema
from trainlint.model import Location
from trainlint.semantics.programs import Evaluation
from trainlint.semantics.sequences import DictValue
from trainlint.source.python import parse_python

if TYPE_CHECKING:
    from trainlint.semantics.library import Library
    from trainlint.semantics.project import Project
    from trainlint.source.tree import ConfigDocument


def schema_of(document: ConfigDocument, named: str | None = None) -> Schema | None:
    """The schema of a document: the one that settings name, else the one that its keys show."""
    root = document.root
    if root is None or root.kind != "mapping" or document.problems:
        return None
    return schemas().get(named) if named is not None else recognise(document)


def evaluate_document(
    project: Project, document: ConfigDocument, libraries: Sequence[Library], named: str | None = None
) -> Evaluation | None:
    """The program that a config document describes; None where its kind is not known, or it says
    nothing of training.

    named: a schema's name, where settings say which it is.
    """
    schema = schema_of(document, named)
    root = document.root
    if schema is None or root is None:
        return None
    source = parse_python(Path(document.path), document.display, "")
    evaluation = Evaluation(project, source, libraries)
    evaluation.program.files.add(document.display)

    def read() -> None:
        value = lift(root, schema.reading)
        if isinstance(value, DictValue):
            reader = Reader(evaluation.run, schema, Location(document.display, 1), document.text, root)
            schema.read(reader, value)

    evaluation.alone(read)
    evaluation.finish()
    program = evaluation.program
    told = (
        program.optimizers or program.loaders or program.option_sets or program.clippings or program.failures
    )
    return evaluation if told else None
