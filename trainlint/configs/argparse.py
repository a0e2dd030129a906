"""argparse: what a run without command-line arguments gets, with the place of every default."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from trainlint.configs.argument_actions import BY_FLAG, LISTS, action, actions, by_flag
from trainlint.configs.argument_values import (
    Option,
    command_line,
    is_literal,
    literal_arguments,
    read_literal,
    starting_value,
    written_line,
)
from trainlint.configs.config_option import given_configs
from trainlint.configs.subcommands import Subcommand, Subcommands
from trainlint.semantics.definitions import ClassValue
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import ListValue, TupleValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


from trainlint.configs.parsed_arguments import LIBRARY, NAMESPACE, Group, ParsedArguments, Parser, values_of

LIBRARIES = [LIBRARY]
_NONE = Const(None)


@LIBRARY.function("argparse.FileType")
def _file_type(run: Interpreter, args: Args) -> Value:
    return Native("FileType", lambda r, more: r.call(r.library_name("builtins.open"), more))


# -- the parser


class AddsArguments(LibraryClass):
    """What a parser and its groups have in common."""

    __slots__ = ()

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        data = instance.data
        parser = data.parser if isinstance(data, Group) else data
        if not isinstance(parser, Parser):
            return None
        method = METHODS.get(name)
        if method is not None:
            return Native(f"ArgumentParser.{name}", lambda r, args: method(r, parser, args))
        if name in ("add_argument_group", "add_mutually_exclusive_group"):
            return Native(name, lambda r, args: _with_data(r, GROUP, _grouped(r, parser, args)))
        if name in _ENDS:
            return Native(name, lambda r, args: r.call_external("sys.exit", Args()))
        if name in _TALK:
            return Native(name, lambda r, args: _NONE)
        options = parser.state["options"]
        if name == "_actions":
            return actions(run, options, None)
        if name in LISTS:
            return Native(name, lambda r, args: actions(r, options, LISTS[name]))
        return by_flag(run, options) if name == BY_FLAG else None


class GroupClass(AddsArguments):
    """A group of arguments: what is added to it is added to the parser too; `data` is the Group."""

    __slots__ = ()

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        group = instance.data
        if not isinstance(group, Group):
            return None
        if name == "title":
            return group.title
        if name == "_group_actions":
            return ListValue([action(run, dest) for dest in group.state["members"]])
        found = super().attribute(run, instance, name)
        return found if METHODS.get(name) is not _add_argument else Native(name, partial(_add_member, group))


def _grouped(run: Interpreter, parser: Parser, args: Args) -> Group:
    group = Group(parser, args.bind("title").get("title", _NONE))
    _add(run, parser, "groups", group)
    return group


def _add_member(group: Group, run: Interpreter, args: Args) -> Value:
    made, option = _add_argument(run, group.parser, args), Option.of(args, run.here)
    if option is not None:
        run.write(group.state, "members", (*group.state["members"], option.dest))
    return made


def _groups(run: Interpreter, parser: Parser) -> Value:
    """`parser._action_groups`: of positional arguments, of options, then those that code made."""
    inside = {dest for group in parser.state["groups"] for dest in group.state["members"]}
    found = []
    for title, flagged in (("positional arguments", False), ("options", True)):
        rest = [o.dest for o in parser.state["options"] if o.dest not in inside and bool(o.flags) is flagged]
        found.append(Group(parser, Const(title), {"members": (*(("help",) if flagged else ()), *rest)}))
    return ListValue([_with_data(run, GROUP, group) for group in (*found, *parser.state["groups"])])


_TALK = frozenset({"register", "convert_arg_line_to_args", "format_help", "format_usage"})
_ENDS = frozenset({"error", "exit", "print_help", "print_usage"})
"""After these a program does nothing more: what follows `print_help()` is an exit or a return."""


class ParserClass(AddsArguments):
    """argparse.ArgumentParser; `data` is the Parser."""

    __slots__ = ()

    def allocate(self, run: Interpreter, instance: Instance) -> None:
        instance.data = Parser()

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name == "_action_groups" and isinstance(instance.data, Parser):
            return _groups(run, instance.data)
        return super().attribute(run, instance, name)

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        parents = args.keywords.get("parents")
        for parent in parents.iterate(run).values if parents is not None else ():
            data = parent.data if isinstance(parent, Instance) else None
            if isinstance(data, Parser):
                _add(run, instance.data, "options", *data.state["options"])
                _add(run, instance.data, "defaults", *data.state["defaults"])
            else:
                run.write(instance.data.state, "open", True)


class SubparsersClass(LibraryClass):
    """What add_subparsers() returns; `data` is the Parser above."""

    __slots__ = ()

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name != "add_parser":
            return None

        def add_parser(r: Interpreter, args: Args) -> Value:
            made = PARSER.call(r, Args([], args.keywords))
            if isinstance(made, Instance) and isinstance(instance.data, Parser):
                name = args.positional[0] if args.positional else args.keywords.get("name")
                text = str(name.value) if isinstance(name, Const) else None
                _add(r, instance.data, "subparsers", (text, made.data))
            return made

        return Native("add_parser", add_parser)


PARSER = LIBRARY.add(
    ParserClass("argparse.ArgumentParser"), "configargparse.ArgParser", "configargparse.ArgumentParser"
)
GROUP = GroupClass("argparse._ArgumentGroup")
SUBPARSERS = SubparsersClass("argparse._SubParsersAction")


def _with_data(run: Interpreter, cls: LibraryClass, data: Parser | Group) -> Instance:
    made = Instance(cls, run.here)
    made.data = data
    return made


def _add(run: Interpreter, parser: Parser, slot: str, *what: Any) -> None:
    run.write(parser.state, slot, (*parser.state[slot], *what))


def _add_argument(run: Interpreter, parser: Parser, args: Args) -> Value:
    option = Option.of(args, run.here)
    if option is None:
        run.write(parser.state, "open", True)
        return Unknown("an argument whose name is not known")
    _add(run, parser, "options", option)
    return _NONE


def _set_defaults(run: Interpreter, parser: Parser, args: Args) -> Value:
    _add(run, parser, "defaults", *args.keywords.items())
    if args.open:
        run.write(parser.state, "open", True)
    return _NONE


def _get_default(run: Interpreter, parser: Parser, args: Args) -> Value:
    name = args.positional[0] if args.positional else _NONE
    made = _namespace(run, parser, Args())
    return made.attrs.get(str(name.value), _NONE) if isinstance(name, Const) else Unknown("a default")


def _add_subparsers(run: Interpreter, parser: Parser, args: Args) -> Value:
    dest, required = args.keywords.get("dest"), args.keywords.get("required")
    if isinstance(dest, Const) and isinstance(dest.value, str):
        run.write(parser.state, "dest", dest.value)
    run.write(parser.state, "required", isinstance(required, Const) and required.value is True)
    return _with_data(run, SUBPARSERS, parser)


# -- parsing


def _namespace(run: Interpreter, parser: Parser, args: Args) -> Instance:
    """The namespace of a run: defaults, and what a literal list of arguments gives."""
    bound = args.bind("args", "namespace")
    listed = "args" in bound and _is_given(bound["args"])
    given = literal_arguments(bound["args"]) if listed else command_line(run, parser.state["options"])
    target = bound.get("namespace")
    made = target if isinstance(target, Instance) else ParsedArguments(NAMESPACE, run.here)
    if parser.state["subparsers"] and not listed:
        given = []  # which words are a subcommand's is not told apart: all subcommands stand
    if isinstance(made, ParsedArguments) and listed:
        made.read = None  # a list of arguments in the code is no command line
    values = values_of(run, parser)
    written = None if listed else written_line(run)
    for name, value in values.items():
        if written is not None and not is_literal(written):
            value = Unknown(f"{name} may stand in what is put into sys.argv")
        if name not in made.attrs:
            run.write(made.attrs, name, value)
    if isinstance(made, ParsedArguments) and parser.state["subparsers"] and not given:
        parts = [Subcommand(name, values_of(run, part)) for name, part in parser.state["subparsers"]]
        made.subcommands = Subcommands(parser.state["dest"], parts, values)
    if given:
        for name, value in read_literal(run, parser.state["options"], given).items():
            run.write(made.attrs, name, value)
    if parser.state["open"]:
        made.data = "open"
    if not listed:
        _act(
            run,
            parser,
            made,
            not (given or parser.state["subparsers"]) and (written is None or is_literal(written)),
        )
    return made


def _act(run: Interpreter, parser: Parser, made: Instance, bare: bool) -> None:
    """What custom actions make of the config that the run is given (`action=LoadFromFile`). bare: no word is given; the
    actions of positional arguments that may be left out are called all the same, with the default."""
    configs, defaults = given_configs(run, parser.state["options"]), dict(parser.state["defaults"])
    for option in parser.state["options"]:
        if not isinstance(option.maker, ClassValue):
            continue
        value, flag = configs.get(option.dest), Const(option.label if option.flags else None)
        if value is None and bare and option.may_be_left_out:
            value = starting_value(run, replace(option, action="store"), defaults.get(option.dest))
        if value is not None:
            action = Instance(option.maker, option.location, {"dest": Const(option.dest)})
            run.call(action, Args([_with_data(run, PARSER, parser), made, value, flag]))


def _is_given(value: Value) -> bool:
    """Whether parse_args() is handed a list of its own, and not sys.argv's."""
    return not (isinstance(value, Const) and value.value is None)


def _parse_args(run: Interpreter, parser: Parser, args: Args) -> Value:
    return _namespace(run, parser, args)


def _parse_known(run: Interpreter, parser: Parser, args: Args) -> Value:
    return TupleValue([_namespace(run, parser, args), ListValue(())])


METHODS: dict[str, Callable[[Interpreter, Parser, Args], Value]] = {
    "add_argument": _add_argument,
    "add": _add_argument,  # configargparse
    "add_arg": _add_argument,
    "set_defaults": _set_defaults,
    "get_default": _get_default,
    "add_subparsers": _add_subparsers,
    "parse_args": _parse_args,
    "parse_known_args": _parse_known,
    "parse_intermixed_args": _parse_args,
    "parse_known_intermixed_args": _parse_known,
}
