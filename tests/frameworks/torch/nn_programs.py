"""Evaluates a source text and answers questions about the network in it."""

from __future__ import annotations

import tempfile
import textwrap
from pathlib import Path

from trainlint.facts.graph import Module, Node, Op, Parameter
from trainlint.facts.program import Program
from trainlint.libraries import all_libraries
from trainlint.semantics.programs import evaluate_file
from trainlint.semantics.project import Project
from trainlint.semantics.sources import Sources
from trainlint.source.files import SourceReader

HEADER = """\
import copy
import math
from collections import OrderedDict

import torch
import torch.nn as nn
import torch.nn.functional as F
"""


def evaluate(text: str) -> Program:
    """The facts of a script; any exception inside the evaluation fails the test."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory).resolve() / "train.py"
        path.write_text(HEADER + textwrap.dedent(text))
        reader = SourceReader([path.parent], path.parent)
        sources = Sources(reader)
        project = Project(sources, path)
        program = evaluate_file(project, sources.get(path), all_libraries()).program
    assert not program.failures, program.failures
    return program


def signal(program: Program) -> list[str]:
    """`name` of every operation on the signal in order, without plumbing."""
    plumbing = {Op.PARAMETER, Op.RANDOM, Op.CONSTANT, Op.INPUT, Op.CAST}
    return [n.name for n in program.graph.nodes if n.op not in plumbing]


def node(program: Program, name: str) -> Node:
    """The first operation of a name."""
    return next(n for n in program.graph.nodes if n.name == name)


def module(program: Program, qualname: str) -> Module:
    """The first module of a class."""
    return next(m for m in program.modules if m.qualname == qualname)


def parameters(program: Program) -> dict[str, Parameter]:
    """All parameters by `path.name`."""
    return {
        f"{m.path}.{name}".lstrip("."): parameter
        for m in program.modules
        for name, parameter in m.parameters.items()
    }


def schemes(program: Program) -> dict[str, list[str]]:
    """Explicit initialisations by `path.name`, in order."""
    return {name: [i.scheme for i in p.inits] for name, p in parameters(program).items()}
