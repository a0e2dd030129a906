"""`--watch`: checks again when a file changes, and not otherwise."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.conftest import CLEAN, FLAWED, Trainlint
from tests.cli.test_main import HERE
from trainlint.cli.watching import changed, wait, watched
from trainlint.settings import Settings


def stamps(*pairs: tuple[str, int]) -> dict[Path, tuple[int, int]]:
    return {Path(name): (time_, 1) for name, time_ in pairs}


def test_written_made_and_removed_files_are_changes() -> None:
    before, after = stamps(("a", 1), ("b", 1), ("c", 1)), stamps(("a", 1), ("b", 2), ("d", 1))
    assert changed(before, after) == [Path("b"), Path("c"), Path("d")]


def test_it_waits_until_writing_rests() -> None:
    looks = iter([stamps(("a", 1)), stamps(("a", 2)), stamps(("a", 2), ("b", 1)), stamps(("a", 2), ("b", 1))])
    pauses: list[float] = []
    assert wait(lambda: next(looks), stamps(("a", 1)), pauses.append) == [Path("a"), Path("b")]
    assert next(looks, None) is None
    assert pauses[0] > pauses[1], "it looks again soon once something changed"


def test_what_is_watched_is_what_would_be_checked_and_the_settings(project: Path) -> None:
    (project / "notes.txt").write_text("", encoding="utf-8")
    (project / "trainlint.toml").write_text("", encoding="utf-8")
    elsewhere = project / "elsewhere.yml"
    found = watched([Path("flawed.py")], Settings(base=project), [elsewhere, project / "gone.py"], project)
    assert set(found) == {(project / name).resolve() for name in ("flawed.py", "trainlint.toml")}
    everything = watched([Path(".")], Settings(base=project), [], project)
    assert {path.name for path in everything} == {"flawed.py", "clean.py", "trainlint.toml"}


def test_standard_input_cannot_be_watched(trainlint: Trainlint) -> None:
    assert trainlint("check", "--watch", "-", stdin=FLAWED).exit_code == 2


class Watching:
    """A `trainlint check --watch` that runs beside the test."""

    def __init__(self, directory: Path) -> None:
        self.log = directory.parent / f"{directory.name}.log"
        command = [sys.executable, "-u", "-m", "trainlint", "check", "--watch"]
        with self.log.open("wb") as stream:
            # A job in the background inherits that SIGINT is ignored; at a terminal it is not.
            before = signal.signal(signal.SIGINT, signal.default_int_handler)
            try:
                self.process = subprocess.Popen(
                    command, cwd=directory, env=HERE, stdout=stream, stderr=stream
                )
            finally:
                signal.signal(signal.SIGINT, before)

    def until(self, text: str, times: int = 1) -> str:
        """What it has printed, as soon as a text is in it so often."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            printed = self.log.read_text(encoding="utf-8")
            if printed.count(text) >= times:
                return printed
            assert self.process.poll() is None, printed
            time.sleep(0.05)
        raise AssertionError(
            f"{text!r} was not printed {times} times: {self.log.read_text(encoding='utf-8')}"
        )

    def end(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=30)


@pytest.mark.skipif(os.name != "posix", reason="needs SIGINT")
def test_from_the_first_finding_to_ctrl_c(project: Path) -> None:
    running = Watching(project)
    try:
        assert "0 errors, 2 warnings" in running.until("Watching 2 files")
        (project / "flawed.py").write_text(CLEAN, encoding="utf-8")
        assert "Changed: flawed.py" in running.until("0 errors, 0 warnings")
        running.until("Watching", 2)
        (project / "trainlint.toml").write_text('level = "loud"\n', encoding="utf-8")
        assert "expected one of" in running.until("Watching", 3)
        (project / "trainlint.toml").write_text("", encoding="utf-8")
        (project / "new.py").write_text(FLAWED, encoding="utf-8")
        running.until("new.py:4:41 TL601")
        running.until("Watching", 4)
    finally:
        status = running.end()
    assert status == 0
    assert "Traceback" not in running.log.read_text(encoding="utf-8")
