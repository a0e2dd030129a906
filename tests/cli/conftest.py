"""A project with one fault and a way to call `trainlint` in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from trainlint.cli import main

FLAWED = """\
import torch
from torch import nn

model = nn.Sequential(nn.Linear(8, 16), nn.Sigmoid(), nn.Linear(16, 16), nn.Sigmoid(), nn.Linear(16, 3))
"""
CLEAN = FLAWED.replace("Sigmoid", "ReLU")

Trainlint = Callable[..., Result]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with `flawed.py` (two findings of TL601) and `clean.py`; the working directory."""
    (tmp_path / "flawed.py").write_text(FLAWED, encoding="utf-8")
    (tmp_path / "clean.py").write_text(CLEAN, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for name in ("FORCE_COLOR", "NO_COLOR", "TRAINLINT_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def trainlint(project: Path) -> Trainlint:
    """Run the command line in the project."""

    def run(*arguments: str, stdin: str | bytes | None = None) -> Result:
        return CliRunner().invoke(main, arguments, input=stdin)

    return run
