"""`trainlint facts ENTRY CONFIG...`: what a run is given."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from trainlint.cli import main

SCRIPT = """
import sys
import torch
lr = 0.1
for name in sys.argv[1:]:
    exec(open(name).read())
optimizer = torch.optim.SGD(torch.nn.Linear(2, 2).parameters(), lr=lr)
"""


def run(*arguments: str) -> list[dict[str, object]]:
    result = CliRunner().invoke(main, ["facts", "--isolated", "--output-format", "json", *arguments])
    assert result.exit_code == 0, result.output
    found: list[dict[str, object]] = json.loads(result.stdout)
    return found


def rates(documents: list[dict[str, object]]) -> list[tuple[object, list[object]]]:
    return [(d["entry"], [o["lr"] for o in d["optimizers"]]) for d in documents]  # type: ignore[attr-defined]


def test_a_python_config_is_the_run_s_and_no_program_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("train.py").write_text(SCRIPT)
    Path("small.py").write_text("lr = 0.3\n")
    assert rates(run("train.py")) == [("train.py", [0.1])]
    assert rates(run("train.py", "small.py")) == [("train.py", [0.3])]


def test_a_document_that_the_script_does_not_read_stands_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("train.py").write_text("import torch\nmodel = torch.nn.Linear(2, 2)\n")
    Path("conf.yaml").write_text("optimizer: adam\nlr: 0.001\nepochs: 3\n")
    assert rates(run("train.py", "conf.yaml")) == [("train.py", []), ("conf.yaml", [0.001])]


def test_a_document_alone_is_an_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("conf.yaml").write_text("optimizer: adam\nlr: 0.001\nepochs: 3\n")
    assert rates(run("conf.yaml")) == [("conf.yaml", [0.001])]
