"""Opened files: what config loaders read from, and tables that code reads row by row."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from trainlint.configs.documents import Reading, read_file, read_text
from trainlint.configs.file_parts import FileParts, is_text
from trainlint.configs.paths import path_origin, path_text
from trainlint.configs.text_lines import lines_of
from trainlint.configs.written import Written, keep, kept
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import ListValue, UnionValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Items, Unknown, Value
from trainlint.source.tree import Format, config_format

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LIBRARY = TableLibrary("builtins", "io", "codecs", "csv", "gzip", usual={"csv": "csv"})
LIBRARIES = [LIBRARY]
_NONE = Const(None)


@dataclass(frozen=True)
class OpenedFile:
    """The path that was opened, or None if it is not known."""

    path: Value | None


class FileText(Unknown):
    """The contents of a file as text. path: the path as code gave it."""

    __slots__ = ("path",)

    def __init__(self, path: Value | None) -> None:
        super().__init__("the text of a file")
        self.path = path

    def get_attr(self, run: Interpreter, name: str) -> Value:
        if name in ("strip", "rstrip", "decode", "encode"):
            return Native(name, lambda r, args: self)
        parts = FileParts(self.path, True).get_attr(run, name)
        if name in ("split", "splitlines"):
            return Native(name, lambda r, args: self._lines(r, name, args) or r.call(parts, args))
        return parts

    def _lines(self, run: Interpreter, name: str, args: Args) -> Value | None:
        by = args.positional[0] if args.positional else None
        at_ends = isinstance(by, Const) and by.value == "\n" if name == "split" else by is None
        return lines_of(run, self.path, name) if at_ends and not args.keywords else None

    def binary(self, run: Interpreter, op: str, other: Value, reflected: bool) -> Value | None:
        return FileParts(self.path, True).binary(run, op, other, reflected)


class FileClass(LibraryClass):
    """A file object; `data` says what was opened."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        bound = args.bind("file", "mode")
        instance.data = OpenedFile(bound.get("file"))

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        path = opened_path(instance)
        if name == "read":
            return Native("read", lambda r, args: FileText(path))
        if name == "readline":
            return Native(name, lambda r, args: FileParts(path, False))
        if name == "readlines":
            unseen = ListValue([FileParts(path, False)], open=True)
            return Native(name, lambda r, args: lines_of(r, path, "readlines") or unseen)
        if name == "name" and path is not None:
            return path
        if name in ("write", "writelines", "close", "flush", "seek"):
            return Native(name, lambda r, args: _NONE)
        return None

    def items(self, run: Interpreter, instance: Instance) -> Items | None:
        path = opened_path(instance)
        known = lines_of(run, path, "readlines")
        if known is not None:
            return Items(list(known.elements), exact=True)
        return Items([FileParts(path, False)], exact=False, over="unknown")


FILE = FileClass("io.TextIOWrapper")


@LIBRARY.function("builtins.open", "io.open", "codecs.open", "gzip.open")
def open_file(run: Interpreter, args: Args) -> Value:
    """`open(path)`"""
    first = args.positional[0] if args.positional else args.keywords.get("file")
    if isinstance(first, UnionValue):
        return run.each(first, lambda v: open_file(run, Args([v])))
    return FILE.call(run, args)


@LIBRARY.function("io.StringIO", "io.BytesIO")
def _memory_file(run: Interpreter, args: Args) -> Value:
    return args.positional[0] if args.positional else Unknown("a file in memory")


def opened_path(value: Value) -> Value | None:
    """The path of an opened file."""
    data = value.data if isinstance(value, Instance) else None
    return data.path if isinstance(data, OpenedFile) else None


def load_from(
    run: Interpreter, source: Value, format: Format, reading: Reading, many: bool = False, paths: bool = False
) -> Value:
    """What a loader makes of a file object, of text read from one, or of a literal text.

    paths: a plain string is a path (`toml.load`, `OmegaConf.load`), no text.
    """
    if isinstance(source, UnionValue):
        parts = next((v for v in source.alternatives if isinstance(v, FileParts)), None)
        if parts is not None and all(v is parts or is_text(v) for v in source.alternatives):
            return load_from(run, parts, format, reading, many)  # no text is left where a file has no lines
        read = partial(load_from, run, format=format, reading=reading, many=many, paths=paths)
        there = [v for v in source.alternatives if not _is_missing(run, _path(v, paths), format)]
        return run.each(source, read) if len(there) != 1 else read(there[0])
    if isinstance(source, Written):
        return source.read(reading)
    if isinstance(source, FileParts) and not source.whole:
        return Unknown(f"a config read from {source.describe()}")
    path = _path(source, paths)
    if path is not None:
        text = chosen_file(run, path, format)
        if text is None:
            return Unknown(f"a config whose path is not known ({path.describe()})", path_origin(path))
        own = kept(run, text)
        if own is not None:
            return own.read(reading)
        if isinstance(source, FileParts) and format == "json":
            reading = replace(reading, loader="json5")  # the program takes out what JSON does not allow
        return read_file(run, text, format, reading, many)
    if isinstance(source, Const) and isinstance(source.value, str):
        return read_text(run, source, format, reading, many)
    return Unknown(f"a config read from {source.describe()}")


def keep_written(run: Interpreter, target: Value, text: Value) -> None:
    """Remember what the program writes to an opened file."""
    path = opened_path(target)
    name = path_text(path) if path is not None else None
    if name is not None:
        keep(run, name, text)


def _path(source: Value, paths: bool) -> Value | None:
    """Where a loader's source is read from; None for what is no file."""
    path = source.path if isinstance(source, FileText | FileParts) else opened_path(source)
    return source if path is None and paths else path


def _is_missing(run: Interpreter, path: Value | None, format: Format) -> bool:
    """Whether it is a path that is known and where no file is: of two that a condition chooses from (`os.path.exists(name)`),
    the program reads the one that is there."""
    text = chosen_file(run, path, format) if path is not None else None
    return text is not None and run.find_file(text) is None


def chosen_file(run: Interpreter, path: Value, format: Format | None) -> str | None:
    """The path that is read. Where the command line chooses it, the config that the user names takes its place."""
    text = path_text(path)
    chosen = text is None or any(place.label.startswith("-") for place in path_origin(path))
    fitting = [g for g in run.project.configs if config_format(g) in (format, None)]
    if not chosen or not fitting:
        return text
    known = Path(text) if text is not None else None
    beside = [g for g in fitting if known is not None and g.parent.name == known.parent.name]
    named = [g for g in fitting if known is not None and g.name == known.name]
    best = [g for g in named if g in beside] or named or beside or fitting
    return str(best[0])


# -- tables: rows of a CSV file are rows of the array that numpy would read


def _table(run: Interpreter, args: Args) -> Value:
    source = args.positional[0] if args.positional else Unknown("a file")
    path = opened_path(source)
    if path is None:
        return Unknown("rows of a table")
    return run.call(run.library_name("numpy.loadtxt"), Args([path]))


@LIBRARY.function("csv.reader", "csv.DictReader")
def _rows(run: Interpreter, args: Args) -> Value:
    table = _table(run, args)
    return Rows(table) if isinstance(table, Tensor) else table


@LIBRARY.function("csv.writer", "csv.DictWriter")
def _writer(run: Interpreter, args: Args) -> Value:
    return Unknown("a writer of tables")


class Rows(Value):
    """The rows of a CSV file, one by one."""

    __slots__ = ("table",)

    def __init__(self, table: Tensor) -> None:
        super().__init__()
        self.table = table

    def describe(self) -> str:
        return "rows of a table"

    def iterate(self, run: Interpreter) -> Items:
        return self.table.iterate(run)

    def get_attr(self, run: Interpreter, name: str) -> Value:
        if name == "fieldnames":
            return ListValue((), open=True)
        return Unknown(f"rows.{name}")
