"""The log as such: spans of findings, verdicts, fixes, runs that saw less."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from trainlint.history.queries import Log
from trainlint.history.store import LogError, Run, add_run, log_file
from trainlint.model import Evidence, Finding, Level, Location

LINES = {("train.py", None, 3): "opt = SGD(lr=50)", ("train.py", None, 9): "loss.backward()"}
RATE = Finding(
    "TL401", "learning-rate-too-large", Level.ERROR, "Too much.", Location("train.py", 3, 7, 3, 17)
)
STEP = Finding("TL001", "missing-zero-grad", Level.ERROR, "Not cleared.", Location("train.py", 9, 1, 9, 16))
CODES = ("TL001", "TL401")


def log(root: Path, *findings: Finding, day: int = 1, **changes: object) -> None:
    run = Run(findings, LINES, ["."], CODES, "0.1.0")
    add_run(root, root, replace(run, **changes), datetime(2026, 1, day, 12, tzinfo=UTC))  # type: ignore[arg-type]


def story(root: Path) -> list[tuple[str, str, str | None, str | None, bool]]:
    return [
        (s.code, s.began[:10], s.ended[:10] if s.ended else None, s.how, s.again)
        for s in Log(root).stretches()
    ]


def test_a_finding_is_there_from_the_run_that_saw_it_first_to_the_one_that_no_longer_did(
    tmp_path: Path,
) -> None:
    log(tmp_path, RATE, STEP, day=1)
    log(tmp_path, RATE, STEP, day=2)
    log(tmp_path, STEP, day=3)
    assert story(tmp_path) == [
        ("TL401", "2026-01-01", "2026-01-03", "gone", False),
        ("TL001", "2026-01-01", None, None, False),
    ]
    assert [(run.found, run.came, run.went) for run in Log(tmp_path).runs()] == [
        (2, 2, 0),
        (2, 0, 0),
        (1, 0, 1),
    ]


def test_one_that_comes_back_has_a_second_stretch(tmp_path: Path) -> None:
    log(tmp_path, RATE, day=1)
    log(tmp_path, day=2)
    log(tmp_path, RATE, day=3)
    assert story(tmp_path) == [
        ("TL401", "2026-01-01", "2026-01-02", "gone", False),
        ("TL401", "2026-01-03", None, None, True),
    ]


@pytest.mark.parametrize(
    "changes",
    [{"paths": ["other.py"]}, {"codes": ("TL001",)}, {"complete": False}],
    ids=["other paths", "another rule", "it failed"],
)
def test_a_run_that_could_not_have_seen_it_ends_nothing(tmp_path: Path, changes: dict[str, object]) -> None:
    log(tmp_path, RATE)
    log(tmp_path, day=2, **changes)
    assert story(tmp_path) == [("TL401", "2026-01-01", None, None, False)]


def test_a_wider_run_ends_what_a_narrower_one_found(tmp_path: Path) -> None:
    log(tmp_path, RATE, paths=["train.py"])
    log(tmp_path, day=2)
    assert story(tmp_path) == [("TL401", "2026-01-01", "2026-01-02", "gone", False)]


def test_what_a_fix_ended_was_fixed_even_if_it_was_never_logged_before(tmp_path: Path) -> None:
    log(tmp_path, STEP, before=((RATE, STEP), LINES))
    assert story(tmp_path) == [
        ("TL401", "2026-01-01", "2026-01-01", "fixed", False),
        ("TL001", "2026-01-01", None, None, False),
    ]


def test_the_last_verdict_counts(tmp_path: Path) -> None:
    log(tmp_path, replace(RATE, probe=Evidence("inconclusive")))
    log(tmp_path, replace(RATE, probe=Evidence("confirmed", "loss", 9.0, 0.1, "5 seeds")), day=2)
    log(tmp_path, RATE, day=3)
    assert [s.verdict for s in Log(tmp_path).stretches()] == ["confirmed"]
    with closing(sqlite3.connect(log_file(tmp_path))) as db:
        assert db.execute("SELECT verdict, flagged FROM verdicts ORDER BY run").fetchall() == [
            ("inconclusive", None),
            ("confirmed", 9.0),
        ]


def test_between_two_commits(tmp_path: Path) -> None:
    log(tmp_path, RATE, commit="aaaa1111", day=1)
    log(tmp_path, RATE, STEP, commit="bbbb2222", day=2)
    log(tmp_path, STEP, commit="cccc3333", day=3)
    history = Log(tmp_path)
    old, new = history.run_at("aaaa"), history.run_at("cccc3333")
    assert old is not None and new is not None
    came, went = history.between(old, new)
    assert [s.code for s in came] == ["TL001"]
    assert [(s.code, s.ended_commit) for s in went] == [("TL401", "cccc3333")]
    assert history.run_at("dddd") is None


def test_rule_file_folder_and_line_narrow_it_down(tmp_path: Path) -> None:
    log(tmp_path, RATE, STEP)
    history = Log(tmp_path)
    assert [s.code for s in history.stretches(code="TL401")] == ["TL401"]
    assert [s.code for s in history.stretches(path="train.py", line=9)] == ["TL001"]
    assert history.stretches(path="train") == []
    assert len(history.stretches(path=".")) == 2


def test_one_of_another_version_or_broken_is_left_alone(tmp_path: Path) -> None:
    log(tmp_path, RATE)
    with closing(sqlite3.connect(log_file(tmp_path))) as db:
        db.execute("PRAGMA user_version = 9")
    with pytest.raises(LogError, match="version 9"):
        log(tmp_path, RATE)
    log_file(tmp_path).write_bytes(b"not a database, and long enough to be looked at" * 30)
    with pytest.raises(LogError, match="cannot be"):
        log(tmp_path, RATE)
    with pytest.raises(LogError, match="cannot be read"):
        Log(tmp_path).runs()
