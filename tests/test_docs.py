"""The documentation names tests and files that exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
INVARIANTS = re.findall(r"^\*\*Invariant:\*\* .+$", ARCHITECTURE, re.M)


def test_there_are_invariants() -> None:
    assert len(INVARIANTS) >= 10


@pytest.mark.parametrize("invariant", INVARIANTS, ids=lambda text: text[15:60])
def test_each_invariant_names_tests_that_exist(invariant: str) -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", invariant)
    assert named
    for path, name in named:
        tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
        defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
        assert not name or name in defined, f"{path}::{name}"


def test_every_room_is_in_the_table() -> None:
    rows = set(re.findall(r"`([\w/.]+?)/?`", "\n".join(re.findall(r"^\| (.+?) \|", ARCHITECTURE, re.M))))
    rooms = {
        path.name for path in (ROOT / "trainlint").iterdir() if path.is_dir() and path.name != "__pycache__"
    }
    assert not rooms - rows


def test_the_keys_of_the_facts_are_documented() -> None:
    from trainlint.facts.program import Program
    from trainlint.report.facts import facts_document

    page = (ROOT / "docs" / "facts.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\w+)` \|", page, re.M) == list(facts_document(Program("train.py")))
