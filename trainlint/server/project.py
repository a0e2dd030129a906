"""A folder of the editor: its workspace, its settings, what was last found in it, and the changes that wait."""

from __future__ import annotations

import time
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trainlint.checks import load_rules
from trainlint.model import Finding, Level
from trainlint.result import Result
from trainlint.settings import FILE_NAMES, Settings, load_settings
from trainlint.settings_reader import SettingsError
from trainlint.workspace import Workspace

DEBOUNCE = 0.1
"""Seconds without a keystroke after which a check begins."""


@dataclass(frozen=True)
class Options:
    """What the editor's own settings say (section `trainlint`). select, ignore, level, preview: over the project's file.

    debounce: seconds. hints: show resolved facts at optimizers. unsafe: offer fixes that change training.
    """

    level: str | None = None
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    preview: bool | None = None
    config: str | None = None
    debounce: float = DEBOUNCE
    hints: bool = False
    unsafe: bool = True

    @classmethod
    def of(cls, given: object) -> Options:
        """Options as an editor sends them; what is of the wrong kind is left at its default."""
        table = given if isinstance(given, Mapping) else {}
        table = table["trainlint"] if isinstance(table.get("trainlint"), Mapping) else table
        level, debounce = table.get("level"), table.get("debounce")
        preview, config = table.get("preview"), table.get("config")
        return cls(
            level=level if level in {known.value for known in Level} else None,
            select=_words(table.get("select")),
            ignore=_words(table.get("ignore")),
            preview=preview if isinstance(preview, bool) else None,
            config=config if isinstance(config, str) and config else None,
            debounce=debounce / 1000 if isinstance(debounce, int | float) and debounce >= 0 else DEBOUNCE,
            hints=table.get("inlayHints", table.get("hints")) is True,
            unsafe=table.get("unsafeFixes") is not False,
        )


def _words(given: object) -> tuple[str, ...]:
    return tuple(word for word in given if isinstance(word, str)) if isinstance(given, list) else ()


def read_settings(root: Path, options: Options) -> tuple[Settings, str | None]:
    """The settings of a folder, and what is wrong with them; then the defaults hold, so that findings go on."""
    known = load_rules()
    changes: dict[str, Any] = {
        "select": options.select or None,
        "ignore": options.ignore or None,
        "level": Level(options.level) if options.level else None,
        "preview": options.preview,
    }
    config = Path(options.config) if options.config else None
    try:
        return load_settings([root], root, known, config=config).override(known, **changes), None
    except SettingsError as error:
        return Settings(base=root), str(error)


def is_settings_file(path: Path) -> bool:
    """Whether a file may hold settings, or says what is to be ignored."""
    return path.name in (*FILE_NAMES, ".gitignore")


@dataclass
class Project:
    """Everything of one folder. Only the worker touches `workspace` and `result`; `edits` are guarded by its lock.

    edits: contents of buffers by path, None for one that was closed. due: when a check is to begin.
    unsettled: files edited since everything was last checked. waiting: who waits for the findings of the last change.
    """

    root: Path
    workspace: Workspace
    problem: str | None = None
    edits: dict[Path, bytes | None] = field(default_factory=dict)
    versions: dict[Path, int | None] = field(default_factory=dict)
    disk: set[Path] = field(default_factory=set)
    renew: Settings | None = None
    reset: bool = False
    due: float | None = None
    unsettled: set[Path] = field(default_factory=set)
    waiting: list[Future[None]] = field(default_factory=list)
    result: Result | None = None
    findings: list[Finding] = field(default_factory=list)

    @classmethod
    def at(cls, root: Path, options: Options, *, lone: bool = False) -> Project:
        """The project of a folder."""
        settings, problem = read_settings(root, options)
        return cls(root, Workspace(root, settings, lone=lone), problem)

    def want(self, delay: float) -> None:
        """A check is to begin when nothing else has come for `delay` seconds."""
        self.due = time.monotonic() + delay

    @property
    def changed(self) -> bool:
        """Whether there is something that the last check has not seen."""
        return bool(self.edits or self.disk or self.reset or self.renew is not None)

    def apply(self) -> set[Path]:
        """Take in what waits; the files that were edited."""
        if self.renew is not None:
            self.workspace.configure(self.renew)
        elif self.reset:
            self.workspace.reset()
        for path in self.disk:
            self.workspace.disk_changed(path)
        for path, data in self.edits.items():
            if data is None:
                self.workspace.close(path)
            else:
                self.workspace.open(path, data)
        edited = set(self.edits)
        self.edits, self.disk, self.reset, self.renew = {}, set(), False, None
        return edited
