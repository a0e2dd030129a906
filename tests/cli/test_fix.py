"""`trainlint check --fix`, `--unsafe-fixes`, `--diff`, `--fix-only` and `--add-ignore`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import FLAWED, Trainlint

SAFE = """\
import torch
from torch import nn

model = nn.Linear(8, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
for x in range(100):
    loss = model(torch.randn(4, 8)).pow(2).mean()
    loss.backward()
    optimizer.step()
"""
MENDED = SAFE.replace("    loss.backward", "    optimizer.zero_grad()\n    loss.backward")
UNSAFE = MENDED.replace(
    "    loss.backward()\n    optimizer.step()\n", "    optimizer.step()\n    loss.backward()\n"
)


@pytest.fixture
def script(project: Path) -> Path:
    path = project / "train.py"
    path.write_text(SAFE)
    return path


def test_fix_mends_reports_the_rest_and_says_what_it_did(trainlint: Trainlint, script: Path) -> None:
    result = trainlint("check", "--fix", "train.py", "flawed.py")
    assert script.read_text() == MENDED
    assert "Fixed 1 finding in 1 file: TL001." in result.stderr
    assert result.exit_code == 1
    assert "TL601" in result.stdout
    assert "TL001" not in result.stdout


def test_fix_of_everything_ends_with_status_0(trainlint: Trainlint, script: Path) -> None:
    assert trainlint("check", "--fix", "train.py").exit_code == 0


def test_without_fix_nothing_is_written_and_the_summary_says_what_could_be(
    trainlint: Trainlint, script: Path
) -> None:
    result = trainlint("check", "train.py")
    assert script.read_text() == SAFE
    assert "1 fixable (--fix)" in result.stdout


def test_unsafe_fixes_are_made_only_with_unsafe_fixes(trainlint: Trainlint, script: Path) -> None:
    script.write_text(UNSAFE)
    result = trainlint("check", "--fix", "train.py")
    assert (result.exit_code, script.read_text()) == (1, UNSAFE)
    assert "1 unsafely fixable (--fix --unsafe-fixes)" in result.stdout
    result = trainlint("check", "--fix", "--unsafe-fixes", "train.py")
    assert (result.exit_code, script.read_text()) == (0, MENDED)


def test_diff_shows_and_writes_nothing(trainlint: Trainlint, script: Path) -> None:
    result = trainlint("check", "--diff", "train.py")
    assert (result.exit_code, script.read_text()) == (1, SAFE)
    assert result.stdout == (
        "--- a/train.py\n+++ b/train.py\n@@ -5,5 +5,6 @@\n optimizer = torch.optim.SGD(model.parameters(), lr=0.01)\n"
        " for x in range(100):\n     loss = model(torch.randn(4, 8)).pow(2).mean()\n+    optimizer.zero_grad()\n"
        "     loss.backward()\n     optimizer.step()\n"
    )
    script.write_text(MENDED)
    assert trainlint("check", "--diff", "train.py").exit_code == 0


def test_fix_only_reports_nothing_and_ends_with_status_0(trainlint: Trainlint, script: Path) -> None:
    result = trainlint("check", "--fix-only", "train.py", "flawed.py")
    assert (result.exit_code, result.stdout, script.read_text()) == (0, "", MENDED)


def test_standard_input_comes_out_mended(trainlint: Trainlint, project: Path) -> None:
    result = trainlint("check", "--fix", "-", stdin=SAFE)
    assert result.stdout == MENDED
    assert not (project / "stdin.py").exists()


def test_json_holds_the_fix(trainlint: Trainlint, script: Path) -> None:
    (finding,) = json.loads(trainlint("check", "--output-format", "json", "train.py").stdout)
    assert finding["fix"]["applicability"] == "safe"
    (edit,) = finding["fix"]["edits"]
    assert edit["replacement"] == "    optimizer.zero_grad()\n"
    assert (edit["path"], edit["line"], edit["column"]) == ("train.py", 8, 1)


def test_a_read_only_directory_is_a_message(
    trainlint: Trainlint, script: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tempfile

    def refuse(*_: object, **__: object) -> tuple[int, str]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "mkstemp", refuse)
    result = trainlint("check", "--fix", "train.py")
    assert result.exit_code == 2
    assert "train.py: cannot be written: Permission denied" in result.stderr
    assert script.read_text() == SAFE


class TestAddIgnore:
    def test_every_finding_gets_a_comment_and_the_next_run_is_clean(
        self, trainlint: Trainlint, script: Path
    ) -> None:
        result = trainlint("check", "--add-ignore", "train.py", "flawed.py")
        assert result.exit_code == 0, result.stdout
        assert "    loss.backward()  # trainlint: ignore[TL001]\n" in script.read_text()
        assert Path("flawed.py").read_text() == FLAWED.rstrip("\n") + "  # trainlint: ignore[TL601]\n"
        assert trainlint("check", "train.py", "flawed.py").exit_code == 0

    def test_a_comment_that_is_there_takes_the_code(self, trainlint: Trainlint, script: Path) -> None:
        script.write_text(SAFE.replace("loss.backward()", "loss.backward()  # trainlint: ignore[TL703] why"))
        trainlint("check", "--add-ignore", "--ignore", "TL059", "train.py")
        assert "loss.backward()  # trainlint: ignore[TL703, TL001] why\n" in script.read_text()

    def test_configs_get_theirs_and_json_has_none(self, trainlint: Trainlint, project: Path) -> None:
        code = SAFE.replace("import torch\n", "import json\nimport torch\nimport yaml\n", 1).replace(
            "lr=0.01",
            'lr=yaml.safe_load(open("a.yaml"))["lr"], weight_decay=json.load(open("b.json"))["decay"]',
        )
        (project / "c.py").write_text(
            code.replace("    loss.back", "    optimizer.zero_grad()\n    loss.back")
        )
        (project / "a.yaml").write_text("lr: 1e-3\n")
        (project / "b.json").write_text('{"decay": "1e-3"}\n')
        result = trainlint("check", "--add-ignore", "c.py", "a.yaml", "b.json")
        assert (project / "a.yaml").read_text() == "lr: 1e-3  # trainlint: ignore[TL050]\n"
        assert (project / "b.json").read_text() == '{"decay": "1e-3"}\n'
        assert result.exit_code == 1
        assert "b.json" in result.stdout
