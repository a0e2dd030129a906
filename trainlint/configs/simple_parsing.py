"""simple_parsing: data classes as groups of options of an argparse parser.

Source: simple_parsing 0.1 (`parsing.py`, `helpers/fields.py`, `helpers/subgroups.py`, `decorators.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.configs.argparse import ParserClass
from trainlint.configs.dataclasses import FieldValue
from trainlint.configs.filled_classes import filled
from trainlint.configs.parsed_arguments import Parser
from trainlint.semantics.definitions import FunctionValue
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.mappings import as_dict
from trainlint.semantics.objects import Instance
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LIBRARY = TableLibrary("simple_parsing")
LIBRARIES = [LIBRARY]
_NONE = Const(None)
_FIELD_OPTIONS = ("default", "default_factory", "init", "kw_only")


class SimpleParserClass(ParserClass):
    """simple_parsing.ArgumentParser: argparse's, with `add_arguments(dataclass, dest)`."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        return None

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name == "add_arguments":
            return Native(name, lambda r, args: _add_arguments(r, instance, args))
        return super().attribute(run, instance, name)


LIBRARY.add(SimpleParserClass("simple_parsing.ArgumentParser"), "simple_parsing.parsing.ArgumentParser")


def _add_arguments(run: Interpreter, parser: Instance, args: Args) -> Value:
    """`add_arguments(dataclass, dest, prefix="", default=None)`: an object of the class stands in the namespace under `dest`."""
    given = args.bind("dataclass", "dest", "prefix", "default")
    dest = given.get("dest")
    if not isinstance(parser.data, Parser) or not isinstance(dest, Const) or not isinstance(dest.value, str):
        return Unknown("options whose place is not known")
    state = parser.data.state
    run.write(state, "defaults", (*state["defaults"], (dest.value, _object(run, given))))
    return _NONE


def _object(run: Interpreter, given: dict[str, Value]) -> Value:
    """The given default, else a new object; a config file over them is not read."""
    default = given.get("default")
    if default is not None and not (isinstance(default, Const) and default.value is None):
        return default
    cls = given.get("dataclass", _NONE)
    return cls if isinstance(cls, Instance) else filled(run, cls, Args())


@LIBRARY.function("simple_parsing.parse", "simple_parsing.parsing.parse")
def _parse(run: Interpreter, args: Args) -> Value:
    given = args.bind("dataclass", "config_path", "args", "default")
    path = given.get("config_path", _NONE)
    if isinstance(path, Const) and path.value is None:
        return _object(run, given)
    return Unknown("a config that a file fills")


@LIBRARY.function("simple_parsing.parse_known_args", "simple_parsing.parsing.parse_known_args")
def _parse_known(run: Interpreter, args: Args) -> Value:
    return TupleValue([_parse(run, args), ListValue(())])


@LIBRARY.function("simple_parsing.main", "simple_parsing.decorators.main")
def _main(run: Interpreter, args: Args) -> Value:
    """`@main`: the function's parameters are options."""

    def decorate(r: Interpreter, more: Args) -> Value:
        function = more.positional[0] if more.positional else _NONE
        return (
            Native(function.qualname, lambda inner, told: filled(inner, function, told))
            if isinstance(function, FunctionValue)
            else function
        )

    return decorate(run, args) if args.positional else Native("simple_parsing.main", decorate)


# -- fields


def _field(args: Args, **more: Value) -> FieldValue:
    """dataclasses.field(); what else is given goes to add_argument()."""
    given = {name: value for name, value in args.keywords.items() if name in _FIELD_OPTIONS}
    return FieldValue({**given, **more})


def _name(*names: str) -> tuple[str, ...]:
    rooms = ("simple_parsing", "simple_parsing.helpers", "simple_parsing.helpers.fields")
    return tuple(f"{room}.{name}" for room in rooms for name in names)


@LIBRARY.function(*_name("field"))
def _simple_field(run: Interpreter, args: Args) -> Value:
    return _field(args, **({"default": args.positional[0]} if args.positional else {}))


@LIBRARY.function(*_name("flag"))
def _flag(run: Interpreter, args: Args) -> Value:
    return _field(args, **({"default": args.positional[0]} if args.positional else {}))


@LIBRARY.function(*_name("choice"))
def _choice(run: Interpreter, args: Args) -> Value:
    """`choice("a", "b", default="a")`, `choice({"a": x}, default="a")`: the key's value."""
    table = as_dict(args.positional[0]) if len(args.positional) == 1 else None
    default = args.keywords.get("default")
    chosen = _under(table, default) if table is not None else None
    return _field(args, **({"default": chosen} if chosen is not None else {}))


@LIBRARY.function(*_name("list_field", "set_field"))
def _list_field(run: Interpreter, args: Args) -> Value:
    items = list(args.positional)
    return _field(args, default_factory=Native("list", lambda r, more: ListValue(items)))


@LIBRARY.function(*_name("dict_field"))
def _dict_field(run: Interpreter, args: Args) -> Value:
    items = args.positional[0] if args.positional else DictValue.of({})
    return _field(
        args,
        default_factory=Native(
            "dict", lambda r, more: r.call(r.library_name("builtins.dict"), Args([items]))
        ),
    )


@LIBRARY.function(*_name("mutable_field"))
def _mutable_field(run: Interpreter, args: Args) -> Value:
    """`mutable_field(fn, ...)`: the rest is given to the function each time."""
    own = ("init", "repr", "hash", "compare", "metadata")
    rest = Args(args.positional[1:], {k: v for k, v in args.keywords.items() if k not in own}, args.open)
    maker = args.positional[0] if args.positional else args.keywords.get("fn", _NONE)
    return FieldValue({"default_factory": Native("mutable_field", lambda r, more: r.call(maker, rest))})


@LIBRARY.function("simple_parsing.helpers.subgroups.subgroups", *_name("subgroups", "subparsers"))
def _subgroups(run: Interpreter, args: Args) -> Value:
    """`subgroups({"adam": AdamConfig, ...}, default="adam")`: an object of the class under the default's key."""
    table = as_dict(args.positional[0]) if args.positional else None
    default = args.keywords.get("default")
    chosen = _under(table, default)
    if chosen is None or isinstance(chosen, Instance):
        return _field(args, **({"default": chosen} if chosen is not None else {}))
    given = {name: value for name, value in args.keywords.items() if name in ("init", "kw_only")}
    return FieldValue({**given, "default_factory": Native("subgroup", lambda r, more: _made(r, chosen))})


def _made(run: Interpreter, maker: Value) -> Value:
    made = filled(run, maker, Args())
    return run.call(maker, Args()) if isinstance(made, Unknown) else made


def _under(table: DictValue | None, key: Value | None) -> Value | None:
    if table is None or not isinstance(key, Const) or not isinstance(key.value, str):
        return None
    return table.strings().get(key.value)
