"""jsonargparse: parsers whose arguments are those of classes and functions, with config files over their defaults."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from trainlint.configs import class_paths
from trainlint.configs.argument_values import Option
from trainlint.configs.attribute_dicts import plain
from trainlint.configs.jsonargparse_reading import (
    ConfigSpace,
    Group,
    Link,
    Parser,
    apply_links,
    config_of,
    get_path,
    merge_file,
    set_path,
    shown,
    texts,
)
from trainlint.semantics.builtin_types import TYPES
from trainlint.semantics.definitions import ClassValue, FunctionValue
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.mappings import as_dict
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LIBRARY = TableLibrary(
    "jsonargparse", usual={"jsonargparse": "jsonargparse"}, observers=("jsonargparse.typing",)
)
LIBRARIES = [LIBRARY]
_NONE = Const(None)


class ParserClass(LibraryClass):
    """jsonargparse.ArgumentParser, and Lightning's that inherits from it; `data` is the Parser."""

    __slots__ = ()

    def allocate(self, run: Interpreter, instance: Instance) -> None:
        instance.data = Parser()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        instance.data.add(run, "files", *texts(args.keywords.get("default_config_files")))

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        method = METHODS.get(name)
        parser = instance.data
        if method is not None and isinstance(parser, Parser):
            return Native(f"ArgumentParser.{name}", lambda r, args: method(r, parser, args))
        if name in ("add_argument_group", "add_mutually_exclusive_group"):
            return Native(name, lambda r, args: instance)
        return Native(name, lambda r, args: Unknown(f"ArgumentParser.{name}()")) if name in _TALK else None


_TALK = frozenset(
    {
        "dump",
        "save",
        "get_defaults",
        "print_help",
        "error",
        "strip_unknown",
        "format_help",
        "add_instantiator",
    }
)


# -- telling a parser


def _add_argument(run: Interpreter, parser: Parser, args: Args) -> Value:
    option = Option.of(args, run.here)
    if option is None:
        return _NONE
    names = [v.value for v in args.positional if isinstance(v, Const) and isinstance(v.value, str)]
    name = max(names, key=len).lstrip("-").replace("-", "_")
    kind = args.keywords.get("type")
    if isinstance(kind, ClassValue) and kind.state.get("fields"):
        parser.add(run, "groups", Group(name, kind))
        return _NONE
    required = args.keywords.get("required", Const(False)).truth(run) is not False
    default = option.default or (Unknown(f"--{name}, which the command line gives") if required else _NONE)
    parser.add(run, "options", (name, default))
    return _NONE


def _add_class(subclass: bool) -> Callable[[Interpreter, Parser, Args], Value]:
    def method(run: Interpreter, parser: Parser, args: Args) -> Value:
        bound = args.bind("theclass", "nested_key", "as_group", "as_positional", "default", "skip")
        target = next((bound[k] for k in ("theclass",) if k in bound), None)
        target = target or next(
            (args.keywords[k] for k in ("baseclass", "function") if k in args.keywords), _NONE
        )
        key = bound.get("nested_key")
        name = key.value if isinstance(key, Const) and isinstance(key.value, str) else ""
        parser.add(run, "groups", Group(name, target, subclass, frozenset(texts(bound.get("skip")))))
        return _NONE

    return method


def _link(run: Interpreter, parser: Parser, args: Args) -> Value:
    bound = args.bind("source", "target", "compute_fn", "apply_on")
    sources, target = texts(bound.get("source")), texts(bound.get("target"))
    late = texts(bound.get("apply_on")) == ["instantiate"]
    if sources and target:
        compute = bound.get("compute_fn")
        compute = None if compute is None or isinstance(compute, Const) else compute
        parser.add(run, "links", Link(tuple(sources), target[0], compute, late))
    return _NONE


def _set_defaults(run: Interpreter, parser: Parser, args: Args) -> Value:
    entries = as_dict(args.positional[0]) if args.positional else None
    found = dict(entries.strings()) if entries is not None else {}
    parser.add(run, "defaults", *(found | args.keywords).items())
    return _NONE


def _subcommand(run: Interpreter, parser: Parser, args: Args) -> Value:
    return _NONE


def _optimizers(run: Interpreter, parser: Parser, args: Args) -> Value:
    """`add_optimizer_args(cls, nested_key="optimizer", link_to="AUTOMATIC")` of Lightning's parser."""
    bound = args.bind("optimizer_class", "nested_key", "link_to")
    cls = bound.get("optimizer_class", args.keywords.get("lr_scheduler_class", _NONE))
    several = isinstance(cls, TupleValue | ListValue)
    key = texts(bound.get("nested_key")) or ["optimizer"]
    parser.add(run, "optimizers", (key[0], cls, several, (texts(bound.get("link_to")) or ["AUTOMATIC"])[0]))
    return _NONE


def _schedulers(run: Interpreter, parser: Parser, args: Args) -> Value:
    given = dict(args.keywords)
    if "lr_scheduler_class" in given:
        given["optimizer_class"] = given.pop("lr_scheduler_class")
    if len(args.positional) < 2:
        given.setdefault("nested_key", Const("lr_scheduler"))
    return _optimizers(run, parser, Args(args.positional, given))


def _callback(run: Interpreter, parser: Parser, args: Args) -> Value:
    """`add_lightning_class_args(cls, "key")`: a callback that is always there."""
    return _add_class(False)(run, parser, args)


# -- asking it


def _parse_args(run: Interpreter, parser: Parser, args: Args) -> Value:
    return shown(run, parser, config_of(run, parser, args.bind("args").get("args")))


def _parse_path(run: Interpreter, parser: Parser, args: Args) -> Value:
    made = config_of(run, parser, ListValue())
    for text in texts(args.positional[0] if args.positional else None):
        merge_file(run, made, text, "")
    return shown(run, parser, made)


def _parse_object(run: Interpreter, parser: Parser, args: Args) -> Value:
    return shown(run, parser, config_of(run, parser, args.positional[0] if args.positional else ListValue()))


def _instantiate(run: Interpreter, parser: Parser, args: Args) -> Value:
    """`instantiate_classes(config)`: the config with objects in the place of their arguments."""
    source = args.positional[0] if args.positional else ConfigSpace()
    made = ConfigSpace(source.cells) if isinstance(source, DictValue) else ConfigSpace(open=True)
    objects: dict[str, Value] = {}
    for group in parser.state["groups"]:
        apply_links(run, parser, made, objects)
        part = get_path(made, group.key) if group.key else made
        value = class_paths.instantiate(run, part, None if group.subclass else group.target)
        if group.key and not isinstance(group.target, FunctionValue):
            objects[group.key] = value
            set_path(run, made, group.key, value)
    return made


METHODS: dict[str, Callable[[Interpreter, Parser, Args], Value]] = {
    "add_argument": _add_argument,
    "add_class_arguments": _add_class(False),
    "add_dataclass_arguments": _add_class(False),
    "add_function_arguments": _add_class(False),
    "add_subclass_arguments": _add_class(True),
    "add_lightning_class_args": _callback,
    "add_optimizer_args": _optimizers,
    "add_lr_scheduler_args": _schedulers,
    "add_subcommands": _subcommand,
    "link_arguments": _link,
    "set_defaults": _set_defaults,
    "parse_args": _parse_args,
    "parse_path": _parse_path,
    "parse_object": _parse_object,
    "instantiate_classes": _instantiate,
    "instantiate": _instantiate,
}
PARSER = LIBRARY.add(
    ParserClass("jsonargparse.ArgumentParser"), "jsonargparse.lightning.LightningArgumentParser"
)


# -- functions and classes as command lines


@LIBRARY.function("jsonargparse.CLI", "jsonargparse.auto_cli")
def _cli(run: Interpreter, args: Args) -> Value:
    """`CLI(function)`: called with its defaults, and what configs give; a class is made, its method chosen outside."""
    target = args.positional[0] if args.positional else args.keywords.get("components", _NONE)
    if not isinstance(target, FunctionValue | ClassValue):
        return Unknown("jsonargparse.CLI()")
    parser = Parser()
    parser.add(run, "files", *texts(args.keywords.get("default_config_files")))
    defaults = as_dict(args.keywords.get("set_defaults", _NONE))
    parser.add(run, "defaults", *(defaults.strings().items() if defaults is not None else ()))
    made = config_of(run, parser, args.keywords.get("args"))
    return class_paths.instantiate(run, made, target)


@LIBRARY.function("jsonargparse.lazy_instance")
def _lazy(run: Interpreter, args: Args) -> Value:
    return (
        run.call(args.positional[0], Args(args.positional[1:], args.keywords)) if args.positional else _NONE
    )


@LIBRARY.function("jsonargparse.namespace_to_dict")
def _to_dict(run: Interpreter, args: Args) -> Value:
    return plain(args.positional[0]) if args.positional else _NONE


class NamespaceClass(LibraryClass):
    """`jsonargparse.Namespace(...)`"""

    __slots__ = ()

    def call(self, run: Interpreter, args: Args) -> Value:
        filled = TYPES["dict"].call(run, args)
        return ConfigSpace(filled.cells) if isinstance(filled, DictValue) else ConfigSpace(open=True)


LIBRARY.add(NamespaceClass("jsonargparse.Namespace"))
