"""absl.flags and absl.app: one object of flags a run, with their defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.semantics.library import TableLibrary
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.values import Args, Const, Unknown, Value, extend

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_NONE = Const(None)


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
LIBRARIES = [ABSL]
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
