"""configparser: INI files, whose values are text that code turns into numbers (`cfg.getfloat("TRAIN", "lr")`)."""

from __future__ import annotations

import configparser
import re
from typing import TYPE_CHECKING, Any

from trainlint.configs.files import FileText, chosen_file, opened_path
from trainlint.configs.ini_sections import CONVERTED, Section, option_of
from trainlint.model import Location, Place
from trainlint.semantics.keys import key_of
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.mappings import as_dict, dict_attribute
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue
from trainlint.semantics.values import Args, Const, Items, Origin, Unknown, Value
from trainlint.source.problem import Unreadable

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LIBRARY = TableLibrary("configparser", "ConfigParser", usual={"configparser": "configparser"})
LIBRARIES = [LIBRARY]
_NONE = Const(None)
_SECTIONS, _EXACT = "<sections>", "optionxform"
_SECTION = re.compile(r"\[(?P<name>.+)\]")
_OPTION = re.compile(r"(?P<name>[^\s#;:=\[][^:=]*?)\s*(?:[:=]|$)")
_OPTIONS = ("allow_no_value", "strict", "empty_lines_in_values", "default_section")
"""Arguments of a parser that are passed on as they are, where they are known."""


class ParserClass(LibraryClass):
    """configparser.ConfigParser and its like. attrs: the sections read so far, under a name that code cannot use."""

    __slots__ = ()
    closed = False

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        run.write(instance.attrs, _SECTIONS, DictValue())
        plain = args.keywords.get("interpolation")
        instance.data = {
            "kind": self.qualname.rsplit(".", 1)[-1],
            "plain": isinstance(plain, Const) and plain.value is None,
            "extended": plain is not None and "Extended" in plain.describe(),
            "given": {k: v.value for k, v in args.keywords.items() if k in _OPTIONS and isinstance(v, Const)},
        }
        first = as_dict(args.positional[0]) if args.positional else None
        if first is not None:
            _sections(run, instance).set_item(run, Const("DEFAULT"), _section(run, instance, first))

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        sections = _sections(run, instance)
        if name in _METHODS:
            return Native(f"ConfigParser.{name}", lambda r, args: _METHODS[name](r, instance, args))
        if name == "get" or name in CONVERTED:
            return Native(name, lambda r, args: _of_section(r, instance, name, args))
        if name in ("keys", "values"):
            return dict_attribute(run, sections, name)
        return Unknown("the defaults") if name == "defaults" else None

    def item(self, run: Interpreter, instance: Instance, key: Value) -> Value | None:
        return _sections(run, instance).get_item(run, key)

    def assign_item(self, run: Interpreter, instance: Instance, key: Value, value: Value) -> bool:
        given = as_dict(value)
        kept = _section(run, instance, given) if given is not None else value
        _sections(run, instance).set_item(run, key, kept)
        return True

    def items(self, run: Interpreter, instance: Instance) -> Items | None:
        return _sections(run, instance).iterate(run)

    def operate(
        self, run: Interpreter, instance: Instance, op: str, other: Value, reflected: bool
    ) -> Value | None:
        return _sections(run, instance).binary(run, op, other, reflected) if op == "in" else None


def _sections(run: Interpreter, instance: Instance) -> DictValue:
    found = instance.attrs.get(_SECTIONS)
    return found if isinstance(found, DictValue) else DictValue(open=True)


def _exact(run: Interpreter, instance: Instance) -> bool:
    """Whether code gave the parser another way to read names (`parser.optionxform = str`)."""
    return _EXACT in instance.attrs or run.class_attribute(instance.cls, _EXACT) is not None


def _section(run: Interpreter, instance: Instance, given: DictValue) -> Section:
    made = Section(exact=_exact(run, instance), open=given.open)
    for key, value in given.cells.values():
        made.set_item(run, key, value)
    return made


def _open(run: Interpreter, instance: Instance) -> None:
    """What was read is not known: any section may hold anything."""
    run.write(instance.attrs, _SECTIONS, DictValue(open=True))


def _read(run: Interpreter, instance: Instance, args: Args) -> Value:
    """`parser.read(path or paths)`: files that are missing are skipped."""
    first = args.positional[0] if args.positional else args.keywords.get("filenames", Unknown("a file"))
    paths = list(first.elements) if isinstance(first, (ListValue, TupleValue)) else [first]
    for path in paths:
        _read_path(run, instance, path)
    return ListValue(paths)


def _read_file(run: Interpreter, instance: Instance, args: Args) -> Value:
    path = opened_path(args.positional[0]) if args.positional else None
    _read_path(run, instance, path if path is not None else Unknown("a file"))
    return _NONE


def _read_path(run: Interpreter, instance: Instance, path: Value) -> None:
    text = chosen_file(run, path, None)
    found = run.find_file(text) if text is not None else None
    if found is None:
        run.gap(f"config {text}" if text is not None else "config", "the file was not found")
        return _open(run, instance)
    try:
        written = run.reader.text(found)
    except Unreadable as error:
        run.gap(f"config {text}", error.reason)
        return _open(run, instance)
    display = run.reader.display(found)
    run.program.files.add(display)
    _fill(run, instance, written, display, ())


def _read_string(run: Interpreter, instance: Instance, args: Args) -> Value:
    text = args.positional[0] if args.positional else Unknown("a text")
    if isinstance(text, FileText) and text.path is not None:
        _read_path(run, instance, text.path)
    elif isinstance(text, Const) and isinstance(text.value, str):
        _fill(run, instance, text.value, None, text.origin)
    else:
        _open(run, instance)
    return _NONE


def _read_dict(run: Interpreter, instance: Instance, args: Args) -> Value:
    given = as_dict(args.positional[0]) if args.positional else None
    if given is None or given.open:
        _open(run, instance)
        return _NONE
    for key, value in given.cells.values():
        ParserClass.assign_item(CONFIG, run, instance, key, value)
    return _NONE


def _parser(run: Interpreter, instance: Instance) -> configparser.RawConfigParser:
    data = instance.data if isinstance(instance.data, dict) else {}
    given: dict[str, Any] = data.get("given", {})
    if data.get("plain") or data.get("kind") == "RawConfigParser":
        parser = configparser.RawConfigParser(**given)
    elif data.get("extended"):
        parser = configparser.ConfigParser(interpolation=configparser.ExtendedInterpolation(), **given)
    else:
        parser = configparser.ConfigParser(**given)
    if _exact(run, instance):
        parser.optionxform = str  # type: ignore[method-assign, assignment]
    return parser


def _fill(run: Interpreter, instance: Instance, text: str, display: str | None, origin: Origin) -> None:
    """The sections of a text, each value with the place of its line. display: of the file that it stands in."""
    parser = _parser(run, instance)
    try:
        parser.read_string(text)
        values = {name: dict(parser.items(name)) for name in parser.sections()}
    except (configparser.Error, TypeError, ValueError) as error:
        run.gap("config", f"does not parse: {error}"[:120])
        return _open(run, instance)
    lines = _places(text, parser) if display is not None else {}
    sections = _sections(run, instance)
    for name, options in values.items():
        known = sections.cells.get(name)
        section = known[1] if known is not None else None
        if not isinstance(section, Section):
            section = Section(exact=_exact(run, instance))
            sections.set_item(run, Const(name), section)
        for option, value in options.items():
            line = lines.get((name, option)) or lines.get((parser.default_section, option))
            place = origin
            if display is not None and line is not None:
                place = (Place(Location(display, line), f"{name}.{option}"),)
            section.set_item(run, Const(option), Const(value, place))


def _places(text: str, parser: configparser.RawConfigParser) -> dict[tuple[str, str], int]:
    """The line of each option, by section and name."""
    found: dict[tuple[str, str], int] = {}
    section = parser.default_section
    for number, line in enumerate(text.splitlines(), 1):
        header = _SECTION.match(line.strip())
        option = _OPTION.match(line)
        if header is not None:
            section = header["name"]
        elif option is not None:
            found.setdefault((section, parser.optionxform(option["name"])), number)
    return found


def _of_section(run: Interpreter, instance: Instance, name: str, args: Args) -> Value:
    """`parser.getint("TRAIN", "epochs", fallback=10)`"""
    bound = args.bind("section", "option", "raw=", "vars=", "fallback=")
    where = bound.pop("section", Unknown("a section"))
    if isinstance(where, Section):  # `parser.get` as a proxy has it
        return option_of(run, where, name, bound)
    sections = _sections(run, instance)
    slot = key_of(where)
    found = sections.cells.get(slot) if slot is not None else None
    if found is None and slot is not None and not sections.open and "fallback" in bound:
        return bound["fallback"]
    section = found[1] if found is not None else sections.get_item(run, where)
    return (
        option_of(run, section, name, bound)
        if isinstance(section, Section)
        else Unknown("an option of an INI file")
    )


def _set(run: Interpreter, instance: Instance, args: Args) -> Value:
    bound = args.bind("section", "option", "value")
    section = _sections(run, instance).get_item(run, bound.get("section", Unknown("a section")))
    if isinstance(section, Section):
        section.set_item(run, bound.get("option", Unknown("an option")), bound.get("value", _NONE))
    return _NONE


def _listed(run: Interpreter, instance: Instance, args: Args) -> Value:
    """`parser.items("TRAIN")`, `parser.items()`"""
    sections = _sections(run, instance)
    if not args.positional:
        return run.call_method(sections, "items")
    section = sections.get_item(run, args.positional[0])
    return run.call_method(section, "items") if isinstance(section, DictValue) else Unknown("options")


def _options(run: Interpreter, instance: Instance, args: Args) -> Value:
    section = _sections(run, instance).get_item(run, args.positional[0]) if args.positional else None
    return (
        ListValue(section.iterate(run).values, (), section.open)
        if isinstance(section, DictValue)
        else Unknown("names")
    )


def _names(run: Interpreter, instance: Instance, args: Args) -> Value:
    sections = _sections(run, instance)
    return ListValue([key for key, _ in sections.cells.values()], (), sections.open)


def _has(run: Interpreter, instance: Instance, args: Args) -> Value:
    """`has_section(name)`, `has_option(section, name)`"""
    sections = _sections(run, instance)
    if len(args.positional) < 2:
        found = sections.binary(run, "in", args.positional[0], True) if args.positional else None
        return found if found is not None else Unknown("membership")
    section = sections.get_item(run, args.positional[0])
    if not isinstance(section, Section):
        return Unknown("membership") if sections.open else Const(False)
    found = section.binary(run, "in", section.named(args.positional[1]), True)
    return found if found is not None else Unknown("membership")


def _add(run: Interpreter, instance: Instance, args: Args) -> Value:
    if args.positional:
        _sections(run, instance).set_item(run, args.positional[0], Section(exact=_exact(run, instance)))
    return _NONE


def _nothing(run: Interpreter, instance: Instance, args: Args) -> Value:
    return _NONE


_METHODS = {
    "read": _read, "read_file": _read_file, "readfp": _read_file, "read_string": _read_string,
    "read_dict": _read_dict, "set": _set, "items": _listed, "options": _options, "sections": _names,
    "has_section": _has, "has_option": _has, "add_section": _add, "write": _nothing,
}  # fmt: skip

CONFIG = ParserClass("configparser.ConfigParser")
for _kind in ("ConfigParser", "RawConfigParser", "SafeConfigParser"):
    _class = CONFIG if _kind == "ConfigParser" else ParserClass(f"configparser.{_kind}")
    LIBRARY.add(_class, f"ConfigParser.{_kind}")
