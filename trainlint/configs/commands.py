"""click, typer, fire and tyro: entry points run with the defaults of their options."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from trainlint.configs.argument_values import Option, converted, placed
from trainlint.configs.config_option import given_configs, given_parameters
from trainlint.configs.filled_classes import filled
from trainlint.semantics.definitions import BoundMethod, ClassValue, FunctionValue
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue, TupleValue
from trainlint.semantics.values import Args, Const, Unknown, Value, extend

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

CLICK = TableLibrary("click", "rich_click", usual={"click": "click"}, observers=("click",))
CLICK.alias("rich_click", "click")
TYPER = TableLibrary("typer", usual={"typer": "typer"}, observers=("typer",))
CALLERS = TableLibrary("fire", "tyro")
_NONE = Const(None)
LIBRARIES = [CLICK, TYPER, CALLERS]
MOST_COMMANDS = 8
"""Commands of one program that are all evaluated, as alternatives."""


def _same(run: Interpreter, args: Args) -> Value:
    return args.positional[0] if args.positional else _NONE


# -- click


@CLICK.function("click.command", "click.group", "click.pass_context", "click.version_option")
def _command(run: Interpreter, args: Args) -> Value:
    first = args.positional[0] if args.positional else _NONE
    return _decorated(run, args) if isinstance(first, FunctionValue) else Native("click.command", _decorated)


def _decorated(run: Interpreter, args: Args) -> Value:
    """The function itself; a group's `command` attribute is a decorator too."""
    function = _same(run, args)
    if isinstance(function, FunctionValue):
        for name, value in given_configs(run, function.state.get("options", ())).items():
            run.write(function.defaults, name, value)
        run.write(function.state, "command", Native("click.command", _command))
        run.write(function.state, "main", function)
    return function


def _takes(required: bool) -> Callable[[Interpreter, Args], Value]:
    def decorator(run: Interpreter, args: Args) -> Value:
        option = Option.of(args, run.here)

        def apply(r: Interpreter, more: Args) -> Value:
            function = _same(r, more)
            if isinstance(function, FunctionValue) and option is not None:
                name = _parameter(option, args)
                r.write(function.defaults, name, _default(r, option, args, required))
                known = function.state.get("options", ())
                r.write(function.state, "options", (replace(option, dest=name), *known))
            return function

        return Native("click.option", apply)

    return decorator


def _parameter(option: Option, args: Args) -> str:
    """click names the parameter by the one name without dashes, else by the longest flag."""
    names = [str(v.value) for v in args.positional if isinstance(v, Const)]
    bare = [n for n in names if not n.startswith("-")]
    name = bare[0] if bare else max((n.split("/")[0] for n in names), key=lambda n: n.startswith("--"))
    return name.lstrip("-").replace("-", "_").lower()


def _default(run: Interpreter, option: Option, args: Args, required: bool) -> Value:
    default = option.default
    not_given = default is None or (isinstance(default, Const) and default.value is None)
    if not_given and _takes_none(option, args, required):
        nothing = TupleValue([], extend((), option.location, option.label))
        callback = args.keywords.get("callback")
        context = [Unknown("the context of click"), Unknown("a parameter of click")]
        return nothing if callback is None else run.call(callback, Args([*context, nothing]))
    if default is None:
        flag = args.keywords.get("is_flag")
        switch = any("/" in f for f in option.flags)
        if switch or (isinstance(flag, Const) and flag.value):
            return Const(False, extend((), option.location, option.label))
        return (
            Unknown(f"{option.label}, which the command line gives") if required or option.required else _NONE
        )
    if isinstance(default, Const) and isinstance(default.value, str):
        default = converted(run, option, default)
    return placed(run, option, default)


def _takes_none(option: Option, args: Args, positional: bool) -> bool:
    """Whether it is an empty tuple without the command line's words: `multiple=True`, and any number of words (files are
    given: nothing is done without them)."""
    if positional:
        kind = option.type.describe() if option.type is not None else ""
        files = any(word in kind for word in ("Path", "File"))
        return not (files or option.required) and isinstance(option.nargs, Const) and option.nargs.value == -1
    several = args.keywords.get("multiple")
    return isinstance(several, Const) and several.value is True and not option.required


CLICK.function("click.option")(_takes(False))
CLICK.function("click.argument")(_takes(True))


# -- typer


@TYPER.function("typer.Option", "typer.Argument")
def _typer_option(run: Interpreter, args: Args) -> Value:
    default = args.positional[0] if args.positional else args.keywords.get("default", Const(...))
    required = isinstance(default, Const) and default.value is Ellipsis
    return Unknown("an option that the command line gives") if required else default


@TYPER.function("typer.run")
def _typer_run(run: Interpreter, args: Args) -> Value:
    return (
        run.call(args.positional[0], given_parameters(run, args.positional[0])) if args.positional else _NONE
    )


class TyperClass(LibraryClass):
    """typer.Typer: calling the app runs its commands. attrs: none; data["commands"] lists them."""

    __slots__ = ()

    def allocate(self, run: Interpreter, instance: Instance) -> None:
        instance.data = {"commands": ()}

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        def register(r: Interpreter, args: Args) -> Value:
            function = _same(r, args)
            r.write(instance.data, "commands", (*instance.data["commands"], function))
            return function

        if name in ("command", "callback"):
            return Native(f"Typer.{name}", lambda r, args: Native("command", register))
        return Native(name, lambda r, args: _NONE) if name == "add_typer" else None

    def invoke(self, run: Interpreter, instance: Instance, args: Args) -> Value | None:
        arms = [
            lambda c=c: run.call(c, given_parameters(run, c))
            for c in instance.data["commands"][:MOST_COMMANDS]
        ]
        if arms:
            arms[0]() if len(arms) == 1 else run.alternatives(arms)
        return _NONE


TYPER.add(TyperClass("typer.Typer"))


# -- fire and tyro call what they are given


@CALLERS.function("fire.Fire")
def _fire(run: Interpreter, args: Args) -> Value:
    target = args.positional[0] if args.positional else args.keywords.get("component", _NONE)
    commands = [target]
    if isinstance(target, DictValue):  # one command is chosen by its name
        commands = [value for _, value in target.cells.values()]
    commands = [c for c in commands if isinstance(c, FunctionValue | BoundMethod)]
    arms = [lambda c=c: run.call(c, given_parameters(run, c)) for c in commands]
    if not arms or len(arms) > MOST_COMMANDS:
        return Unknown("fire.Fire()")
    return arms[0]() if len(arms) == 1 else run.alternatives(arms)


@CALLERS.function("tyro.cli")
def _tyro(run: Interpreter, args: Args) -> Value:
    target = args.positional[0] if args.positional else _NONE
    given = args.keywords.get("default")
    if given is not None and not (isinstance(given, Const) and given.value is None):
        return given
    return _tyro_called(run, target) if isinstance(target, _CALLED) else Unknown("tyro.cli()")


_CALLED = FunctionValue | ClassValue


def _tyro_called(run: Interpreter, target: Value) -> Value:
    return filled(run, target, given_parameters(run, target))


@CALLERS.function("tyro.extras.subcommand_cli_from_dict")
def _tyro_subcommands(run: Interpreter, args: Args) -> Value:
    """One of a mapping's functions (or classes) is called, which the command line names."""
    target = args.bind("subcommands").get("subcommands", _NONE)
    found = [value for _, value in target.cells.values()] if isinstance(target, DictValue) else []
    arms = [lambda c=c: _tyro_called(run, c) for c in found if isinstance(c, _CALLED)]
    if not arms or len(arms) > MOST_COMMANDS:
        return Unknown("tyro.extras.subcommand_cli_from_dict()")
    return arms[0]() if len(arms) == 1 else run.alternatives(arms)
