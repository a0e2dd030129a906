"""click, typer, fire, tyro and absl.flags: entry points run with the defaults of their options."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from trainlint.configs.argument_values import Option, converted, placed
from trainlint.configs.config_option import given_configs, given_parameters
from trainlint.semantics.definitions import BoundMethod, ClassValue, FunctionValue
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.sequences import DictValue, TupleValue
from trainlint.semantics.values import Args, Const, Native, Unknown, Value, extend

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

CLICK = TableLibrary("click", "rich_click", usual={"click": "click"}, observers=("click",))
CLICK.alias("rich_click", "click")
TYPER = TableLibrary("typer", usual={"typer": "typer"}, observers=("typer",))
CALLERS = TableLibrary("fire", "tyro")
_NONE = Const(None)
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
    if default is None and _takes_none(option, args, required):
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
    """Whether it is an empty tuple without the command line's words: `multiple=True`, and words that are passed on."""
    if positional:
        kind = option.type.describe() if option.type is not None else ""
        return "UNPROCESSED" in kind and isinstance(option.nargs, Const) and option.nargs.value == -1
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
    callable = isinstance(target, FunctionValue | ClassValue)
    return run.call(target, given_parameters(run, target)) if callable else Unknown("tyro.cli()")


# -- absl


class FlagsClass(LibraryClass):
    """absl.flags.FLAGS: one object a run, whose attributes are the flags' defaults.

    A flag that nothing defined is not there: `getattr(FLAGS, "name", None)`.
    """

    __slots__ = ()
    closed = True

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name == "set_default" and instance is flags_of(run):
            return Native("absl.flags.FLAGS.set_default", _set_default)
        return None

    def invoke(self, run: Interpreter, instance: Instance, args: Args) -> Value | None:
        return _NONE

    def item(self, run: Interpreter, instance: Instance, key: Value) -> Value | None:
        value = instance.attrs.get(str(key.value)) if isinstance(key, Const) else None
        return Instance(self, run.here, {"value": value}) if value is not None else None


_FLAGS = FlagsClass("absl.flags.FlagValues")


class AbslLibrary(TableLibrary):
    """Adds the one FLAGS object of a run."""

    def resolve(self, run: Interpreter, qualname: str) -> Value | None:
        if qualname == "absl.flags.FLAGS":
            return flags_of(run)
        if qualname.startswith("absl.flags.argparse_flags."):
            return run.library_name(f"argparse.{qualname.rpartition('.')[2]}")
        return super().resolve(run, qualname)


def flags_of(run: Interpreter) -> Instance:
    """absl.flags.FLAGS of this run."""
    found = run.memo.get("configs.flags")
    if not isinstance(found, Instance):
        found = run.memo["configs.flags"] = Instance(_FLAGS, run.here)
    return found


def _define(run: Interpreter, args: Args) -> Value:
    bound = args.bind("name", "default")
    name, default = bound.get("name", _NONE), bound.get("default", _NONE)
    if not isinstance(name, Const):
        return Unknown("a flag whose name is not known")
    if default.origin:
        default = default.with_origin(extend(default.origin, run.here, f"--{name.value}"))
    return define_flag(run, name, default)


def define_flag(run: Interpreter, name: Value, value: Value) -> Value:
    """A flag of this name with this value: FLAGS has it, and its holder is returned."""
    if isinstance(name, Const):
        run.write(flags_of(run).attrs, str(name.value), value)
    return Instance(_FLAGS, run.here, {"value": value, "name": name})


ABSL = AbslLibrary("absl", observers=("absl.logging",))
LIBRARIES = [CLICK, TYPER, CALLERS, ABSL]
for _kind in (
    "float",
    "integer",
    "string",
    "bool",
    "boolean",
    "enum",
    "list",
    "spaceseplist",
    "multi_string",
    "multi_integer",
    "multi_float",
    "multi_enum",
):
    ABSL.function(f"absl.flags.DEFINE_{_kind}")(_define)


@ABSL.function("absl.flags.set_default")
def _set_default_of(run: Interpreter, args: Args) -> Value:
    """`flags.set_default(holder, value)`, with what DEFINE_x returned."""
    bound = args.bind("flag_holder", "value")
    holder = bound.get("flag_holder")
    name = holder.attrs.get("name", _NONE) if isinstance(holder, Instance) else _NONE
    return _set_default(run, Args([name, bound.get("value", _NONE)]))


def _set_default(run: Interpreter, args: Args) -> Value:
    """`FLAGS.set_default("batch_size", 1024)`: what an option is that the command line leaves out."""
    bound = args.bind("name", "value")
    name, value = bound.get("name", _NONE), bound.get("value", _NONE)
    if not isinstance(name, Const):
        flags = flags_of(run).attrs
        for known in list(flags):
            run.write(flags, known, Unknown("set_default() of a flag whose name is not known"))
        return _NONE
    if value.origin:
        value = value.with_origin(extend(value.origin, run.here, f"--{name.value}"))
    run.write(flags_of(run).attrs, str(name.value), value)
    return _NONE


@ABSL.function("absl.flags.mark_flag_as_required", "absl.flags.mark_flags_as_required")
def _required(run: Interpreter, args: Args) -> Value:
    """Flags that the command line has to give: what is not known of them is not their default."""
    names = args.positional[0] if args.positional else _NONE
    flags = flags_of(run).attrs
    listed: list[Value] = list(getattr(names, "elements", (names,)))
    for name in (str(each.value) for each in listed if isinstance(each, Const)):
        held = flags.get(name)
        if isinstance(held, Const) and held.value is None:
            run.write(flags, name, Unknown(f"required flag {name}"))
    return _NONE


@ABSL.function("absl.app.run")
def _app_run(run: Interpreter, args: Args) -> Value:
    """`app.run(main, argv=None, flags_parser=...)`: main takes what the parser makes of the command line."""
    bound = args.bind("main", "argv", "flags_parser")
    main, parser = bound.get("main"), bound.get("flags_parser")
    if main is None:
        return _NONE
    line: Value = bound.get("argv") or Unknown("the command line")
    return run.call(main, Args([run.call(parser, Args([line])) if parser is not None else line]))
