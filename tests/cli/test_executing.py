"""`trainlint probe --run`, `--loss` and `--overfit` as a user meets them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Trainlint

PROGRAM = """
import torch
from torch import nn

model = nn.Sequential(nn.Linear(8, 16), nn.Sigmoid(), nn.Linear(16, 16), nn.Sigmoid(), nn.Linear(16, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=50.0)
criterion = nn.MSELoss()
for _ in range(1000):
    x, y = torch.randn(16, 8), torch.randn(16, 1)
    optimizer.zero_grad()
    criterion(model(x), y).backward()
    optimizer.step()
torch.save(model.state_dict(), "model.pt")
"""


class TestUsage:
    def test_the_help_says_what_executes_code(self, trainlint: Trainlint) -> None:
        output = trainlint("probe", "--help").output
        assert output.count("EXECUTES YOUR CODE") == 2
        assert "None of your code runs, unless --run or --loss asks for it" in output

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            (["--run", "python missing.py"], "missing.py: no such file"),
            (["--run", "torchrun train.py"], "give the command of one"),
            (["--run", ""], "no program is named"),
            (["--loss", "nothing"], "write it as FILE.py:NAME"),
            (["--loss", "missing.py:F"], "missing.py: no such file"),
            (["--loss", "clean.py:f", "clean.py"], "goes with neither PATHS"),
            (["--run", "python clean.py", "--overfit"], "exclude each other"),
            (["--run", "python clean.py", "--steps", "0"], "--steps"),
        ],
    )
    def test_wrong_usage_ends_with_status_2_and_a_word_on_what_to_write(
        self, trainlint: Trainlint, arguments: list[str], says: str
    ) -> None:
        result = trainlint("probe", *arguments)
        assert result.exit_code == 2
        assert says in result.output


@pytest.mark.torch
class TestRun:
    @pytest.fixture(autouse=True)
    def program(self, project: Path) -> None:
        pytest.importorskip("torch", reason="torch is not installed")
        (project / "train.py").write_text(PROGRAM)

    def test_findings_have_verdicts_and_the_report_says_that_code_ran(
        self, trainlint: Trainlint, project: Path
    ) -> None:
        result = trainlint("probe", "--run", "python train.py", "--steps", "10")
        assert result.exit_code == 1
        assert "trainlint: executing your code: python train.py (until 10 optimizer steps" in result.stderr
        assert "= probe: confirmed: SGD ran at a rate of up to 50 in 10 steps" in result.stdout
        assert "sigmoid layers" in result.stdout
        assert "Executed your code: python train.py, stopped after 10 optimizer steps." in result.stdout
        assert "network: kept out" in result.stdout
        assert not (project / "model.pt").exists()

    def test_json_is_the_only_thing_on_standard_output(self, trainlint: Trainlint, project: Path) -> None:
        result = trainlint(
            "probe",
            "--run",
            "python train.py",
            "--steps",
            "5",
            "--output-format",
            "json",
            "--record",
            "run.json",
        )
        found = {finding["code"]: finding["probe"] for finding in json.loads(result.stdout)}
        assert found["TL401"]["verdict"] == "confirmed"
        assert found["TL401"]["flagged"] == 50.0
        record = json.loads((project / "run.json").read_text())
        assert record["optimizers"][0]["rates"] == [50.0] * 5

    def test_a_program_that_fails_before_it_trains_is_status_2_with_its_last_words(
        self, trainlint: Trainlint, project: Path
    ) -> None:
        (project / "train.py").write_text("import torch\nraise FileNotFoundError('data/train.csv')\n")
        result = trainlint("probe", "--run", "python train.py")
        assert result.exit_code == 2
        assert (
            "failed after 0 optimizer steps: FileNotFoundError: data/train.csv (train.py:2)" in result.output
        )
        assert '  File "train.py", line 2, in <module>' in result.output
        assert "runpy" not in result.output
        assert "child.py" not in result.output


@pytest.mark.torch
class TestLoss:
    @pytest.fixture(autouse=True)
    def losses(self, project: Path) -> None:
        pytest.importorskip("torch", reason="torch is not installed")
        (project / "losses.py").write_text(
            "import torch.nn.functional as F\ndef good(p, t):\n    return F.cross_entropy(p, t)\n"
            "def bad(p, t):\n    return (p.argmax(1) == t).float().mean()\n"
        )

    def test_a_loss_that_descends_is_status_0(self, trainlint: Trainlint) -> None:
        result = trainlint("probe", "--loss", "losses.py:good")
        assert result.exit_code == 0
        assert "trainlint: executing your code: losses.py:good" in result.stderr
        assert result.stdout.startswith("good descends: ")
        assert "assumed: logits (N, 3) against class indices (N,)" in result.stdout

    def test_one_that_does_not_is_status_1_and_has_a_code(self, trainlint: Trainlint) -> None:
        result = trainlint("probe", "--loss", "losses.py:bad", "--output-format", "json")
        assert result.exit_code == 1
        found = json.loads(result.stdout)
        assert (found["code"], found["descends"], found["verdict"]) == ("TL219", False, "no graph")

    def test_one_that_is_not_there_is_status_2(self, trainlint: Trainlint) -> None:
        result = trainlint("probe", "--loss", "losses.py:ugly")
        assert result.exit_code == 2
        assert "'ugly' is not there; it has bad, good" in result.output


@pytest.mark.torch
def test_a_network_that_cannot_overfit_is_a_finding_and_no_code_runs(
    trainlint: Trainlint, project: Path
) -> None:
    pytest.importorskip("torch", reason="torch is not installed")
    network = "nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Dropout(P), nn.Linear(16, 16), nn.ReLU(), nn.Dropout(P), nn.Linear(16, 4))"
    for name, p in (("drowned", 0.95), ("fine", 0.1)):
        (project / f"{name}.py").write_text(
            PROGRAM.replace(PROGRAM.split("model = ")[1].split("\n")[0], network.replace("P", str(p)))
            .replace("torch.randn(16, 1)", "torch.randint(4, (16,))")
            .replace("MSELoss", "CrossEntropyLoss")
            + "\nopen('ran.txt', 'w')\n"
        )
    result = trainlint("probe", "--overfit", "drowned.py", "fine.py")
    assert result.exit_code == 1
    assert "drowned.py:5:9 TL109 cannot-overfit error" in result.stdout
    assert "fine.py:5): learns them" in result.stdout
    assert "Overfit: 1 of 2 networks cannot learn 16 samples by heart." in result.stdout
    assert not (project / "ran.txt").exists()
