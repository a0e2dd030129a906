"""Neovim, headless, as a person would use it: a file is opened, its finding shows, the preferred action mends it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.server.conftest import SCRIPT

SCRIPT_FOR_NEOVIM = Path(__file__).with_name("neovim.lua")

pytestmark = pytest.mark.skipif(shutil.which("nvim") is None, reason="needs Neovim (Debian's package neovim)")


def test_a_finding_shows_and_is_mended(project: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    result = tmp_path_factory.mktemp("neovim") / "result.json"
    script = project / "train.py"
    script.write_text(SCRIPT.replace("    optimizer.zero_grad()\n", ""))
    environment = {
        **os.environ,
        "TRAINLINT_TEST": json.dumps(["train.py", str(result)]),
        "TRAINLINT_PYTHON": sys.executable,
        "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
        "HOME": str(result.parent),
    }
    command = ["nvim", "--headless", "--clean", "-n", "-c", f"luafile {SCRIPT_FOR_NEOVIM}"]
    run = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, timeout=240)
    assert result.exists(), run.stdout + run.stderr
    told = json.loads(result.read_text())
    assert told["seen"] == [{"code": "TL001", "line": 13, "source": "trainlint"}]
    assert "TL001: Insert `optimizer.zero_grad()`." in told["titles"]
    assert told["left"] == 0
    lines = script.read_text().splitlines()
    assert lines[12:14] == ["    optimizer.zero_grad()", "    loss.backward()"]
