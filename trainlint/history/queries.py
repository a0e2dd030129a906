"""What the log says: of the repository, of a rule, of a place, and between two commits."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trainlint.history.store import LogError, connect, log_file


@dataclass(frozen=True)
class RunRow:
    """A run: when, at which commit, how much it found, and how many findings came and went with it."""

    number: int
    time: str
    commit: str | None
    paths: str
    found: int
    came: int
    went: int


@dataclass(frozen=True)
class Stretch:
    """A finding over a stretch of runs: from when it was there, and since when it no longer is.

    how: `gone`, `fixed`, or None where it still stands. again: it had been there before.
    """

    code: str
    name: str
    level: str
    path: str
    cell: int | None
    line: int
    message: str
    verdict: str | None
    began: str
    began_commit: str | None
    ended: str | None
    ended_commit: str | None
    how: str | None
    again: bool


class Log:
    """The log of a repository, to be read.

    Raises:
        LogError: there is none, or it cannot be read.
    """

    def __init__(self, root: Path) -> None:
        self.path = log_file(root)
        if not self.path.exists():
            raise LogError(f"{self.path}: there is no log yet; `trainlint check --log` starts one")

    def runs(self, last: int | None = None) -> list[RunRow]:
        """The runs in order, or the last so many of them."""
        rows = self._all(
            "SELECT r.id, r.time, r.commit_id, r.paths, r.found, (SELECT count(*) FROM spans WHERE began = r.id), "
            "(SELECT count(*) FROM spans WHERE ended = r.id) FROM runs r ORDER BY r.id DESC LIMIT ?",
            last if last is not None else -1,
        )
        return [RunRow(*row) for row in reversed(rows)]

    def stretches(
        self, code: str | None = None, path: str | None = None, line: int | None = None
    ) -> list[Stretch]:
        """Findings over time, the earliest first: all, those of a rule, those of a file or folder, or of a line."""
        where: list[str] = ["1"]
        values: list[str | int] = []
        if code is not None:
            where.append("f.code = ?")
            values.append(code)
        if path is not None and path != ".":
            where.append("(f.path = ? OR substr(f.path, 1, ?) = ?)")
            values += [path, len(path) + 1, f"{path}/"]
        if line is not None:
            where.append("f.line = ?")
            values.append(line)
        return self._stretches(" AND ".join(where), *values)

    def run_at(self, commit: str) -> int | None:
        """The last run at a commit (an id or the beginning of one); None where none was logged."""
        rows = self._all("SELECT max(id) FROM runs WHERE commit_id LIKE ? || '%'", commit)
        found: int | None = rows[0][0]
        return found

    def between(self, old: int, new: int) -> tuple[list[Stretch], list[Stretch]]:
        """What came and what went from one run to another: there after the new one and not after the old, and the reverse."""
        there = "s.began <= ? AND (s.ended IS NULL OR s.ended > ?)"
        other = f"s.finding NOT IN (SELECT s.finding FROM spans s WHERE {there})"
        came = self._stretches(f"{there} AND {other}", new, new, old, old)
        went = self._stretches(f"{there} AND {other}", old, old, new, new)
        return came, went

    def _stretches(self, where: str, *values: Any) -> list[Stretch]:
        rows = self._all(
            "SELECT f.code, f.name, f.level, f.path, f.cell, f.line, f.message, f.verdict, b.time, b.commit_id, e.time, e.commit_id, "
            "s.how, EXISTS (SELECT 1 FROM spans o WHERE o.finding = s.finding AND o.began < s.began) "
            "FROM spans s JOIN findings f ON f.id = s.finding JOIN runs b ON b.id = s.began "
            f"LEFT JOIN runs e ON e.id = s.ended WHERE {where} ORDER BY s.began, f.path, f.line, f.code",
            *values,
        )
        return [Stretch(*(*row[:-1], bool(row[-1]))) for row in rows]

    def _all(self, query: str, *values: Any) -> list[Any]:
        try:
            with closing(connect(self.path)) as connection:
                return connection.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise LogError(
                f"{self.path}: cannot be read: {error}; `trainlint clean --log` removes it"
            ) from None
