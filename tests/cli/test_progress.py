"""The progress bar: only for a person who waits."""

from __future__ import annotations

import io
import sys

import pytest

from trainlint.cli import progress


class Terminal(io.StringIO):
    """Standard error as a terminal that remembers what was drawn."""

    def isatty(self) -> bool:
        return True


def attach(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Let standard error be a terminal; inside a test, as pytest sets its own before."""
    monkeypatch.setenv("TERM", "xterm-256color")
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    return stream


def test_there_is_none_in_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with progress.progress_bar() as report:
        assert report is None


def test_a_short_run_draws_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = attach(monkeypatch)
    with progress.progress_bar() as report:
        assert report is not None
        for done in range(100):
            report(done, 100, "train.py")
    assert terminal.getvalue() == ""


def test_a_long_run_shows_how_far_it_is_and_cleans_up(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = attach(monkeypatch)
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    monkeypatch.setattr(progress, "REFRESH", 0.0)
    with progress.progress_bar() as report:
        assert report is not None
        report(0, 40, "first.py")
        report(7, 40, "nets/[red]odd[/red].py")
    drawn = terminal.getvalue()
    assert "7/40" in drawn
    assert "nets/[red]odd[/red].py" in drawn
    assert drawn.endswith("\x1b[2K")  # the line is cleared for the report
