"""The action, the project's own workflows, and what docs/ci.md shows: checked by actionlint and zizmor, and run."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.conftest import CLEAN, FLAWED
from trainlint.cli.options import FORMATS

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", PAGE, re.S)
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
SHOWN = [block for block in BLOCKS if "runs-on:" in block]


def tool(name: str) -> str:
    """A client beside this Python, or on the path."""
    found = shutil.which(name, path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if found is None:
        pytest.skip(f"needs {name} (in the extra `dev`)")
    return found


def lint(*command: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120, check=False)


def test_actionlint_accepts_the_workflows() -> None:
    assert [path.name for path in WORKFLOWS] == ["ci.yml", "release.yml"]
    run = lint(tool("actionlint"), *map(str, WORKFLOWS))
    assert run.returncode == 0, run.stdout


def test_actionlint_would_have_told(tmp_path: Path) -> None:
    broken = tmp_path / "broken.yml"
    broken.write_text(
        WORKFLOWS[0].read_text(encoding="utf-8").replace("runs-on:", "run-on:"), encoding="utf-8"
    )
    assert lint(tool("actionlint"), str(broken)).returncode == 1


def test_zizmor_finds_nothing_in_workflows_and_action() -> None:
    run = lint(tool("zizmor"), "--offline", "--no-progress", ".github", "action.yml")
    assert run.returncode == 0, run.stdout


def test_zizmor_would_have_told(tmp_path: Path) -> None:
    text = (ROOT / "action.yml").read_text(encoding="utf-8").replace("$PATHS", "${{ inputs.paths }}")
    (tmp_path / "action.yml").write_text(text, encoding="utf-8")
    run = lint(tool("zizmor"), "--offline", "--no-progress", "action.yml", cwd=tmp_path)
    assert "template-injection" in run.stdout


def test_actionlint_accepts_the_workflows_of_the_documentation(tmp_path: Path) -> None:
    assert len(SHOWN) == 2
    for number, block in enumerate(SHOWN):
        path = tmp_path / f"{number}.yml"
        path.write_text(block, encoding="utf-8")
        run = lint(tool("actionlint"), str(path))
        assert run.returncode == 0, run.stdout


def test_what_the_documentation_passes_to_the_action_are_inputs_of_it() -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    steps = [
        step for block in SHOWN for job in yaml.safe_load(block)["jobs"].values() for step in job["steps"]
    ]
    used = [step["with"] for step in steps if "trainlint" in step["uses"]]
    assert len(used) == 2
    assert {name for given in used for name in given} <= set(action["inputs"])
    sentence = re.search(r"^Inputs: (.*?)\. Outputs: (.*?)\.$", PAGE, re.M)
    assert sentence is not None
    assert re.findall(r"`([\w-]+)`(?= \(|,|$| )", re.sub(r"\([^)]*\)", "", sentence[1])) == list(
        action["inputs"]
    )
    assert re.findall(r"`(\w+)`", sentence[2]) == list(action["outputs"])


def test_every_format_is_documented() -> None:
    table = PAGE.split("| format | for |")[1]
    assert [
        name for row in re.findall(r"^\| (`.*?) \|", table, re.M) for name in re.findall(r"`(\w+)`", row)
    ] == [*FORMATS]


def test_the_other_blocks_are_what_they_seem() -> None:
    hook, probing, gitlab = (yaml.safe_load(block) for block in BLOCKS if block not in SHOWN)
    known = {
        hook["id"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    }
    assert hook["repos"][0]["hooks"][0]["id"] in known
    assert probing["hooks"][0]["additional_dependencies"] == ["torch>=2.1"]
    assert gitlab["trainlint"]["artifacts"]["reports"]["codequality"] in gitlab["trainlint"]["script"][1]


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
class TestTheActionItself:
    """The step that checks, run as a runner runs it."""

    def run(self, folder: Path, **given: str) -> tuple[int, str, str]:
        """Exit status, what the step printed, and what it set as outputs."""
        action: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
        step = next(step for step in action["runs"]["steps"] if step.get("id") == "check")
        inputs = {name: spec["default"] for name, spec in action["inputs"].items()} | given
        environment = {
            name: inputs[re.fullmatch(r"\$\{\{ inputs\.([\w-]+) \}\}", value)[1]]  # type: ignore[index]
            for name, value in step["env"].items()
        }
        temp = folder.parent / f"{folder.name}-runner"
        program = temp / "trainlint" / "bin" / "trainlint"
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m trainlint "$@"\n', encoding="utf-8")
        program.chmod(0o755)
        (temp / "output").write_text("", encoding="utf-8")
        env = {**os.environ, "PYTHONPATH": str(ROOT), "RUNNER_TEMP": str(temp),
               "GITHUB_OUTPUT": str(temp / "output"), **environment}  # fmt: skip
        command = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]]
        run = subprocess.run(
            command, cwd=folder, env=env, capture_output=True, text=True, timeout=120, check=False
        )
        assert "internal error" not in run.stderr
        return run.returncode, run.stdout + run.stderr, (temp / "output").read_text(encoding="utf-8")

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        folder = tmp_path / "work"
        (folder / "my code").mkdir(parents=True)
        (folder / "flawed.py").write_text(FLAWED, encoding="utf-8")
        (folder / "clean.py").write_text(CLEAN, encoding="utf-8")
        return folder

    def test_findings_are_annotations_and_fail_the_step(self, folder: Path) -> None:
        status, text, outputs = self.run(folder)
        assert (status, outputs) == (1, "status=1\n")
        assert "::warning title=TL601 sigmoid-in-hidden-layer,file=flawed.py,line=4" in text

    def test_clean_code_passes(self, folder: Path) -> None:
        assert self.run(folder, paths="clean.py")[::2] == (0, "status=0\n")

    def test_fail_false_lets_findings_pass_and_writes_the_report(self, folder: Path) -> None:
        given = {
            "output-format": "sarif",
            "output-file": "out.sarif",
            "fail": "false",
            "paths": "clean.py\nflawed.py\n",
        }
        assert self.run(folder, **given)[::2] == (0, "status=1\n")
        run = json.loads((folder / "out.sarif").read_text(encoding="utf-8"))["runs"][0]
        assert [result["ruleId"] for result in run["results"]] == ["TL601", "TL601"]

    def test_options_and_level_are_passed_on(self, folder: Path) -> None:
        assert self.run(folder, args="--select TL4  --ignore TL7")[0] == 0
        assert self.run(folder, level="error")[0] == 0

    def test_wrong_usage_fails_even_then(self, folder: Path) -> None:
        assert self.run(folder, fail="false", args="--no-such-option")[::2] == (2, "status=2\n")

    def test_what_is_passed_is_never_a_command(self, folder: Path) -> None:
        self.run(folder, paths="clean.py; touch owned $(touch owned) `touch owned`", args="--exit-zero")
        assert not (folder / "owned").exists()
