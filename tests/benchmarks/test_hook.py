"""The benchmark of the commit hook finds what it planted, in a small repository."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        str(ROOT / "benchmarks" / "hook.py"),
        "--files",
        "200",
        "--runs",
        "1",
        *arguments,
    ]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def test_it_prints_what_the_hook_took() -> None:
    result = run("--limit", "60")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "3 changed, medians of 1 runs" in result.stdout
    assert "the hook" in result.stdout


def test_more_than_the_limit_is_status_1() -> None:
    assert run("--limit", "0.001").returncode == 1
