"""A command line is taken apart, and what cannot be run is refused with a word on what to write instead."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from trainlint.probe.script.command import BadCommand, Command, parse_command


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "train.py").write_text("print(1)\n")
    (tmp_path / "pkg" / "sub").mkdir(parents=True)
    (tmp_path / "pkg" / "sub" / "__main__.py").write_text("")
    (tmp_path / "pkg" / "tool.py").write_text("")
    return tmp_path


def parsed(text: str, project: Path) -> Command:
    return parse_command(text, project, sys.executable)


def test_a_script_with_its_arguments(project: Path) -> None:
    command = parsed("python train.py --epochs 1 --name 'a b'", project)
    assert (command.kind, command.target) == ("script", "train.py")
    assert command.arguments == ("--epochs", "1", "--name", "a b")
    assert command.entry(project) == project / "train.py"


def test_a_script_alone_runs_with_the_interpreter_of_trainlint(project: Path) -> None:
    assert parsed("train.py", project).interpreter == sys.executable


def test_flags_of_the_interpreter_and_variables_in_front(project: Path) -> None:
    command = parsed("SEED=3 CUDA_VISIBLE_DEVICES= python3 -u -W ignore train.py", project)
    assert command.flags == ("-u", "-W", "ignore")
    assert command.environment == {"SEED": "3", "CUDA_VISIBLE_DEVICES": ""}


@pytest.mark.parametrize(
    ("module", "file"), [("pkg.tool", "pkg/tool.py"), ("pkg.sub", "pkg/sub/__main__.py")]
)
def test_a_module_and_its_file(project: Path, module: str, file: str) -> None:
    command = parsed(f"python -m {module} --fast", project)
    assert (command.kind, command.target, command.arguments) == ("module", module, ("--fast",))
    assert command.entry(project) == project / file


def test_code_given_on_the_line(project: Path) -> None:
    command = parsed("python -c 'print(1)' x", project)
    assert (command.kind, command.target, command.arguments) == ("code", "print(1)", ("x",))
    assert command.entry(project) is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no program is named"),
        ("python", "given no program"),
        ("python -m", "lacks its argument"),
        ("python missing.py", "missing.py: no such file"),
        ("python 'train.py", "no command"),
        ("./venv/bin/python train.py", "no such interpreter"),
        ("torchrun --nproc-per-node 2 train.py", "give the command of one"),
        ("python pkg", "without __main__.py"),
        ("no-such-program-anywhere", "no such program"),
        ("ls", "no Python program"),
    ],
)
def test_what_cannot_be_run(project: Path, text: str, says: str) -> None:
    with pytest.raises(BadCommand, match=says):
        parsed(text, project)
