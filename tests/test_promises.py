"""Promises about every run: nothing is executed or changed, and the same input gives the same output."""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.cli.conftest import FLAWED
from trainlint.cli import main

ROOT = Path(__file__).resolve().parent.parent
HARMFUL = f"""\
import os
import sys
from pathlib import Path

Path("executed").write_text("this ran")
os.environ["TRAINLINT_WAS_HERE"] = "1"
sys.exit(7)
{FLAWED}
"""


def check(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["check", "--output-format", "json", *arguments])
    return result.exit_code, result.stdout


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_what_is_linted_is_neither_imported_nor_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRAINLINT_WAS_HERE", raising=False)
    (tmp_path / "harmful.py").write_text(HARMFUL, encoding="utf-8")
    (tmp_path / "train.py").write_text(
        f"import harmful\nfrom harmful import model\n{FLAWED}", encoding="utf-8"
    )
    (tmp_path / "conftest.py").write_text(HARMFUL, encoding="utf-8")
    (tmp_path / "conf.yaml").write_text("lr: !!python/object/apply:os.mkdir [executed]\n", encoding="utf-8")
    status, _ = check()
    assert status == 1
    assert not (tmp_path / "executed").exists()
    assert "harmful" not in sys.modules


def test_no_file_is_written(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(FLAWED, encoding="utf-8")
    check()
    assert [path.name for path in tmp_path.rglob("*")] == ["train.py"]


def test_no_connection_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    (tmp_path / "train.py").write_text(FLAWED, encoding="utf-8")
    assert check()[0] == 1


def test_the_same_input_gives_the_same_output_in_any_order_of_arguments(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(ROOT / "examples")
    paths = [
        "house_prices/train.py",
        "house_prices/train_deep.py",
        "house_prices/conf",
        "house_prices/model.py",
    ]
    runs = [check("--level", "advice", *order) for order in (paths, paths, paths[::-1])]
    assert runs[0] == runs[1] == runs[2]
    assert len(json.loads(runs[0][1])) > 5


def test_findings_are_ordered_by_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT / "examples")
    places = [(f["path"], f["line"], f["column"]) for f in json.loads(check()[1])]
    assert places == sorted(places)


def test_dropping_trees_between_programs_changes_no_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    examples = sorted((ROOT / "examples").iterdir())
    monkeypatch.chdir(ROOT)
    arguments = [str(path.relative_to(ROOT)) for path in examples]
    kept = check("--level", "advice", *arguments)
    assert json.loads(kept[1])
    monkeypatch.setattr("trainlint.semantics.sources.MAX_LINES", 0)
    assert check("--level", "advice", *arguments) == kept
