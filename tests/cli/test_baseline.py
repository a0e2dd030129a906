"""`--baseline` and `--write-baseline`: an old repository reports only what is new."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.cli.conftest import CLEAN, FLAWED, Trainlint


def test_what_the_baseline_knows_is_not_reported(project: Path, trainlint: Trainlint) -> None:
    written = trainlint("check", "--write-baseline")
    assert (written.exit_code, written.stdout) == (0, "")
    assert "Wrote 2 findings to trainlint-baseline.json" in written.stderr
    result = trainlint("check", "--baseline", "trainlint-baseline.json")
    assert result.exit_code == 0
    assert "0 errors, 0 warnings, 2 in the baseline" in result.stdout


def test_moved_lines_are_still_known_and_a_new_finding_is_not(project: Path, trainlint: Trainlint) -> None:
    trainlint("check", "--write-baseline", "known.json")
    (project / "flawed.py").write_text("# a comment\n\n" + FLAWED, encoding="utf-8")
    assert trainlint("check", "--baseline", "known.json").exit_code == 0
    (project / "clean.py").write_text(CLEAN.replace("ReLU", "Sigmoid", 1), encoding="utf-8")
    result = trainlint("check", "--baseline", "known.json", "--output-format", "json")
    assert result.exit_code == 1
    assert [(f["path"], f["code"]) for f in json.loads(result.stdout)] == [("clean.py", "TL601")]


def test_findings_of_it_that_are_gone_are_counted_by_a_run_that_saw_as_much(
    project: Path, trainlint: Trainlint
) -> None:
    trainlint("check", "--write-baseline")
    (project / "flawed.py").write_text(CLEAN, encoding="utf-8")
    message = "2 findings of the baseline are gone (--write-baseline updates it)."
    assert message in trainlint("check", "--baseline", "trainlint-baseline.json").stdout
    assert message not in trainlint("check", "clean.py", "--baseline", "trainlint-baseline.json").stdout


def test_it_holds_from_any_directory(
    project: Path, trainlint: Trainlint, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainlint("check", "--write-baseline")
    (project / "sub").mkdir()
    monkeypatch.chdir(project / "sub")
    assert trainlint("check", "..", "--baseline", "../trainlint-baseline.json").exit_code == 0


def test_the_settings_name_it(project: Path, trainlint: Trainlint) -> None:
    (project / "trainlint.toml").write_text('baseline = "known.json"\n', encoding="utf-8")
    trainlint("check", "--write-baseline")
    assert (project / "known.json").exists()
    assert trainlint("check").exit_code == 0
    assert trainlint("check", "--isolated").exit_code == 1


def test_a_path_after_the_flag_is_a_path_and_no_file_to_write(project: Path, trainlint: Trainlint) -> None:
    assert trainlint("check", "--write-baseline", "flawed.py").exit_code == 0
    assert (project / "flawed.py").read_text(encoding="utf-8") == FLAWED
    known = json.loads((project / "trainlint-baseline.json").read_text(encoding="utf-8"))
    assert known["paths"] == ["flawed.py"]
    assert [entry["path"] for entry in known["findings"]] == ["flawed.py", "flawed.py"]


def test_no_other_file_is_overwritten(project: Path, trainlint: Trainlint) -> None:
    (project / "package.json").write_text('{"name": "mine"}', encoding="utf-8")
    result = trainlint("check", "--write-baseline", "package.json")
    assert result.exit_code == 2
    assert "package.json: is no baseline of trainlint" in result.stderr
    assert json.loads((project / "package.json").read_text(encoding="utf-8")) == {"name": "mine"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "there is no such baseline"),
        ("[", "is no baseline of trainlint"),
        ('{"trainlint-baseline": 99}', "is a baseline of version 99"),
        ('{"trainlint-baseline": 1, "findings": [7]}', "is no baseline of trainlint"),
    ],
)
def test_one_that_cannot_be_read_is_status_2(
    project: Path, trainlint: Trainlint, text: str | None, message: str
) -> None:
    if text is not None:
        (project / "known.json").write_text(text, encoding="utf-8")
    result = trainlint("check", "--baseline", "known.json")
    assert result.exit_code == 2
    assert message in result.stderr


def test_it_reads_well_in_a_review(project: Path, trainlint: Trainlint) -> None:
    trainlint("check", "--write-baseline")
    first = (project / "trainlint-baseline.json").read_bytes()
    os.utime(project / "flawed.py")
    trainlint("check", "--write-baseline")
    assert (project / "trainlint-baseline.json").read_bytes() == first
    places = [(entry["path"], entry["line"]) for entry in json.loads(first)["findings"]]
    assert places == sorted(places)
