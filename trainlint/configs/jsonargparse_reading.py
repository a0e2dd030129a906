"""What a jsonargparse parser was told, and the config that comes of it: defaults, files, arguments and links."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from trainlint.configs import class_paths
from trainlint.configs.attribute_dicts import AttributeDict, deep_merge, plain
from trainlint.configs.documents import Reading, read_file
from trainlint.semantics.mappings import as_dict
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue
from trainlint.semantics.values import Args, Const, Value
from trainlint.source.tree import config_format

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


class ConfigSpace(AttributeDict):
    """jsonargparse.Namespace: nested, by attribute, by key and by dotted key."""

    __slots__ = ()

    def get_item(self, run: Interpreter, key: Value) -> Value:
        if (
            isinstance(key, Const)
            and isinstance(key.value, str)
            and "." in key.value
            and key.value not in self.cells
        ):
            value: Value = self
            for part in key.value.split("."):
                value = value.get_item(run, Const(part))
            return value
        return super().get_item(run, key)

    def set_item(self, run: Interpreter, key: Value, value: Value) -> None:
        if isinstance(key, Const) and isinstance(key.value, str) and "." in key.value:
            set_path(run, self, key.value, value)
        else:
            super().set_item(run, key, value)


READING = Reading("jsonargparse", yaml12=True, mapping=ConfigSpace)
"""How it reads YAML: numbers such as `1e-3` are numbers."""


@dataclass(frozen=True)
class Group:
    """Arguments of a class or function under a key. subclass: the config says which class by `class_path`."""

    key: str
    target: Value
    subclass: bool = False
    skip: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Link:
    """`link_arguments(source, target)`: late where the source is an attribute of an object that is made."""

    sources: tuple[str, ...]
    target: str
    compute: Value | None = None
    late: bool = False


@dataclass
class Parser:
    """What a parser was told. state: groups, options (dotted name, default), defaults, links, files, subcommands: as
    tuples, because they change through the interpreter only."""

    state: dict[str, Any] = field(
        default_factory=lambda: {
            "groups": (), "options": (), "defaults": (), "links": (), "files": (), "subcommands": (), "optimizers": (),
        }
    )  # fmt: skip

    def add(self, run: Interpreter, slot: str, *what: Any) -> None:
        """Add to one of the tuples."""
        run.write(self.state, slot, (*self.state[slot], *what))


def texts(value: Value | None) -> list[str]:
    """The texts of a list."""
    parts = value.elements if isinstance(value, ListValue | TupleValue) else [value]
    return [p.value for p in parts if isinstance(p, Const) and isinstance(p.value, str)]


def set_path(run: Interpreter, target: DictValue, key: str, value: Value) -> None:
    """Set `a.b.c` in nested mappings."""
    *parents, last = key.split(".")
    for part in parents:
        inner = target.strings().get(part)
        if not isinstance(inner, DictValue):
            inner = ConfigSpace()
            DictValue.set_item(target, run, Const(part), inner)
        target = inner
    DictValue.set_item(target, run, Const(last), value)


def get_path(target: DictValue, key: str) -> Value | None:
    """The value at `a.b.c`; None if it is not there."""
    value: Value | None = target
    for part in key.split("."):
        value = value.strings().get(part) if isinstance(value, DictValue) else None
    return value


# -- reading


def config_of(run: Interpreter, parser: Parser, given: Value | None, section: str = "") -> ConfigSpace:
    """What the run is told: defaults, then default config files, then those of the command line, then its arguments.

    section: the subcommand, whose part of a file counts where the file has one.
    """
    made = ConfigSpace()
    for name, default in (*parser.state["options"], *parser.state["defaults"]):
        if not (isinstance(default, Const) and default.value is None and get_path(made, name) is not None):
            set_path(run, made, name, plain(default) if isinstance(default, DictValue) else default)
    for text in parser.state["files"]:
        if run.find_file(text) is not None:
            merge_file(run, made, text, section)
    if given is None or (isinstance(given, Const) and given.value is None):
        for path in run.project.configs:
            if config_format(path) in ("yaml", "json", None):
                merge_file(run, made, str(path), section)
    elif as_dict(given) is not None:
        deep_merge(run, made, given)
    else:
        for name, value in arguments(given):
            if name in ("config", "c"):
                merge_file(run, made, str(getattr(value, "value", "")), section)
            else:
                set_path(run, made, name, value)
    return made


def merge_file(run: Interpreter, made: ConfigSpace, text: str, section: str) -> None:
    """Lay a file over what is known so far."""
    read = read_file(run, text, None, READING)
    entries = as_dict(read)
    inner = entries.strings().get(section) if entries is not None and section else None
    found = inner if isinstance(inner, DictValue) else read
    if isinstance(found, DictValue):
        deep_merge(run, made, found)
    elif not isinstance(found, Const):
        run.write(made.state, "open", True)


def arguments(given: Value) -> Iterator[tuple[str, Value]]:
    """`--name=value` and `--name value` of a literal argument list."""
    parts = given.elements if isinstance(given, ListValue | TupleValue) else ()
    waiting = ""
    for part in parts:
        text = part.value if isinstance(part, Const) and isinstance(part.value, str) else None
        if text is not None and text.startswith("--"):
            name, equals, value = text[2:].partition("=")
            waiting = "" if equals else name
            if equals:
                yield name, class_paths.scalar(value, part.origin)
        elif text is not None and text.startswith("-") and text[1:2].isalpha():
            waiting = text[1:]
        elif waiting:
            yield waiting, class_paths.scalar(text, part.origin) if text is not None else part
            waiting = ""


def shown(run: Interpreter, parser: Parser, made: ConfigSpace) -> ConfigSpace:
    """With the defaults of the classes' own parameters where the config says nothing, and links applied."""
    for group in parser.state["groups"]:
        for name, default in class_paths.defaults(run, group.target).items():
            path = f"{group.key}.{name}" if group.key else name
            if not group.subclass and name not in group.skip and get_path(made, path) is None:
                set_path(run, made, path, default)
    apply_links(run, parser, made, {})
    return made


def apply_links(run: Interpreter, parser: Parser, made: ConfigSpace, objects: dict[str, Value]) -> None:
    """Copy the values of links whose sources are known; objects: what was made so far, by key."""
    for link in parser.state["links"]:
        values = [_linked(run, made, objects, source, link.late) for source in link.sources]
        if any(v is None for v in values):
            continue
        given = [v for v in values if v is not None]
        value = run.call(link.compute, Args(given)) if link.compute is not None else given[0]
        set_path(run, made, link.target, value)


def _linked(
    run: Interpreter, made: ConfigSpace, objects: dict[str, Value], source: str, late: bool
) -> Value | None:
    if not late:
        return get_path(made, source)
    for count in range(source.count(".") + 1, 0, -1):
        key = ".".join(source.split(".")[:count])
        if key in objects:
            value = objects[key]
            for part in source.split(".")[count:]:
                value = run.get_attr(value, part)
            return value
    return None
