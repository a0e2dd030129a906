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
from trainlint.semantics.outside import External
from trainlint.semantics.programs import evaluate_file
from trainlint.semantics.project import Project
from trainlint.semantics.sources import Sources
from trainlint.semantics.values import Unknown, Value
from trainlint.source.files import SourceReader

FILES = sorted(Path(described.__file__).parent.glob(f"*{SUFFIX}"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name.removesuffix(SUFFIX))
def test_a_program_that_imports_all_of_a_description_gets_classes_and_functions(
    path: Path, tmp_path: Path
) -> None:
    names = _defined(ast.parse(path.read_text(encoding="utf-8")))
    assert names
    for name, value in _imported(path.name.removesuffix(SUFFIX), names, tmp_path).items():
        assert isinstance(value, ClassValue | FunctionValue), name
        assert not (isinstance(value, ClassValue) and value.open), f"{name} has a base that is not known"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name.removesuffix(SUFFIX))
def test_descriptions_import_only_what_is_known(path: Path, tmp_path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            names = [alias.name for alias in node.names]
            for name, value in _imported(str(node.module), names, tmp_path).items():
                submodule = (node.module, name) == ("torch", "nn")
                assert submodule or not isinstance(value, External | Unknown), f"{node.module}.{name}"


def _imported(module: str, names: list[str], folder: Path) -> dict[str, Value]:
    """What a program gets that imports these names."""
    script = folder / "train.py"
    script.write_text(f"from {module} import {', '.join(names)}\nused = [{', '.join(names)}]\n")
    sources = Sources(SourceReader([folder], folder))
    evaluation = evaluate_file(Project(sources, script), sources.get(script), all_libraries())
    namespace = evaluation.run.modules[script].namespace
    return {name: force(evaluation.run, namespace, name, namespace[name]) for name in names}


def _defined(tree: ast.Module) -> list[str]:
    """Public classes and functions of a module."""
    found = [n.name for n in tree.body if isinstance(n, ast.ClassDef | ast.FunctionDef)]
    return [name for name in found if not name.startswith("_")]
