"""`from_argparse_args` and `add_argparse_args` of Lightning 1: a constructor's parameters as options of a command line."""

from __future__ import annotations

from collections.abc import Container
from typing import TYPE_CHECKING, Any

from trainlint.semantics.definitions import ClassValue
from trainlint.semantics.mappings import as_dict
from trainlint.semantics.objects import Instance
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


def of_class(run: Interpreter, cls: Value, name: str) -> Value | None:
    """The two class methods of a data module of the project's own."""
    if not isinstance(cls, ClassValue):
        return None
    if name == "from_argparse_args":
        return Native(name, lambda r, args: from_namespace(r, cls, args, _parameters(r, cls)))
    if name == "add_argparse_args":
        return Native(name, lambda r, args: _add(r, cls, args))
    return None


def from_namespace(run: Interpreter, cls: Value, args: Args, names: Container[str]) -> Value:
    """`X.from_argparse_args(args, **kwargs)`: attributes of the namespace that are names of parameters."""
    source = args.positional[0] if args.positional else args.keywords.get("args", Unknown("arguments"))
    entries = as_dict(source)
    found: dict[str, Value] = {}
    known = entries is not None or isinstance(source, Instance)
    cells: dict[str, Any] = entries.strings() if entries is not None else getattr(source, "attrs", {})
    for name, value in cells.items():
        if name in names:
            found[name] = run.get_attr(source, name) if entries is None else value
    open_ = (
        args.open
        or not known
        or (entries is not None and entries.open)
        or getattr(source, "data", None) == "open"
    )
    more = {k: v for k, v in args.keywords.items() if k != "args"}
    return run.call(cls, Args([], found | more, open=open_))


def _parameters(run: Interpreter, cls: ClassValue) -> dict[str, Value]:
    """The named parameters of a constructor, with their defaults."""
    signature = run.call(run.library_name("inspect.signature"), Args([cls]))
    table = signature.attrs.get("parameters") if isinstance(signature, Instance) else None
    if not isinstance(table, DictValue):
        return {}
    shown = {name: each for name, each in table.strings().items() if isinstance(each, Instance)}
    return {
        name: each.attrs["default"]
        for name, each in shown.items()
        if "VAR_" not in str(getattr(each.attrs["kind"], "value", ""))
    }


def _add(run: Interpreter, cls: ClassValue, args: Args) -> Value:
    """`X.add_argparse_args(parser)`: an option for each parameter that has a default."""
    parser = (
        args.positional[0] if args.positional else args.keywords.get("parent_parser", Unknown("a parser"))
    )
    group = run.call_method(parser, "add_argument_group", Const(f"pl.{cls.name}"))
    for name, default in _parameters(run, cls).items():
        if not (isinstance(default, Const) and default.value == "inspect.Parameter.empty"):
            run.call(run.get_attr(group, "add_argument"), Args([Const(f"--{name}")], {"default": default}))
    return parser
