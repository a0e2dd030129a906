"""Run trainlint over a folder the way a user would, and read its JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

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


def lint(folder: Path, package: Path = REPOSITORY) -> list[Finding]:
    """The findings of one program, run in its own folder so that no other is seen.

    package: the folder that holds the trainlint package to measure.
    """
    environment = {**os.environ, "PYTHONPATH": str(package.resolve())}
    done = subprocess.run(
        [sys.executable, "-P", "-m", "trainlint", *COMMAND],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    if done.returncode != 0:
        raise LintError(f"exit status {done.returncode}: {done.stderr.strip()[-500:]}")
    try:
        documents = json.loads(done.stdout)
    except json.JSONDecodeError as error:
        raise LintError(f"no JSON on standard output: {error}; {done.stderr.strip()[-500:]}") from error
    return [_finding(d) for d in documents]


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
