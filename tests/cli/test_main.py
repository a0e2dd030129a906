"""The command as a whole: help, version, commands of later releases, start-up."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Trainlint
from trainlint import __version__


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_lists_every_command(trainlint: Trainlint, flag: str) -> None:
    result = trainlint(flag)
    assert result.exit_code == 0
    for command in ("check", "facts", "rule", "probe", "server", "log", "clean"):
        assert f"\n  {command} " in result.stdout


def test_version(trainlint: Trainlint) -> None:
    assert __version__ in trainlint("--version").stdout


def test_an_unknown_command_is_status_2(trainlint: Trainlint) -> None:
    assert trainlint("chekc").exit_code == 2


ROOT = Path(__file__).resolve().parents[2]
HERE = {**os.environ, "PYTHONPATH": str(ROOT)}

HEAVY = (
    "rich",
    "libcst",
    "torch",
    "numpy",
    "pathspec",
    "pygls",
    "asyncio",
    "pydoc",
    "unittest",
    "multiprocessing",
)


def modules_after(code: str, project: Path) -> set[str]:
    program = f"{code}\nimport sys\nprint(*sorted(sys.modules))"
    run = subprocess.run(
        [sys.executable, "-c", program],
        cwd=project,
        env=HERE,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert run.returncode == 0, run.stderr
    return set(run.stdout.splitlines()[-1].split())


def test_checking_a_file_in_a_pipe_imports_nothing_that_it_does_not_need(project: Path) -> None:
    loaded = modules_after(
        "from trainlint.cli import main\nmain(['check', 'flawed.py'], standalone_mode=False)", project
    )
    assert not loaded & set(HEAVY)
    assert "yaml" not in loaded
    assert "trainlint.frameworks.keras.layers" not in loaded  # a framework that the script does not use


def test_importing_the_command_line_imports_no_command(project: Path) -> None:
    loaded = modules_after("import trainlint.cli", project)
    assert not loaded & {"trainlint.cli.check", "trainlint.engine", "trainlint.checks", "rich"}


def test_python_m_runs_it(project: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "trainlint", "check", "flawed.py"],
        cwd=project,
        env=HERE,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert run.returncode == 1, run.stderr
    assert "TL601" in run.stdout
