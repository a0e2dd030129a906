"""attrs.converters: what a field's value becomes (https://www.attrs.org/en/stable/api.html#converters)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.configs.dataclasses import LIBRARY
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.outside import Native
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LIBRARIES: list[TableLibrary] = []  # these are entries of the one of dataclasses
_NONE = Const(None)


@LIBRARY.function("attr.converters.optional", "attrs.converters.optional")
def _optional(run: Interpreter, args: Args) -> Value:
    """`optional(int)`: None stays."""
    inner = args.positional[0] if args.positional else Unknown("a converter")

    def convert(r: Interpreter, more: Args) -> Value:
        value = more.positional[0] if more.positional else _NONE
        return value if isinstance(value, Const) and value.value is None else r.call(inner, Args([value]))

    return Native("optional", convert)


@LIBRARY.function("attr.converters.pipe", "attrs.converters.pipe")
def _pipe(run: Interpreter, args: Args) -> Value:
    def convert(r: Interpreter, more: Args) -> Value:
        value = more.positional[0] if more.positional else _NONE
        for each in args.positional:
            value = r.call(each, Args([value]))
        return value

    return Native("pipe", convert)


@LIBRARY.function("attr.converters.default_if_none", "attrs.converters.default_if_none")
def _default_if_none(run: Interpreter, args: Args) -> Value:
    given = args.bind("default", "factory")

    def convert(r: Interpreter, more: Args) -> Value:
        value = more.positional[0] if more.positional else _NONE
        if not (isinstance(value, Const) and value.value is None):
            return value
        return r.call(given["factory"], Args()) if "factory" in given else given.get("default", _NONE)

    return Native("default_if_none", convert)
