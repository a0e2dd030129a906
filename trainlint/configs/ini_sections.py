"""Sections of INI files, and their options as what code makes of the text."""

from __future__ import annotations

import configparser
from typing import TYPE_CHECKING, Any

from trainlint.semantics.dict_methods import METHODS
from trainlint.semantics.keys import key_of
from trainlint.semantics.mappings import dict_attribute
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue
from trainlint.semantics.values import Const, Origin, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_NONE = Const(None)
CONVERTED = {"getint": int, "getfloat": float, "getboolean": None}
"""Methods that make something else of a value's text."""


class Section(DictValue):
    """One section: a mapping whose keys are not case-sensitive, unless code said so, with methods that convert."""

    __slots__ = ("exact",)

    def __init__(
        self, entries: Any = None, origin: Origin = (), open: bool = False, exact: bool = False
    ) -> None:
        super().__init__(entries, origin, open)
        self.exact = exact

    def named(self, key: Value) -> Value:
        """The key as the section holds it."""
        text = isinstance(key, Const) and isinstance(key.value, str) and not self.exact
        return Const(key.value.lower(), key.origin) if text and isinstance(key, Const) else key

    def get_item(self, run: Interpreter, key: Value) -> Value:
        return super().get_item(run, self.named(key))

    def set_item(self, run: Interpreter, key: Value, value: Value) -> None:
        super().set_item(run, self.named(key), value)

    def get_attr(self, run: Interpreter, name: str) -> Value:
        if name == "get" or name in CONVERTED:
            return Native(name, lambda r, args: option_of(r, self, name, args.bind("option", "fallback")))
        return dict_attribute(run, self, name) if name in METHODS else Unknown(f"section.{name}")


def option_of(run: Interpreter, section: Section, name: str, bound: dict[str, Value]) -> Value:
    """An option, as one of the methods that read it gives it (`get`, or one that converts)."""
    key = section.named(bound.get("option", Unknown("an option")))
    slot = key_of(key)
    if slot is not None and slot not in section.cells and not section.open:
        return bound.get("fallback", _NONE if name == "get" else Unknown("an option that is not there"))
    return _convert(section.get_item(run, key), name)


def _convert(value: Value, name: str) -> Value:
    if name == "get" or not isinstance(value, Const):
        return value
    try:
        if name == "getboolean":
            states = configparser.RawConfigParser.BOOLEAN_STATES
            return Const(states[str(value.value).lower()], value.origin)
        return Const(CONVERTED[name](value.value), value.origin)  # type: ignore[misc]
    except (KeyError, TypeError, ValueError):
        return Unknown("a value that does not convert")
