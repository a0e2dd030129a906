"""Settings of a run: `trainlint.toml`, `.trainlint.toml` or `[tool.trainlint]` in the nearest `pyproject.toml`."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pathspec import GitIgnoreSpec

from trainlint.model import Level, Rule

FILE_NAMES = (".trainlint.toml", "trainlint.toml", "pyproject.toml")
ALL = "ALL"

_NO_STRINGS: Mapping[str, tuple[str, ...]] = MappingProxyType({})
_NO_OPTIONS: Mapping[str, Mapping[str, object]] = MappingProxyType({})


class SettingsError(Exception):
    """A setting that cannot be used; the message names the key, the file, what is expected and what to do."""


@dataclass(frozen=True)
class Settings:
    """What to check and how. Paths and patterns are relative to `base`, the directory of the settings file.

    Attributes:
        select: rule codes, names or prefixes ("TL4", "ALL") to run; empty for all rules that are not preview.
        per_file_ignores: gitignore-style pattern -> codes, names or prefixes not reported there.
        level: the mildest level that is reported and that ends a run with status 1.
        exclude: replaces the default excludes; None keeps them.
        roots: further directories that local imports are looked for in.
        jobs: worker processes; None lets the run decide.
        rules: rule code -> its options as set by the user.
        configs: script -> the config files that it is run with.
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
    base: Path = field(default_factory=Path.cwd)
    source: Path | None = None

    def selects(self, rule: Rule) -> bool:
        """Whether a rule runs: the longest selector that fits decides, `ignore` wins a tie.

        A preview rule also needs `preview`, or to be selected by its own code or name.
        """
        chosen = _specificity((*self.select, *self.extend_select), rule)
        if not self.select:
            chosen = max(chosen, 0)
        if chosen < 0 or chosen <= _specificity(self.ignore, rule):
            return False
        return not rule.preview or self.preview or chosen == _EXACT

    def ignored_in(self, path: Path, rule: Rule) -> bool:
        """Whether `per-file-ignores` silences a rule in a file."""
        return any(
            _specificity(selectors, rule) >= 0 and spec.match_file(self._relative(path))
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
            for selector in given.get(name, ()):
                _check_selector(selector, known, f"--{name.replace('_', '-')}", "the command line")
        return replace(self, **given)

    @cached_property
    def _per_file(self) -> list[tuple[GitIgnoreSpec, tuple[str, ...]]]:
        return [(GitIgnoreSpec.from_lines([glob]), codes) for glob, codes in self.per_file_ignores.items()]

    def _relative(self, path: Path) -> str:
        return os.path.relpath(path, self.base).replace(os.sep, "/")


_EXACT = 1000


def _specificity(selectors: Sequence[str], rule: Rule) -> int:
    """How closely the best of the selectors names a rule: 0 for ALL, more for longer prefixes, -1 for not at all."""
    best = -1
    for selector in selectors:
        if selector in (rule.code, rule.name):
            return _EXACT
        if selector == ALL:
            best = max(best, 0)
        elif rule.code.startswith(selector):
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
    """The settings for a run over `paths`: from `config`, or from the nearest file at or above their common directory.

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
            f"{path}: tool.trainlint: expected a table, got {_shown(table)}; write [tool.trainlint]"
        )
    return table


class _Reader:
    """Checks one settings table key by key."""

    def __init__(self, path: Path, cwd: Path, known: Mapping[str, Rule]) -> None:
        shown = os.path.relpath(path, cwd)
        self.file = str(path) if shown.startswith("..") else shown
        self.prefix = "tool.trainlint." if path.name == "pyproject.toml" else ""
        self.known = known

    def fail(self, key: str, message: str) -> SettingsError:
        return SettingsError(f"{self.file}: {self.prefix}{key}: {message}")

    def strings(self, key: str, value: object) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.fail(key, f'expected a list of strings, got {_shown(value)}; write {key} = ["..."]')
        return tuple(value)

    def selectors(self, key: str, value: object) -> tuple[str, ...]:
        selectors = self.strings(key, value)
        for selector in selectors:
            _check_selector(selector, self.known, self.prefix + key, self.file)
        return selectors

    def flag(self, key: str, value: object) -> bool:
        if not isinstance(value, bool):
            raise self.fail(key, f"expected true or false, got {_shown(value)}")
        return value

    def level(self, key: str, value: object) -> Level:
        names = [level.value for level in Level]
        if value not in names:
            raise self.fail(key, f"expected one of {', '.join(map(repr, names))}, got {_shown(value)}")
        return Level(value)

    def count(self, key: str, value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise self.fail(key, f"expected a whole number of at least 1, got {_shown(value)}")
        return value

    def mapping(self, key: str, value: object) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self.fail(key, f"expected a table, got {_shown(value)}; write [{self.prefix}{key}]")
        return value

    def per_file(self, key: str, value: object) -> Mapping[str, tuple[str, ...]]:
        table = self.mapping(key, value)
        return {glob: self.selectors(f'{key}."{glob}"', codes) for glob, codes in table.items()}

    def configs(self, key: str, value: object) -> Mapping[str, tuple[str, ...]]:
        table = self.mapping(key, value)
        return {
            script: (entry,) if isinstance(entry, str) else self.strings(f'{key}."{script}"', entry)
            for script, entry in table.items()
        }

    def rules(self, key: str, value: object) -> Mapping[str, Mapping[str, object]]:
        result: dict[str, Mapping[str, object]] = {}
        names = {rule.name: code for code, rule in self.known.items()}
        for word, options in self.mapping(key, value).items():
            code = names.get(word, word)
            if code not in self.known:
                hint = _did_you_mean(word, [*self.known, *names])
                raise self.fail(
                    f"{key}.{word}", f"there is no such rule{hint}; `trainlint rule --all` lists them"
                )
            table = self.mapping(f"{key}.{word}", options)
            for name, option in table.items():
                self.option(f"{key}.{word}", self.known[code], name, option)
            result[code] = table
        return result

    def option(self, key: str, rule: Rule, name: str, value: object) -> None:
        if name not in rule.options:
            has = f"it has {', '.join(sorted(rule.options))}" if rule.options else "it has none"
            hint = _did_you_mean(name, rule.options)
            raise self.fail(f"{key}.{name}", f"{rule.code} {rule.name} has no such option{hint}; {has}")
        default = rule.options[name].default
        if default is not None and not _fits(value, default):
            expected = _type_name(default)
            raise self.fail(
                f"{key}.{name}", f"expected {expected}, got {_shown(value)}; the default is {default!r}"
            )


def _from_table(table: dict[str, Any], path: Path, cwd: Path, known: Mapping[str, Rule]) -> Settings:
    reader = _Reader(path, cwd, known)
    kinds: dict[str, Callable[[str, object], object]] = {
        **dict.fromkeys(("select", "extend-select", "ignore"), reader.selectors),
        **dict.fromkeys(("exclude", "extend-exclude", "include", "roots"), reader.strings),
        **dict.fromkeys(("respect-gitignore", "preview"), reader.flag),
        "per-file-ignores": reader.per_file,
        "level": reader.level,
        "jobs": reader.count,
        "rules": reader.rules,
        "configs": reader.configs,
    }
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key not in kinds:
            hint = _did_you_mean(key.replace("_", "-"), kinds)
            raise reader.fail(key, f"there is no such setting{hint}; there are {', '.join(sorted(kinds))}")
        values[key.replace("-", "_")] = kinds[key](key, value)
    return Settings(**values, base=path.parent, source=path)


def _check_selector(selector: str, known: Mapping[str, Rule], key: str, file: str) -> None:
    names = [rule.name for rule in known.values()]
    if (
        selector == ALL
        or selector in names
        or (selector and any(code.startswith(selector) for code in known))
    ):
        return
    hint = _did_you_mean(selector, [*known, *names])
    raise SettingsError(
        f"{file}: {key}: there is no rule {selector!r}{hint}; "
        "expected a code (TL401), a prefix (TL4), a name or ALL; `trainlint rule --all` lists the rules"
    )


def _did_you_mean(word: str, choices: Collection[str]) -> str:
    close = get_close_matches(word, choices, n=1) or get_close_matches(word.upper(), choices, n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""


def _fits(value: object, default: object) -> bool:
    if isinstance(default, bool) or isinstance(value, bool):
        return isinstance(default, bool) and isinstance(value, bool)
    if isinstance(default, float):
        return isinstance(value, int | float)
    if isinstance(default, list | tuple | frozenset | set):
        return isinstance(value, list)
    return isinstance(value, type(default))


def _type_name(default: object) -> str:
    for kind, name in (
        (bool, "true or false"),
        (int, "a whole number"),
        (float, "a number"),
        (str, "a string"),
    ):
        if isinstance(default, kind):
            return name
    return "a table" if isinstance(default, dict) else "a list"


def _shown(value: object) -> str:
    text = {True: "true", False: "false"}[value] if isinstance(value, bool) else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
