"""Run trainlint's command over a folder and read its JSON."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner

from .project import Span

REPOSITORY = Path(__file__).resolve().parents[2]
COMMAND = ("check", ".", "--output-format", "json", "--exit-zero", "--level", "advice")
TIMEOUT = 120


class LintError(Exception):
    """trainlint ended with something other than a list of findings."""


@dataclass(frozen=True)
class Finding:
    code: str
    level: str
    message: str
    places: tuple[tuple[str, int], ...]

    @property
    def path(self) -> str:
        return self.places[0][0]

    def touches(self, span: Span, slack: int) -> bool:
        """Does the finding, or a place it relates to, stand in the span? Edits may have moved lines by the slack."""
        if span.first == 0:
            return any(path == span.path for path, _ in self.places)
        return any(
            path == span.path and span.first - 1 <= line <= span.last + slack for path, line in self.places
        )

    def __str__(self) -> str:
        return f"{self.code} {self.level} {self.path}:{self.places[0][1]} {self.message}"


class Linter:
    """trainlint's command, run in the folder of one program at a time so that no other is seen.

    package: the folder that holds the trainlint package to measure.
    separate: a new process for each program, as a user would start it: slower, and nothing can be carried over.
    """

    def __init__(self, package: Path = REPOSITORY, separate: bool = False) -> None:
        self.package = package.resolve()
        self.separate = separate
        if not separate:
            sys.path.insert(0, str(self.package))

    def findings(self, folder: Path) -> list[Finding]:
        """Everything that is found in a program, advice included."""
        status, output, errors = self._apart(folder) if self.separate else self._here(folder)
        if status != 0:
            raise LintError(f"exit status {status}: {errors.strip()[-500:]}")
        try:
            documents = json.loads(output)
        except json.JSONDecodeError as error:
            raise LintError(f"no JSON on standard output: {error}; {errors.strip()[-500:]}") from error
        return [_finding(d) for d in documents]

    def _here(self, folder: Path) -> tuple[int, str, str]:
        from trainlint.cli import main

        with contextlib.chdir(folder):
            result = CliRunner().invoke(main, list(COMMAND))
        return result.exit_code, result.stdout, f"{result.output} {result.exception or ''}"

    def _apart(self, folder: Path) -> tuple[int, str, str]:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "trainlint", *COMMAND],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(self.package)},
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr


def _finding(document: dict[str, object]) -> Finding:
    related = document.get("related") or []
    assert isinstance(related, list)
    places = [document, *related]
    return Finding(
        code=str(document["code"]),
        level=str(document["level"]),
        message=str(document["message"]),
        places=tuple((str(Path(str(p["path"])).as_posix()), int(str(p["line"] or 0))) for p in places),
    )
