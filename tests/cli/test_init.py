"""`trainlint init`: settings, hook and baseline, without harm to what is there."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from tests.cli.conftest import CLEAN, Trainlint
from trainlint.cli import main

OTHER_HOOKS = """\
# our hooks
default_language_version:
    python: python3
repos:
# formatting
-   repo: https://github.com/astral-sh/ruff-pre-commit
    rev: v0.9.0
    hooks:
    -   id: ruff   # keep
"""


@pytest.fixture
def repository(project: Path) -> Path:
    (project / ".git").mkdir()
    return project


def hooks(project: Path) -> list[str]:
    config = yaml.safe_load((project / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    return [hook["id"] for repo in config["repos"] for hook in repo["hooks"]]


def test_yes_writes_settings_hook_and_baseline_and_the_next_check_is_clean(
    repository: Path, trainlint: Trainlint
) -> None:
    result = trainlint("init", "--yes")
    assert result.exit_code == 0, result.output
    settings = tomllib.loads((repository / "trainlint.toml").read_text(encoding="utf-8"))
    assert settings == {"level": "warning", "baseline": "trainlint-baseline.json"}
    assert hooks(repository) == ["trainlint"]
    assert "entry: trainlint check --changed\n" in (repository / ".pre-commit-config.yaml").read_text()
    assert "Wrote 2 findings to trainlint-baseline.json;" in result.stderr
    known = json.loads((repository / "trainlint-baseline.json").read_text(encoding="utf-8"))
    assert len(known["findings"]) == 2
    assert trainlint("check").exit_code == 0


def test_a_second_time_changes_nothing(repository: Path, trainlint: Trainlint) -> None:
    trainlint("init", "--yes")
    before = {path: path.read_bytes() for path in repository.iterdir() if path.is_file()}
    result = trainlint("init", "--yes")
    assert "Settings are in trainlint.toml already." in result.stdout
    assert "has a trainlint hook already" in result.stdout
    assert {path: path.read_bytes() for path in repository.iterdir() if path.is_file()} == before


def test_what_stands_in_pyproject_and_hooks_stays(repository: Path, trainlint: Trainlint) -> None:
    mine = '[project]\nname = "x"  # mine'
    (repository / "pyproject.toml").write_text(mine, encoding="utf-8")
    (repository / ".pre-commit-config.yaml").write_text(OTHER_HOOKS, encoding="utf-8")
    (repository / "flawed.py").write_text(CLEAN, encoding="utf-8")
    result = trainlint("init", "--yes")
    assert "no baseline is needed" in result.stdout
    text = (repository / "pyproject.toml").read_text(encoding="utf-8")
    assert text.startswith(mine + "\n\n[tool.trainlint]\n")
    assert tomllib.loads(text)["tool"]["trainlint"] == {"level": "warning"}
    assert hooks(repository) == ["trainlint", "ruff"]
    kept = (repository / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    for line in OTHER_HOOKS.splitlines():
        assert line in kept.splitlines()


def test_it_asks_and_no_means_no(repository: Path) -> None:
    result = CliRunner().invoke(main, ["init"], input="n\nn\nn\n")
    assert result.exit_code == 0, result.output
    for question in ("Write trainlint.toml?", "with a trainlint hook?", "2 findings today."):
        assert question in result.output
    assert {path.name for path in repository.iterdir()} == {".git", "clean.py", "flawed.py"}


def test_hooks_that_cannot_be_added_to_are_left_and_the_entry_is_shown(
    repository: Path, trainlint: Trainlint
) -> None:
    (repository / ".pre-commit-config.yaml").write_text("repos: []\n", encoding="utf-8")
    result = trainlint("init", "--yes")
    assert "- repo: local" in result.stdout
    assert (repository / ".pre-commit-config.yaml").read_text(encoding="utf-8") == "repos: []\n"
    assert (
        yaml.safe_load(result.stdout.split("would be:")[1].split("\n\n")[1])[0]["hooks"][0]["id"]
        == "trainlint"
    )


def test_outside_of_a_repository_no_hook_is_written(project: Path, trainlint: Trainlint) -> None:
    trainlint("init", "--yes")
    assert not (project / ".pre-commit-config.yaml").exists()
    assert (project / "trainlint.toml").exists()
