"""The log's file, `.trainlint/log.sqlite`: its tables, and adding a run to them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from trainlint.fingerprint import Lines, fingerprints
from trainlint.model import Finding
from trainlint.scope import covers, seen_from, told

VERSION = 1
FOLDER = ".trainlint"
FILE_NAME = "log.sqlite"
PATIENCE = 10.0
"""Seconds to wait for another run that writes."""

TABLES = """
CREATE TABLE runs (id INTEGER PRIMARY KEY, time TEXT NOT NULL, commit_id TEXT, version TEXT NOT NULL,
                   paths TEXT NOT NULL, found INTEGER NOT NULL);
CREATE TABLE findings (id INTEGER PRIMARY KEY, fingerprint TEXT NOT NULL UNIQUE, code TEXT NOT NULL, name TEXT NOT NULL,
                       level TEXT NOT NULL, path TEXT NOT NULL, cell INTEGER, line INTEGER NOT NULL, message TEXT NOT NULL,
                       verdict TEXT);
CREATE TABLE spans (finding INTEGER NOT NULL REFERENCES findings, began INTEGER NOT NULL REFERENCES runs,
                    seen INTEGER NOT NULL REFERENCES runs, ended INTEGER REFERENCES runs, how TEXT);
CREATE TABLE verdicts (finding INTEGER NOT NULL REFERENCES findings, run INTEGER NOT NULL REFERENCES runs,
                       verdict TEXT NOT NULL, statistic TEXT NOT NULL, flagged REAL, fixed REAL, detail TEXT NOT NULL);
CREATE INDEX spans_of ON spans (finding);
"""
"""A span is a stretch of runs in which a finding was there: from the run that first saw it to the one that no longer did.
how: `fixed` where trainlint's own fix ended it, else `gone`."""


class LogError(Exception):
    """A log that cannot be read or written; the message says which file, why, and what to do."""


@dataclass(frozen=True)
class Run:
    """What a run did, for the log.

    paths: as given to it. commit: what was checked out. codes: the rules that it ran and that its level shows.
    complete: False where trainlint itself failed on something, so that nothing follows from what was not found.
    before: the findings, and their lines, before fixes were applied; those that are not left were fixed.
    """

    findings: Sequence[Finding]
    lines: Lines
    paths: Sequence[str | Path]
    codes: Collection[str]
    version: str
    commit: str | None = None
    complete: bool = True
    before: tuple[Sequence[Finding], Lines] = ((), MappingProxyType({}))


def log_file(root: Path) -> Path:
    """Where the log of a repository is."""
    return root / FOLDER / FILE_NAME


def add_run(root: Path, cwd: Path, run: Run, now: datetime | None = None) -> None:
    """Append a run to the log of the repository at `root`, and make the log where there is none.

    Raises:
        LogError: it cannot be written.
    """
    path = log_file(root)
    try:
        path.parent.mkdir(exist_ok=True)
        ignore = path.parent / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
    except OSError as error:
        raise LogError(f"{path.parent}: cannot be written: {error.strerror or error}") from None
    try:
        with closing(connect(path)) as connection, connection:
            _Writer(connection, root, cwd, run, now or datetime.now(UTC)).write()
    except sqlite3.Error as error:
        raise LogError(f"{path}: cannot be written: {error}; `trainlint clean --log` removes it") from None


def connect(path: Path) -> sqlite3.Connection:
    """The log's database, with its tables made where it is new.

    Raises:
        LogError: it is of another version.
    """
    connection = sqlite3.connect(path, timeout=PATIENCE)
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version == 0:
        connection.executescript(f"BEGIN; {TABLES} PRAGMA user_version = {VERSION}; COMMIT;")
    elif version != VERSION:
        connection.close()
        raise LogError(f"{path}: is a log of version {version}, this trainlint writes version {VERSION}")
    return connection


class _Writer:
    """Adds one run."""

    def __init__(self, db: sqlite3.Connection, root: Path, cwd: Path, run: Run, now: datetime) -> None:
        self.db = db
        self.run = run
        self.rebased = seen_from(root, cwd)
        self.paths = told(run.paths, cwd, root)
        values = (now.isoformat(timespec="seconds"), run.commit, run.version)
        cursor = db.execute(
            "INSERT INTO runs (time, commit_id, version, paths, found) VALUES (?, ?, ?, ?, ?)",
            (*values, json.dumps(self.paths), len(run.findings)),
        )
        self.number = cursor.lastrowid

    def write(self) -> None:
        before = self._findings(*self.run.before)
        seen = self._findings(self.run.findings, self.run.lines)
        for finding in before | seen:
            self._seen(finding)
        for finding, last in self._open():
            if finding in before - seen:
                self._end(finding, "fixed")
            elif finding not in seen and self.run.complete and self._would_have_seen(finding, last):
                self._end(finding, "gone")

    def _findings(self, findings: Sequence[Finding], lines: Lines) -> set[int]:
        marks = fingerprints(findings, lines, self.rebased)
        return {self._finding(*pair) for pair in zip(findings, marks, strict=True)}

    def _finding(self, finding: Finding, mark: str) -> int:
        """The finding's number; where it stands and what it says now is kept."""
        place = finding.location
        row = self.db.execute(
            "INSERT INTO findings (fingerprint, code, name, level, path, cell, line, message) VALUES (?, ?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (fingerprint) DO UPDATE SET name = excluded.name, level = excluded.level, cell = excluded.cell, "
            "line = excluded.line, message = excluded.message RETURNING id",
            (mark, finding.code, finding.name, finding.level.value, self.rebased(place.path), place.cell, place.line,
             finding.message),
        ).fetchone()  # fmt: skip
        number: int = row[0]
        evidence = finding.probe
        if evidence is not None:
            self.db.execute("UPDATE findings SET verdict = ? WHERE id = ?", (evidence.verdict, number))
            self.db.execute(
                "INSERT INTO verdicts VALUES (?, ?, ?, ?, ?, ?, ?)",
                (number, self.number, evidence.verdict, evidence.statistic, evidence.flagged, evidence.fixed,
                 evidence.detail),
            )  # fmt: skip
        return number

    def _seen(self, finding: int) -> None:
        cursor = self.db.execute(
            "UPDATE spans SET seen = ? WHERE finding = ? AND ended IS NULL", (self.number, finding)
        )
        if cursor.rowcount == 0:
            self.db.execute(
                "INSERT INTO spans VALUES (?, ?, ?, NULL, NULL)", (finding, self.number, self.number)
            )

    def _open(self) -> list[tuple[int, int]]:
        return self.db.execute("SELECT finding, seen FROM spans WHERE ended IS NULL").fetchall()

    def _would_have_seen(self, finding: int, last: int) -> bool:
        """Whether this run ran the finding's rule, over all that the run which last saw it looked at."""
        (code,) = self.db.execute("SELECT code FROM findings WHERE id = ?", (finding,)).fetchone()
        (paths,) = self.db.execute("SELECT paths FROM runs WHERE id = ?", (last,)).fetchone()
        return code in self.run.codes and covers(self.paths, json.loads(paths))

    def _end(self, finding: int, how: str) -> None:
        self.db.execute(
            "UPDATE spans SET ended = ?, how = ? WHERE finding = ? AND ended IS NULL",
            (self.number, how, finding),
        )
