"""Evaluates a training program written in a test, and says in short what was understood of it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from textwrap import dedent

from trainlint.facts.events import EventKind
from trainlint.facts.program import Program
from trainlint.libraries import all_libraries
from trainlint.semantics.programs import evaluate_file
from trainlint.semantics.project import Project
from trainlint.semantics.sources import Sources
from trainlint.source.files import SourceReader

PRELUDE = """\
import torch
from torch import nn, optim
import torch.nn.functional as F
from torch.utils.data import DataLoader, Dataset, TensorDataset
"""


def evaluate(code: str) -> Program:
    """The facts of a program, given without the usual imports."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder).resolve() / "train.py"
        path.write_text(PRELUDE + dedent(code))
        sources = Sources(SourceReader([path.parent], path.parent, {}))
        program = evaluate_file(Project(sources, path, ()), sources.get(path), all_libraries()).program
    return program


def events(program: Program, *kinds: EventKind) -> list[str]:
    """The kinds of events in order, all or only some."""
    return [e.kind.value for e in program.events if not kinds or e.kind in kinds]
