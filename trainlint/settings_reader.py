"""Reading a settings table: every key known, every value of its type, or an error that says what to write."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from difflib import get_close_matches
from typing import Any

from trainlint.model import Level, Rule

ALL = "ALL"
DOCUMENTS = (".yaml", ".yml", ".json", ".toml")
SCHEMAS = (
    "axolotl", "deepspeed", "torchtune", "lightning.LightningCLI", "hydra", "openmmlab", "nemo", "ultralytics",
    "transformers.TrainingArguments", "plain", "none",
)  # fmt: skip
"""What a config document may be said to be: the schemas that trainlint knows, or no training config at all."""


class SettingsError(Exception):
    """A setting that cannot be used; the message names the key, the file, what is expected and what to do."""


class _Reader:
    """Checks one settings table key by key."""

    def __init__(self, file: str, prefix: str, known: Mapping[str, Rule]) -> None:
        self.file = file
        self.prefix = prefix
        self.known = known

    def fail(self, key: str, message: str) -> SettingsError:
        return SettingsError(f"{self.file}: {self.prefix}{key}: {message}")

    def strings(self, key: str, value: object) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.fail(key, f'expected a list of strings, got {shown(value)}; write {key} = ["..."]')
        return tuple(value)

    def selectors(self, key: str, value: object) -> tuple[str, ...]:
        words = self.strings(key, value)
        return tuple(resolve_selector(word, self.known, self.prefix + key, self.file) for word in words)

    def text(self, key: str, value: object) -> str:
        if not isinstance(value, str) or not value:
            raise self.fail(key, f'expected a string, got {shown(value)}; write {key} = "..."')
        return value

    def flag(self, key: str, value: object) -> bool:
        if not isinstance(value, bool):
            raise self.fail(key, f"expected true or false, got {shown(value)}")
        return value

    def level(self, key: str, value: object) -> Level:
        names = [level.value for level in Level]
        if value not in names:
            raise self.fail(key, f"expected one of {', '.join(map(repr, names))}, got {shown(value)}")
        return Level(value)

    def count(self, key: str, value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise self.fail(key, f"expected a whole number of at least 1, got {shown(value)}")
        return value

    def mapping(self, key: str, value: object) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self.fail(key, f"expected a table, got {shown(value)}; write [{self.prefix}{key}]")
        return value

    def per_file(self, key: str, value: object) -> Mapping[str, tuple[str, ...]]:
        table = self.mapping(key, value)
        return {glob: self.selectors(f'{key}."{glob}"', codes) for glob, codes in table.items()}

    def configs(self, key: str, value: object) -> Mapping[str, tuple[str, ...]]:
        """Scripts with the configs that they are run with, and documents with their schema or script."""
        found: dict[str, tuple[str, ...]] = {}
        for name, entry in self.mapping(key, value).items():
            found[name] = (entry,) if isinstance(entry, str) else self.strings(f'{key}."{name}"', entry)
            if name.endswith(DOCUMENTS) and (len(found[name]) != 1 or not _is_reader(found[name][0])):
                raise self.fail(
                    f'{key}."{name}"',
                    f"expected a script or one of {', '.join(SCHEMAS)}, got {shown(entry)}"
                    + (_did_you_mean(entry, SCHEMAS) if isinstance(entry, str) else ""),
                )
        return found

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
                f"{key}.{name}", f"expected {expected}, got {shown(value)}; the default is {default!r}"
            )


def read_table(table: Mapping[str, Any], file: str, prefix: str, known: Mapping[str, Rule]) -> dict[str, Any]:
    """The settings of a table, by the names of `Settings`' fields.

    Raises:
        SettingsError: something in it is unknown or of the wrong type.
    """
    reader = _Reader(file, prefix, known)
    kinds: dict[str, Callable[[str, object], object]] = {
        **dict.fromkeys(("select", "extend-select", "ignore"), reader.selectors),
        **dict.fromkeys(("exclude", "extend-exclude", "include", "roots"), reader.strings),
        **dict.fromkeys(("respect-gitignore", "preview"), reader.flag),
        "per-file-ignores": reader.per_file,
        "level": reader.level,
        "jobs": reader.count,
        "baseline": reader.text,
        "rules": reader.rules,
        "configs": reader.configs,
    }
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key not in kinds:
            hint = _did_you_mean(key.replace("_", "-"), kinds)
            raise reader.fail(key, f"there is no such setting{hint}; there are {', '.join(sorted(kinds))}")
        values[key.replace("-", "_")] = kinds[key](key, value)
    return values


def _is_reader(text: str) -> bool:
    return text in SCHEMAS or text.endswith((".py", ".ipynb"))


def resolve_selector(word: str, known: Mapping[str, Rule], key: str, file: str) -> str:
    """A selector with a rule's name turned into its code.

    Raises:
        SettingsError: no rule has that code, prefix or name.
    """
    names = {rule.name: code for code, rule in known.items()}
    code = names.get(word, word)
    if code == ALL or (code and any(each.startswith(code) for each in known)):
        return code
    hint = _did_you_mean(word, [*known, *names])
    raise SettingsError(
        f"{file}: {key}: there is no rule {word!r}{hint}; "
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


def shown(value: object) -> str:
    """A value as a message shows it: as TOML where they differ, and short."""
    text = {True: "true", False: "false"}[value] if isinstance(value, bool) else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
