"""Modules imported for what they register are evaluated although nothing uses their names."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from trainlint.facts.program import Program
from trainlint.libraries import all_libraries
from trainlint.semantics.programs import evaluate_file
from trainlint.semantics.project import Project
from trainlint.semantics.registration import registers
from trainlint.semantics.sources import Sources
from trainlint.source.files import SourceReader

REGISTRY = """
MODELS = {}


def register(name):
    def add(cls):
        MODELS[name] = cls
        return cls

    return add
"""
NETS = """
from torch import nn

from zoo.registry import MODELS, register


@register("small")
class Small(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 1)

    def forward(self, x):
        return self.fc(x)
"""
MAIN = """
import torch

{imports}
from zoo.registry import MODELS

net = MODELS["small"]()
y = net(torch.zeros(1, 4))
"""


def evaluate(directory: Path, imports: str, init: str) -> Program:
    package = directory / "zoo"
    package.mkdir()
    (package / "__init__.py").write_text(init)
    (package / "registry.py").write_text(REGISTRY)
    (package / "nets.py").write_text(NETS)
    entry = directory / "train.py"
    entry.write_text(MAIN.format(imports=imports))
    sources = Sources(SourceReader([directory], directory))
    return evaluate_file(Project(sources, entry), sources.get(entry), all_libraries()).program


@pytest.mark.parametrize(
    ("imports", "init"),
    [("from zoo import nets", ""), ("import zoo.nets", ""), ("import zoo", "from . import nets, registry")],
)
def test_the_registered_class_is_found(tmp_path: Path, imports: str, init: str) -> None:
    program = evaluate(tmp_path.resolve(), imports, init)
    assert [n.name for n in program.graph.nodes if n.op == "affine"] == ["linear"]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("@register\nclass A: pass", True),
        ("@MODELS.register_module('a')\ndef a(): pass", True),
        ("register('a', 1)", True),
        ("from b import TABLE\nTABLE['a'] = 1", True),
        ("TABLE = {}\nTABLE['a'] = 1", False),
        ("@dataclass\nclass A: pass\nprint(1)", False),
    ],
)
def test_which_modules_register(code: str, expected: bool) -> None:
    assert registers(ast.parse(code)) is expected
