"""Baselines: the findings that an old repository lives with, so that only new ones are reported."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trainlint.fingerprint import Lines, fingerprints
from trainlint.model import Finding
from trainlint.scope import covers, seen_from, told

VERSION = 1
FILE_NAME = "trainlint-baseline.json"


class BaselineError(Exception):
    """A baseline that cannot be read or written; the message says which file, why, and what to do."""


@dataclass(frozen=True)
class Baseline:
    """Findings that are known, by fingerprint.

    known: fingerprints. paths: what the run that wrote it looked at. base: the directory that paths are seen from: the
    baseline's own, so that it holds wherever trainlint is started.
    """

    known: frozenset[str]
    paths: tuple[str, ...]
    base: Path

    def without_known(
        self, findings: Sequence[Finding], lines: Lines, cwd: Path
    ) -> tuple[list[Finding], frozenset[str]]:
        """The findings that are new, and the fingerprints of those that are known."""
        marks = fingerprints(findings, lines, seen_from(self.base, cwd))
        new = [finding for finding, mark in zip(findings, marks, strict=True) if mark not in self.known]
        return new, self.known.intersection(marks)

    def gone(self, met: frozenset[str], paths: Sequence[str | Path], cwd: Path) -> int:
        """How many of the known were not met by a run over these paths; 0 where it saw less than the baseline's run."""
        return len(self.known - met) if covers(told(paths, cwd, self.base), self.paths) else 0


def read_baseline(path: Path) -> Baseline:
    """A baseline from its file.

    Raises:
        BaselineError: it is not there, or is no baseline that this version can read.
    """
    document = _document(path)
    try:
        known = frozenset(str(entry["fingerprint"]) for entry in document["findings"])
        return Baseline(known, tuple(map(str, document["paths"])), path.parent)
    except (KeyError, TypeError):
        raise BaselineError(
            f"{path}: is no baseline of trainlint; write one with --write-baseline={path}"
        ) from None


def write_baseline(
    path: Path, findings: Sequence[Finding], lines: Lines, paths: Sequence[str | Path], cwd: Path
) -> None:
    """Write the findings of a run as a baseline, sorted by place, so that a change of it reads well in a review.

    Raises:
        BaselineError: it cannot be written, or the file that is there is no baseline (it is left as it is).
    """
    if path.exists():
        _document(path)
    rebased = seen_from(path.parent, cwd)
    entries = [
        {
            "fingerprint": mark,
            "code": finding.code,
            "path": rebased(finding.location.path),
            "line": finding.location.line,
            "message": finding.message,
        }
        for finding, mark in zip(findings, fingerprints(findings, lines, rebased), strict=True)
    ]
    entries.sort(key=lambda e: (e["path"], e["line"], e["code"], e["fingerprint"]))
    document = {"trainlint-baseline": VERSION, "paths": told(paths, cwd, path.parent), "findings": entries}
    try:
        path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise BaselineError(f"{path}: cannot be written: {error.strerror or error}") from None


def _document(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BaselineError(f"{path}: there is no such baseline; --write-baseline={path} writes it") from None
    except OSError as error:
        raise BaselineError(f"{path}: cannot be read: {error.strerror or error}") from None
    except (ValueError, RecursionError):
        document = None
    version = document.get("trainlint-baseline") if isinstance(document, dict) else None
    if not isinstance(document, dict) or version is None:
        raise BaselineError(f"{path}: is no baseline of trainlint; name another file")
    if version != VERSION:
        raise BaselineError(
            f"{path}: is a baseline of version {version}, this trainlint reads version {VERSION}"
        )
    return document
