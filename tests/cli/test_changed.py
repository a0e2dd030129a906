"""`check --changed`: a change with the programs that use it, and nothing that it has no part in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import FLAWED, Trainlint
from trainlint.change import MAX_PROGRAMS

NET = """\
from torch import nn


class Net(nn.Module):
    def __init__(self, activation):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(8, 16), activation(), nn.Linear(16, 16), activation(), nn.Linear(16, 1))

    def forward(self, x):
        return self.body(x)
"""
TRAIN = """\
import torch
import yaml
from torch import nn

from lab.net import Net

with open("conf/run.yaml") as file:
    config = yaml.safe_load(file)
model = Net(nn.Sigmoid)
optimizer = torch.optim.SGD(model.parameters(), lr=config["lr"])
for step in range(100):
    optimizer.zero_grad()
    loss = model(torch.randn(4, 8)).pow(2).mean()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
"""


@pytest.fixture
def repository(project: Path) -> Path:
    for name, text in {
        "lab/__init__.py": "",
        "lab/net.py": NET,
        "train.py": TRAIN,
        "conf/run.yaml": "lr: 50.0\n",
    }.items():
        (project / name).parent.mkdir(exist_ok=True)
        (project / name).write_text(text, encoding="utf-8")
    return project


def check(trainlint: Trainlint, *arguments: str) -> set[tuple[str, str]]:
    result = trainlint("check", "--changed", "--output-format", "json", *arguments)
    assert result.exit_code in (0, 1), result.output
    return {(finding["code"], finding["path"]) for finding in json.loads(result.stdout)}


def test_a_config_is_judged_with_the_script_that_reads_it(repository: Path, trainlint: Trainlint) -> None:
    assert check(trainlint, "conf/run.yaml") == {("TL401", "train.py")}


def test_a_module_is_judged_with_the_values_that_its_script_gives_it(
    repository: Path, trainlint: Trainlint
) -> None:
    assert check(trainlint, "lab/net.py") == {("TL601", "lab/net.py")}
    assert trainlint("check", "lab/net.py").exit_code == 0, "alone, its activation is not known"


def test_faults_that_a_change_has_no_part_in_stay_out_of_it(repository: Path, trainlint: Trainlint) -> None:
    assert check(trainlint, "clean.py") == set()
    assert check(trainlint, "clean.py", "flawed.py") == {("TL601", "flawed.py")}


def test_files_that_a_check_of_everything_leaves_out_are_left_out(
    repository: Path, trainlint: Trainlint
) -> None:
    (repository / "chart.yaml").write_text("replicas: {{ .Values.replicas }}\n", encoding="utf-8")
    (repository / "build").mkdir()
    (repository / "build" / "copy.py").write_text(FLAWED, encoding="utf-8")
    assert check(trainlint, "chart.yaml", "build/copy.py") == set()


def test_settings_say_which_script_a_config_belongs_to(repository: Path, trainlint: Trainlint) -> None:
    (repository / "conf" / "other.yaml").write_text("lr: 99.0\n", encoding="utf-8")
    assert check(trainlint, "conf/other.yaml") == set()
    settings = '[configs]\n"train.py" = ["conf/other.yaml"]\n'
    (repository / "trainlint.toml").write_text(settings, encoding="utf-8")
    text = TRAIN.replace('open("conf/run.yaml")', "open(sys.argv[1])").replace(
        "import torch\n", "import sys\nimport torch\n", 1
    )
    (repository / "train.py").write_text(text, encoding="utf-8")
    assert check(trainlint, "conf/other.yaml") == {("TL401", "train.py")}


def test_what_everything_uses_is_checked_with_the_nearest_programs_and_says_so(
    repository: Path, trainlint: Trainlint
) -> None:
    for number in range(MAX_PROGRAMS + 2):
        (repository / f"train_{number}.py").write_text(TRAIN, encoding="utf-8")
    result = trainlint("check", "--changed", "lab/net.py")
    assert "3 more programs that use these files were not checked" in result.stderr


def test_fixes_keep_to_the_change(repository: Path, trainlint: Trainlint) -> None:
    late = TRAIN.replace("    nn.utils.clip_grad_norm_(model.parameters(), 1.0)\n", "")
    late += "    nn.utils.clip_grad_norm_(model.parameters(), 1.0)\n"
    for name in ("train.py", "other.py"):
        (repository / name).write_text(late, encoding="utf-8")
    trainlint("check", "--changed", "--fix", "train.py")
    assert (repository / "train.py").read_text(encoding="utf-8") != late
    assert (repository / "other.py").read_text(encoding="utf-8") == late
