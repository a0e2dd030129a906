"""GitHub's annotations and GitLab's code quality report, held against what others publish about these formats: GitHub's own
toolkit writes the same commands, and the types of Code Climate's issues take the report."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Trainlint
from tests.report.samples import EMPTY, FINDINGS, REPORT
from trainlint.report.github import github_report
from trainlint.report.gitlab import gitlab_report

HERE = Path(__file__).parent / "node"


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with GitHub's toolkit and Code Climate's types installed."""
    if shutil.which("npm") is None:
        pytest.skip("needs node and npm")
    directory = tmp_path_factory.mktemp("node")
    for file in HERE.iterdir():
        shutil.copy(file, directory)
    command = ["npm", "install", "--no-audit", "--no-fund", "--silent"]
    run = subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=300)
    if run.returncode != 0:
        pytest.skip(f"npm cannot install what is needed: {run.stderr.strip()[-200:]}")
    return directory


class TestGithub:
    def test_its_own_toolkit_writes_the_same_commands(self, node: Path) -> None:
        calls: list[Any] = [
            [
                "error",
                "A rate of 50, i.e. 100 % too much:\nlower it.\nFrom conf/ä.yaml:2 optim.lr",
                {
                    "title": "TL401 learning-rate-too-large",
                    "file": "src/my train.py",
                    "startLine": 3,
                    "endLine": 4,
                },
            ],
            [
                "notice",
                "He: a, b",
                {
                    "title": "TL603 missing-he-init",
                    "file": "net.py",
                    "startLine": 7,
                    "endLine": 7,
                    "startColumn": 2,
                    "endColumn": 8,
                },
            ],
        ]
        run = subprocess.run(
            ["node", "commands.mjs"],
            cwd=node,
            input=json.dumps(calls),
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        ours = github_report(REPORT).splitlines()
        assert [ours[0], ours[2]] == run.stdout.splitlines()

    def test_a_finding_in_a_notebook_stands_at_the_file_and_names_its_cell(self) -> None:
        line = github_report(REPORT).splitlines()[1]
        assert line.startswith("::warning title=TL601 sigmoid-in-hidden-layer,file=a.ipynb::cell 3, line 2: ")

    def test_every_finding_is_one_line(self, trainlint: Trainlint) -> None:
        assert len(github_report(REPORT).splitlines()) == len(FINDINGS)
        result = trainlint("check", "--output-format", "github")
        assert result.exit_code == 1
        title = "::warning title=TL601 sigmoid-in-hidden-layer,file=flawed.py,line=4,endLine=4,col="
        assert [line.startswith(title) for line in result.stdout.splitlines()] == [True, True]


class TestGitlab:
    def test_the_types_of_code_climate_take_it(self, node: Path) -> None:
        severities = '"info" | "minor" | "major" | "critical" | "blocker"'
        program = (
            'import type { Issue } from "codeclimate-types";\n'
            f"export const issues: (Issue & {{ fingerprint: string; severity: {severities} }})[] = "
            f"{gitlab_report(REPORT)};\n"
        )
        (node / "report.ts").write_text(program, encoding="utf-8")
        command = ["npx", "--no-install", "tsc", "--noEmit", "--strict", "report.ts"]
        run = subprocess.run(command, cwd=node, capture_output=True, text=True, timeout=120)
        assert run.returncode == 0, run.stdout
        (node / "wrong.ts").write_text(program.replace('"begin"', '"start"'), encoding="utf-8")
        run = subprocess.run(
            [*command[:-1], "wrong.ts"], cwd=node, capture_output=True, text=True, timeout=120
        )
        assert "begin: number" in run.stdout, "the types would have told"

    def test_an_issue_says_what_gitlab_needs(self) -> None:
        issue = json.loads(gitlab_report(REPORT))[0]
        assert issue["description"] == "TL401 A rate of 50, i.e. 100 % too much: lower it."
        assert issue["severity"] == "critical"
        assert issue["location"] == {"path": "src/my train.py", "lines": {"begin": 3, "end": 4}}
        assert len(issue["fingerprint"]) == 32

    def test_nothing_found_is_an_empty_array(self) -> None:
        assert json.loads(gitlab_report(EMPTY)) == []
