"""Parameter types of click: what becomes of an option's text (https://click.palletsprojects.com/en/stable/parameter-types/)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.configs.commands import CLICK
from trainlint.semantics.builtin_types import TYPES
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.outside import Native
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LIBRARIES: list[TableLibrary] = []  # these are entries of click's


def _given(args: Args) -> Value:
    return args.positional[0] if args.positional else Unknown("an option's text")


@CLICK.function("click.Path")
def _path(run: Interpreter, args: Args) -> Value:
    """A path as text, or as what `path_type` makes of it."""
    kind = args.keywords.get("path_type")
    if kind is None or (isinstance(kind, Const) and kind.value is None):
        return Native("click.Path", lambda r, more: _given(more))
    return Native("click.Path", lambda r, more: r.call(kind, Args([_given(more)])))


@CLICK.function("click.Choice")
def _choice(run: Interpreter, args: Args) -> Value:
    return Native("click.Choice", lambda r, more: _given(more))


@CLICK.function("click.File")
def _file(run: Interpreter, args: Args) -> Value:
    return Native(
        "click.File",
        lambda r, more: r.call(r.library_name("builtins.open"), Args([_given(more), *args.positional])),
    )


@CLICK.function("click.IntRange")
def _whole(run: Interpreter, args: Args) -> Value:
    return TYPES["int"]


@CLICK.function("click.FloatRange")
def _number(run: Interpreter, args: Args) -> Value:
    return TYPES["float"]


for _name, _type in (("INT", "int"), ("FLOAT", "float"), ("STRING", "str"), ("BOOL", "bool")):
    CLICK.entries[f"click.{_name}"] = TYPES[_type]
