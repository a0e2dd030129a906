"""Settings of a run, from `trainlint.toml`, `.trainlint.toml` or `pyproject.toml`."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from trainlint.model import Level, Rule
from trainlint.settings_reader import ALL, DOCUMENTS, SettingsError, read_table, resolve_selector, shown
from trainlint.source.ignore import read_patterns

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

NO_CONFIG = "none"
FILE_NAMES = (".trainlint.toml", "trainlint.toml", "pyproject.toml")
_NO_STRINGS: Mapping[str, tuple[str, ...]] = MappingProxyType({})
_NO_OPTIONS: Mapping[str, Mapping[str, object]] = MappingProxyType({})


@dataclass(frozen=True)
class Settings:
    """What to check and how. Paths and patterns are relative to `base`, the directory of the settings file.

    Attributes:
        select: rule codes or prefixes ("TL4", "ALL") to run, names resolved; empty for all but preview.
        per_file_ignores: gitignore-style pattern -> codes or prefixes not reported there.
        level: the mildest level that is reported and that ends a run with status 1.
        exclude: replaces the default excludes; None keeps them.
        roots: further directories that local imports are looked for in.
        jobs: worker processes; None lets the run decide.
        rules: rule code -> its options as set by the user.
        configs: script -> the config files that it is run with; or config file (a pattern) -> its schema's name, the
            script that reads it, or "none" for a file that is no training config.
        baseline: the file of known findings, or None.
        source: the settings file, or None where there is none.
    """

    select: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_file_ignores: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: _NO_STRINGS)
    level: Level = Level.WARNING
    exclude: tuple[str, ...] | None = None
    extend_exclude: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    respect_gitignore: bool = True
    roots: tuple[str, ...] = ()
    preview: bool = False
    jobs: int | None = None
    rules: Mapping[str, Mapping[str, object]] = field(default_factory=lambda: _NO_OPTIONS)
    configs: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: _NO_STRINGS)
    arguments: Mapping[Path, tuple[str, ...]] = field(default_factory=dict)
    baseline: str | None = None
    base: Path = field(default_factory=Path.cwd)
    source: Path | None = None

    def selects(self, rule: Rule) -> bool:
        """Whether a rule runs: the longest selector that fits decides, `ignore` wins a tie.

        A preview rule also needs `preview`, or to be selected by its own code or name.
        """
        chosen = _specificity((*self.select, *self.extend_select), rule.code)
        if not self.select:
            chosen = max(chosen, 0)
        if chosen < 0 or chosen <= _specificity(self.ignore, rule.code):
            return False
        return not rule.preview or self.preview or chosen == _EXACT

    def ignored_in(self, path: Path, code: str) -> bool:
        """Whether `per-file-ignores` silences a rule in a file."""
        return any(
            _specificity(selectors, code) >= 0 and spec.match_file(self._relative(path))
            for spec, selectors in self._per_file
        )

    def options_for(self, rule: Rule) -> dict[str, object]:
        """All options of a rule: the user's, or the defaults."""
        given = self.rules.get(rule.code, {})
        return {name: given.get(name, option.default) for name, option in rule.options.items()}

    def override(self, known: Mapping[str, Rule], **changes: Any) -> Settings:
        """These settings with command-line values in place; None changes nothing.

        Raises:
            SettingsError: for a selector that fits no rule.
        """
        given = {name: value for name, value in changes.items() if value is not None}
        for name in ("select", "extend_select", "ignore"):
            key = f"--{name.replace('_', '-')}"
            if name in given:
                words = given[name]
                given[name] = tuple(resolve_selector(word, known, key, "the command line") for word in words)
        return replace(self, **given)

    def reader_of(self, path: Path) -> str | None:
        """What settings say of a config document: its schema's name, the script that reads it, or `none`."""
        return next((what for spec, what in self._documents if spec.match_file(self._relative(path))), None)

    @cached_property
    def _documents(self) -> list[tuple[GitIgnoreSpec, str]]:
        pairs = [
            (read_patterns([f"/{pattern}"]), what[0])
            for pattern, what in self.configs.items()
            if pattern.endswith(DOCUMENTS) and len(what) == 1
        ]
        return [(spec, what) for spec, what in pairs if spec is not None]

    @cached_property
    def _per_file(self) -> list[tuple[GitIgnoreSpec, tuple[str, ...]]]:
        pairs = [(read_patterns([glob]), codes) for glob, codes in self.per_file_ignores.items()]
        return [(spec, codes) for spec, codes in pairs if spec is not None]

    def _relative(self, path: Path) -> str:
        return os.path.relpath(path, self.base).replace(os.sep, "/")


_EXACT = 1000


def _specificity(selectors: Sequence[str], code: str) -> int:
    """How closely the best selector names a code: 0 for ALL, more for longer prefixes, -1 for none."""
    best = -1
    for selector in selectors:
        if selector == code:
            return _EXACT
        if selector == ALL:
            best = max(best, 0)
        elif code.startswith(selector):
            best = max(best, len(selector))
    return best


def load_settings(
    paths: Sequence[Path],
    cwd: Path,
    known: Mapping[str, Rule],
    *,
    config: Path | None = None,
    isolated: bool = False,
) -> Settings:
    """The settings for `paths`: from `config`, or the nearest file at or above their common directory.

    Raises:
        SettingsError: the file cannot be read, or something in it is unknown or of the wrong type.
    """
    if isolated:
        return Settings(base=cwd)
    if config is not None:
        path = Path(os.path.abspath(cwd / config))
        return _from_table(_table(path, named=True) or {}, path, cwd, known)
    for directory in _upwards(paths, cwd):
        for name in FILE_NAMES:
            path = directory / name
            table = _table(path, named=False) if path.is_file() else None
            if table is not None:
                return _from_table(table, path, cwd, known)
    return Settings(base=cwd)


def _upwards(paths: Sequence[Path], cwd: Path) -> list[Path]:
    absolute = [os.path.abspath(cwd / path) for path in paths] or [os.path.abspath(cwd)]
    try:
        common = Path(os.path.commonpath(absolute))
    except ValueError:  # different drives
        common = cwd
    start = common if common.is_dir() else common.parent
    return [start, *start.parents]


def _table(path: Path, *, named: bool) -> dict[str, Any] | None:
    """The settings table of a file; None for a `pyproject.toml` without one."""
    try:
        data = tomllib.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise SettingsError(
            f"{path}: cannot be read: {error.strerror}; give a settings file that exists"
        ) from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        if path.name == "pyproject.toml" and not named:
            return None  # another tool's fault, perhaps a broken fixture: no reason to stop
        raise SettingsError(f"{path}: is no valid TOML: {error}") from None
    if path.name != "pyproject.toml":
        return data
    tool = data.get("tool")
    table = tool.get("trainlint") if isinstance(tool, dict) else None
    if table is None:
        return {} if named else None
    if not isinstance(table, dict):
        raise SettingsError(
            f"{path}: tool.trainlint: expected a table, got {shown(table)}; write [tool.trainlint]"
        )
    return table


def _from_table(table: dict[str, Any], path: Path, cwd: Path, known: Mapping[str, Rule]) -> Settings:
    relative = os.path.relpath(path, cwd)
    file = str(path) if relative.startswith("..") else relative
    prefix = "tool.trainlint." if path.name == "pyproject.toml" else ""
    return Settings(**read_table(table, file, prefix, known), base=path.parent, source=path)
