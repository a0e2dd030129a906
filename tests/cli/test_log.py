"""`check --log`, `trainlint log` and `trainlint clean` in a git repository."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import CLEAN, FLAWED, Trainlint

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")


def git(project: Path, *arguments: str) -> str:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    identity = ("-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")
    run = subprocess.run(
        ["git", *identity, *arguments], cwd=project, env=clean, capture_output=True, text=True, check=True
    )
    return run.stdout.strip()


@pytest.fixture
def repository(project: Path, trainlint: Trainlint) -> Path:
    """Two commits, each checked with --log: the first has two faults, the second mends them and brings one."""
    git(project, "init", "--quiet")
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message", "first")
    assert trainlint("check", "--log").exit_code == 1
    (project / "flawed.py").write_text(CLEAN, encoding="utf-8")
    (project / "new.py").write_text(CLEAN.replace("ReLU", "Sigmoid", 1), encoding="utf-8")
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message", "second")
    assert trainlint("check", "--log").exit_code == 1
    return project


def test_the_log_is_no_part_of_the_repository(repository: Path) -> None:
    assert (repository / ".trainlint" / "log.sqlite").exists()
    assert git(repository, "status", "--porcelain") == ""


def test_runs_and_what_is_open(repository: Path, trainlint: Trainlint) -> None:
    result = trainlint("log")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert "2 findings +2  ." in lines[0]
    assert "1 finding +1 -2  ." in lines[1]
    assert git(repository, "rev-parse", "HEAD")[:10] in lines[1]
    assert "1 open, 2 gone" in result.stdout
    assert "new.py:4 TL601 sigmoid-in-hidden-layer warning" in result.stdout
    assert "flawed.py" not in result.stdout
    assert trainlint("log", "--last", "1").stdout.splitlines()[0] == lines[1]


def test_a_rule_and_a_place(repository: Path, trainlint: Trainlint) -> None:
    first = git(repository, "rev-parse", "--short=10", "HEAD~1")
    for arguments in (("--rule", "TL601"), ("--rule", "sigmoid-in-hidden-layer"), ("--place", ".")):
        assert trainlint("log", *arguments).stdout.count("TL601") == 3, arguments
    result = trainlint("log", "--place", "flawed.py:4")
    assert result.stdout.count(f"at {first}, gone ") == 2
    assert trainlint("log", "--place", "flawed.py:5").stdout == "Nothing was found there so far.\n"
    assert trainlint("log", "--rule", "TL401").stdout == "Nothing was found there so far.\n"
    assert trainlint("log", "--rule", "TL4").exit_code == 2


def test_between_two_commits(repository: Path, trainlint: Trainlint) -> None:
    result = trainlint("log", "--between", "HEAD~1..HEAD")
    assert result.stdout.startswith("1 came\nnew.py:4 TL601")
    assert "\n2 went\nflawed.py:4 TL601" in result.stdout
    document = json.loads(trainlint("log", "--between", "HEAD~1..", "--output-format", "json").stdout)
    assert [f["path"] for f in document["came"]] == ["new.py"]
    assert [f["how"] for f in document["went"]] == ["gone", "gone"]


def test_commits_that_are_not_there_or_not_logged_are_messages(
    repository: Path, trainlint: Trainlint
) -> None:
    assert "git knows no commit 'main~99'" in trainlint("log", "--between", "main~99..HEAD").stderr
    git(repository, "commit", "--quiet", "--allow-empty", "--message", "third")
    result = trainlint("log", "--between", "HEAD~1..HEAD")
    assert result.exit_code == 2
    assert "is in the log" in result.stderr
    assert trainlint("log", "--between", "HEAD").exit_code == 2


def test_json_carries_runs_and_findings(repository: Path, trainlint: Trainlint) -> None:
    document = json.loads(trainlint("log", "--output-format", "json").stdout)
    assert [run["found"] for run in document["runs"]] == [2, 1]
    assert {f["path"] for f in document["findings"] if f["ended"] is None} == {"new.py"}


def test_a_baseline_hides_nothing_from_the_log(project: Path, trainlint: Trainlint) -> None:
    trainlint("check", "--write-baseline")
    assert trainlint("check", "--log", "--baseline", "trainlint-baseline.json").exit_code == 0
    assert "2 open" in trainlint("log").stdout


def test_without_a_log_it_says_how_to_start_one(trainlint: Trainlint) -> None:
    result = trainlint("log")
    assert result.exit_code == 2
    assert "`trainlint check --log` starts one" in result.stderr


def test_clean_keeps_the_log_unless_told(repository: Path, trainlint: Trainlint) -> None:
    (repository / ".trainlint_cache").mkdir()
    (repository / ".trainlint_cache" / "x").write_text(FLAWED, encoding="utf-8")
    result = trainlint("clean")
    assert result.stdout == "Removed .trainlint_cache.\n.trainlint/log.sqlite stays (--log removes it).\n"
    assert not (repository / ".trainlint_cache").exists()
    assert trainlint("clean", "--log").stdout == "Removed .trainlint/log.sqlite.\n"
    assert not (repository / ".trainlint").exists()
    assert trainlint("clean").stdout == "Nothing to clean.\n"


CLIPPED_LATE = """\
import torch
from torch import nn

model = nn.Linear(8, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for x in range(10):
    optimizer.zero_grad()
    model(torch.randn(4, 8)).pow(2).mean().backward()
    optimizer.step()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
"""


def test_what_a_fix_mends_is_on_record_as_fixed(project: Path, trainlint: Trainlint) -> None:
    (project / "late.py").write_text(CLIPPED_LATE, encoding="utf-8")
    trainlint("check", "--log", "late.py")
    assert trainlint("check", "--log", "--fix", "late.py").exit_code == 0
    (found,) = json.loads(trainlint("log", "--rule", "TL704", "--output-format", "json").stdout)
    assert (found["how"], found["path"]) == ("fixed", "late.py")
