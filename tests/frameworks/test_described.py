"""Libraries that are described in Python: every description can be evaluated, and shows what it defines."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from trainlint.frameworks import described
from trainlint.libraries import all_libraries
from trainlint.semantics.definitions import ClassValue, FunctionValue
from trainlint.semantics.described import SUFFIX
from trainlint.semantics.names import force
from trainlint.semantics.programs import evaluate_file
from trainlint.semantics.project import Project
from trainlint.semantics.sources import Sources
from trainlint.source.files import SourceReader

FILES = sorted(Path(described.__file__).parent.glob(f"*{SUFFIX}"))
ROOMS = {path.name.removesuffix(SUFFIX) for path in FILES}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name.removesuffix(SUFFIX))
def test_a_program_that_imports_all_of_a_description_gets_classes_and_functions(
    path: Path, tmp_path: Path
) -> None:
    names = _defined(ast.parse(path.read_text(encoding="utf-8")))
    assert names
    script = tmp_path / "train.py"
    script.write_text(
        f"from {path.name.removesuffix(SUFFIX)} import {', '.join(names)}\nused = [{', '.join(names)}]\n"
    )
    sources = Sources(SourceReader([tmp_path], tmp_path))
    source = sources.get(script)
    evaluation = evaluate_file(Project(sources, script), source, all_libraries())
    namespace = evaluation.run.modules[script].namespace
    for name in names:
        value = force(evaluation.run, namespace, name, namespace[name])
        assert isinstance(value, ClassValue | FunctionValue), name
        assert not (isinstance(value, ClassValue) and value.open), f"{name} has a base that is not known"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name.removesuffix(SUFFIX))
def test_descriptions_import_only_what_others_define(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module in ROOMS:
            around = [f for f in FILES if f"{f.name.removesuffix(SUFFIX)}.".startswith(f"{node.module}.")]
            defined = {name for f in around for name in _defined(ast.parse(f.read_text(encoding="utf-8")))}
            assert {alias.name for alias in node.names} <= defined


def _defined(tree: ast.Module) -> list[str]:
    """Public classes and functions of a module."""
    found = [n.name for n in tree.body if isinstance(n, ast.ClassDef | ast.FunctionDef)]
    return [name for name in found if not name.startswith("_")]
