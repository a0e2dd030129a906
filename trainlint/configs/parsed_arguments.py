"""argparse's namespace: what parsing gives, and what a parser holds until then."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from trainlint.configs.argument_factories import options_for
from trainlint.configs.argument_values import starting_value
from trainlint.configs.config_option import given_configs
from trainlint.configs.subcommands import Subcommands, names_of
from trainlint.configs.watch import overwritten
from trainlint.model import Location
from trainlint.semantics.library import Symbol, TableLibrary
from trainlint.semantics.live_dicts import InstanceDict
from trainlint.semantics.mappings import as_dict
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.values import Args, Const, Unknown, Value, extend

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


class ArgparseLibrary(TableLibrary):
    """argparse, and what a parameter for its options stands for."""

    def symbolic(self, run: Interpreter, symbol: Symbol) -> Value | None:
        return options_for(run, symbol)


LIBRARY = ArgparseLibrary(
    "argparse",
    "configargparse",
    usual={
        "argparse": "argparse",
        "ArgumentParser": "argparse.ArgumentParser",
        "Namespace": "argparse.Namespace",
    },
)
LIBRARY.alias("configargparse", "argparse")
_NONE = Const(None)
SUPPRESS = "==SUPPRESS=="
LIBRARY.constant("argparse.SUPPRESS", SUPPRESS)
LIBRARY.constant("argparse.REMAINDER", "...")
LIBRARY.constant("argparse.OPTIONAL", "?")
LIBRARY.constant("argparse.ZERO_OR_MORE", "*")
LIBRARY.constant("argparse.ONE_OR_MORE", "+")


@dataclass(eq=False)
class Parser:
    """A parser's options. state: options (tuple of Option), groups (Group), defaults (of set_defaults), subparsers (name and
    Parser), dest and required of these, open."""

    state: dict[str, Any] = field(
        default_factory=lambda: {
            **dict.fromkeys(("options", "groups", "defaults", "subparsers"), ()),
            "dest": None,
            "required": False,
            "open": False,
        }
    )


@dataclass(eq=False)
class Group:
    """A group of a parser's arguments. members: the `dest` of each."""

    parser: Parser
    title: Value
    state: dict[str, tuple[str, ...]] = field(default_factory=lambda: {"members": ()})


def values_of(run: Interpreter, parser: Parser) -> dict[str, Value]:
    """What a run without arguments gets, by name."""
    found: dict[str, Value] = {}
    defaults = dict(parser.state["defaults"])
    configs = given_configs(run, parser.state["options"])
    for option in parser.state["options"]:
        if option.dest in found:  # argparse keeps the default of the first option of one dest
            continue
        told = configs.get(option.dest) if option.maker is None else None
        value = told or starting_value(run, option, defaults.get(option.dest))
        if isinstance(value, Const) and value.value == SUPPRESS:
            continue
        if parser.state["open"] and isinstance(value, Const):
            value = run.join(value, Unknown("set_defaults() with names that are not known"))
        found[option.dest] = value
    for name, value in defaults.items():
        found.setdefault(name, value.with_origin(extend(value.origin, run.here)) if value.origin else value)
    if parser.state["dest"] is not None:
        names = [name for name, _ in parser.state["subparsers"]]
        found[parser.state["dest"]] = names_of(names, parser.state["required"])
    for _, part in parser.state["subparsers"]:
        # Code that reads an option of one subcommand runs when that subcommand was given.
        for name, value in values_of(run, part).items():
            found[name] = (
                run.join(found[name], value) if name in found and found[name] is not value else value
            )
    return found


# -- Namespace


class NamespaceClass(LibraryClass):
    """argparse.Namespace and types.SimpleNamespace: the keyword arguments become attributes."""

    __slots__ = ("closed",)

    def __init__(self, qualname: str) -> None:
        super().__init__(qualname)
        self.closed = True

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        for source in args.positional[:1]:
            mapping = as_dict(source)
            for name, value in mapping.strings().items() if mapping is not None else ():
                run.write(instance.attrs, name, value)
        for name, value in args.keywords.items():
            run.write(instance.attrs, name, value)
        if args.open:
            instance.data = "open"

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name == "__dict__":
            return InstanceDict(instance)
        if name in ("__contains__", "_get_kwargs"):
            return Unknown(f"Namespace.{name}")
        return None

    def operate(
        self, run: Interpreter, instance: Instance, op: str, other: Value, reflected: bool
    ) -> Value | None:
        if op == "in" and isinstance(other, Const):
            return Const(other.value in instance.attrs) if instance.data is None else None
        return None


class ParsedArguments(Instance):
    """What parse_args() returns: it knows which options code has read. read: their names; None if any may have been."""

    __slots__ = ("read", "subcommands")

    def __init__(self, cls: LibraryClass, location: Location) -> None:
        super().__init__(cls, location)
        self.read: set[str] | None = set()
        self.subcommands: Subcommands | None = None

    def get_attr(self, run: Interpreter, name: str) -> Value:
        if name.startswith("__"):
            self.read = None
        elif self.read is not None:
            self.read.add(name)
        own = self.subcommands.value(self.attrs, name) if self.subcommands is not None else None
        return super().get_attr(run, name) if own is None else own

    def set_attr(self, run: Interpreter, name: str, value: Value) -> None:
        old = self.attrs.get(name)
        certain = run.root == 1 and not run.branches and self.data is None
        if old is not None and self.read is not None and name not in self.read and certain:
            overwritten(run, name, name, old, value)
        super().set_attr(run, name, value)

    def exposed(self) -> None:
        """Code went through all its attributes."""
        self.read = None


NAMESPACE = LIBRARY.add(NamespaceClass("argparse.Namespace"))
