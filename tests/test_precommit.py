"""The hooks of this repository, installed by the real pre-commit into a git repository of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.cli.conftest import CLEAN, FLAWED

ROOT = Path(__file__).resolve().parent.parent
IDENTITY = ("-c", "user.name=Tester", "-c", "user.email=tester@example.org", "-c", "commit.gpgsign=false")
NEEDED = ("pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml", "trainlint", "rules")

pytestmark = pytest.mark.skipif(
    shutil.which("git") is None
    or subprocess.run([sys.executable, "-c", "import pre_commit"]).returncode != 0,
    reason="needs git and pre-commit",
)


def git(
    directory: Path, *arguments: str, check: bool = True, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run git as somebody else's repository would see it: without this repository's own variables."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    clean |= {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{clean['PATH']}", **environment}
    run = subprocess.run(
        ["git", *IDENTITY, *arguments], cwd=directory, env=clean, capture_output=True, text=True, timeout=500
    )
    if check:
        assert run.returncode == 0, run.stdout + run.stderr
    return run


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """This repository as it stands, committed elsewhere, and the commit's id."""
    copy = tmp_path_factory.mktemp("trainlint")
    for name in NEEDED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, copy / name)
    git(copy, "init", "--quiet")
    git(copy, "add", "--all")
    git(copy, "commit", "--quiet", "--message", "as it stands")
    return copy, git(copy, "rev-parse", "HEAD").stdout.strip()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pre-commit keeps the hooks' environments, shared by the tests."""
    return tmp_path_factory.mktemp("pre-commit-home")


@pytest.fixture
def project(tmp_path: Path, hooks: tuple[Path, str], home: Path, request: pytest.FixtureRequest) -> Path:
    """A git repository that has a hook of ours installed; the parameter is the hook's id."""
    where, revision = hooks
    hook = getattr(request, "param", "trainlint")
    config = {"repos": [{"repo": str(where), "rev": revision, "hooks": [{"id": hook}]}]}
    git(tmp_path, "init", "--quiet")
    (tmp_path / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    command = [sys.executable, "-m", "pre_commit", "install"]
    subprocess.run(command, cwd=tmp_path, env=clean, check=True, capture_output=True, timeout=60)
    return tmp_path


def commit(project: Path, home: Path, **files: str) -> subprocess.CompletedProcess[str]:
    """Try to commit files (`train_py` is train.py)."""
    for name, text in files.items():
        (project / name.replace("_", ".")).write_text(text, encoding="utf-8")
    git(project, "add", "--all")
    return git(project, "commit", "--message", "a change", check=False, PRE_COMMIT_HOME=str(home))


@pytest.mark.parametrize("project", ["trainlint", "trainlint-fix"], indirect=True)
def test_a_commit_with_a_bug_is_refused_and_the_mended_one_passes(project: Path, home: Path) -> None:
    refused = commit(project, home, train_py=FLAWED)
    assert refused.returncode == 1, refused.stdout + refused.stderr
    assert "train.py:4:41 TL601" in refused.stdout + refused.stderr
    assert git(project, "rev-parse", "HEAD", check=False).returncode != 0

    passed = commit(project, home, train_py=CLEAN)
    assert passed.returncode == 0, passed.stdout + passed.stderr
    assert "a change" in git(project, "log", "--oneline").stdout


LOADS = """\
import torch
import yaml

with open("conf.yaml") as file:
    config = yaml.safe_load(file)
model = torch.nn.Linear(8, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=config["lr"])
for x in range(10):
    optimizer.zero_grad()
    model(torch.randn(4, 8)).pow(2).mean().backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
"""


def test_a_commit_that_changes_only_the_config_is_checked_with_the_script(project: Path, home: Path) -> None:
    first = commit(project, home, train_py=LOADS, conf_yaml="lr: 0.01\n")
    assert first.returncode == 0, first.stdout + first.stderr
    refused = commit(project, home, conf_yaml="lr: 50.0\n")
    assert refused.returncode == 1, refused.stdout + refused.stderr
    assert "TL401" in refused.stdout + refused.stderr


LATE = LOADS.replace("    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)\n", "").replace(
    'config["lr"]', "0.01"
) + ("    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)\n")


@pytest.mark.parametrize("project", ["trainlint-fix"], indirect=True)
def test_the_fixing_hook_mends_and_the_second_try_passes(project: Path, home: Path) -> None:
    refused = commit(project, home, train_py=LATE)
    assert refused.returncode == 1, refused.stdout + refused.stderr
    assert "Fixed 1 finding in 1 file: TL704." in refused.stdout + refused.stderr
    mended = (project / "train.py").read_text(encoding="utf-8")
    assert mended.index("clip_grad_norm_") < mended.index("optimizer.step()")
    passed = commit(project, home)
    assert passed.returncode == 0, passed.stdout + passed.stderr


def test_an_old_fault_elsewhere_does_not_stop_a_commit(project: Path, home: Path) -> None:
    (project / "old.py").write_text(FLAWED, encoding="utf-8")
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--no-verify", "--message", "before the hook")
    passed = commit(project, home, train_py=CLEAN)
    assert passed.returncode == 0, passed.stdout + passed.stderr


def test_a_commit_without_code_or_configs_runs_no_hook(project: Path, home: Path) -> None:
    (project / "broken.py").write_text(FLAWED, encoding="utf-8")
    (project / ".gitignore").write_text("broken.py\n.pre-commit-config.yaml\n", encoding="utf-8")
    passed = commit(project, home, notes_txt="nothing to check\n")
    assert passed.returncode == 0, passed.stdout + passed.stderr
    assert "Skipped" in passed.stdout + passed.stderr
