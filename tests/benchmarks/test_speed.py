"""The speed benchmark measures all contenders in the same way and prints ratios."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import speed
from fake_package import BENCHMARKS, TRAIN


def test_one_script_is_measured_against_the_bare_interpreter(tmp_path: Path) -> None:
    script = tmp_path / "given.py"
    script.write_text(TRAIN)
    command = [
        sys.executable,
        str(BENCHMARKS / "speed.py"),
        "--runs",
        "1",
        "--skip-package",
        "--script",
        str(script),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    rows = {
        line.split("  ")[1].strip(): line.split()
        for line in done.stdout.splitlines()
        if line.startswith("  ")
    }
    assert f"one script of {len(TRAIN.splitlines())} lines" in done.stdout
    checked, parsed = rows["trainlint check"], rows["python, ast.parse"]
    assert checked[-2:] == ["1.0x", "1.0x"]
    assert float(checked[2]) > float(parsed[2]) > 0
    assert float(parsed[-1].rstrip("x")) > 1


def test_a_contender_that_fails_ends_the_contest(tmp_path: Path) -> None:
    contest = speed.Contest("broken", {"exits": [sys.executable, "-c", "raise SystemExit(7)"]}, tmp_path)
    with pytest.raises(speed.click.ClickException, match="exits: status 7"):
        contest.run(1, warm_up=False)


def test_the_warm_up_round_is_not_counted(tmp_path: Path) -> None:
    contest = speed.Contest("idle", {"idle": [sys.executable, "-c", ""]}, tmp_path)
    contest.run(2, warm_up=True)
    assert len(contest.outcomes["idle"]) == 2
    assert contest.median("idle", "seconds") > 0
    assert "1.0x" in contest.table("idle")
