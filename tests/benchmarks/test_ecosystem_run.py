"""The whole way with the real `trainlint`: pin, run, show, judge, summary, diff."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from fake_package import BENCHMARKS, TRAIN


class Bench:
    """Runs `ecosystem.py` with pins, summary and cache of its own."""

    def __init__(self, folder: Path) -> None:
        self.home, self.cache = folder / "home", folder / "cache"
        self.home.mkdir()

    def __call__(self, *arguments: str, status: int = 0) -> str:
        script = [sys.executable, str(BENCHMARKS / "ecosystem.py")]
        places = ["--home", str(self.home), "--cache", str(self.cache)]
        done = subprocess.run([*script, *places, *arguments], capture_output=True, text=True, timeout=120)
        assert done.returncode == status, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout + done.stderr


@pytest.fixture
def bench(index: Path, tmp_path: Path) -> Bench:
    bench = Bench(tmp_path)
    bench("pin", "--kind", "wheel", "fakenet")
    return bench


def test_a_fault_in_a_package_is_found_shown_judged_and_compared(bench: Bench) -> None:
    text = bench("run", "--write-summary", "--save", "first")
    assert "TL001=1" in text
    shown = bench("show", "fakenet", "--code", "TL001")
    assert "error TL001" in shown and "fakenet/train.py" in shown and " > " in shown
    assert "counts are those of the committed summary" in bench("diff", "--against", "first")

    summary = bench.home / "ecosystem_summary.json"
    written = summary.read_bytes()
    summary.unlink()
    bench("summarize")
    assert summary.read_bytes() == written

    place = shown.split()[1].rstrip(":")
    assert "unjudged (1)" in bench("judge-report", status=1)
    bench("judge", "fakenet", "TL001", place, "accept", "gradients pile up")
    assert "100.0 %" in bench("judge-report")
    assert "[accept: gradients pile up]" in bench("show", "fakenet")
    assert "TL001" not in bench("show", "fakenet", "--unjudged")

    mended = TRAIN.replace(
        "        loss.backward()", "        optimizer.zero_grad()\n        loss.backward()"
    )
    (bench.cache / "sources" / "fakenet-1.0" / "fakenet" / "train.py").write_text(mended)
    bench("run")
    changed = bench("diff", "--against", "first", status=1)
    assert "fakenet: TL001 error 1 -> 0 (-1)" in changed
    assert "- fakenet fakenet/train.py" in changed


def test_a_package_over_its_time_fails_the_run(bench: Bench) -> None:
    assert "FAILED fakenet: timeout after 0 s" in bench("run", "--timeout", "0.01", status=1)


def test_wrong_use_is_said_without_a_traceback(bench: Bench) -> None:
    assert "not pinned: other" in bench("run", "--only", "other", status=2)
    assert "needs all packages" in bench("run", "--only", "fakenet", "--write-summary", status=2)
    assert "no results named current" in bench("table", status=1)
    assert "no results named current" in bench("summarize", status=1)
    assert "no results named gone" in bench("diff", "--against", "gone", "--name", "gone", status=1)
