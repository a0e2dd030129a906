"""Parsed config documents as abstract values: every scalar carries its place in the file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from trainlint.configs.scalars import TextScalar, looks_like_number
from trainlint.configs.watch import Watch
from trainlint.facts.documents import Fault
from trainlint.model import Place
from trainlint.semantics.keys import key_of
from trainlint.semantics.sequences import DictValue, ListValue
from trainlint.semantics.values import Const, Origin, Unknown, Value
from trainlint.source.files import SourceReader
from trainlint.source.problem import Unreadable
from trainlint.source.tree import ConfigDocument, ConfigNode, Format, load_config

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

YAML11_BUT_FLOATS = frozenset({"omegaconf", "lightning", "jsonargparse"})
"""Loaders that read YAML 1.1 (`off` is False) but for floats, where they take `1e-3` too."""
MAX_NODES = 20_000
"""Values of one document that are followed; more is data, no config."""

_PARSED: WeakKeyDictionary[SourceReader, dict[tuple[Path, str], tuple[str, ConfigDocument]]] = (
    WeakKeyDictionary()
)


@dataclass(frozen=True)
class Reading:
    """How a loader reads: its name for messages, the YAML version, and what it makes of mappings.

    text_only: every scalar is text (PyYAML's BaseLoader). hook: called on every mapping (`object_hook`).
    """

    loader: str
    yaml12: bool = False
    text_only: bool = False
    mapping: type[DictValue] = DictValue
    hook: Callable[[DictValue], Value] | None = None


def parse(run: Interpreter, path: Path, format: Format | None) -> ConfigDocument | Unreadable:
    """The document at a path, parsed once for all programs of a run."""
    known = _PARSED.setdefault(run.reader, {})
    key = (path, format or "")
    try:
        text = run.reader.text(path)
    except Unreadable as error:
        return error
    if key not in known or known[key][0] is not text:  # another text: an editor's unsaved buffer
        known[key] = text, load_config(path, run.reader.display(path), text, format)
    return known[key][1]


class _Lifter:
    def __init__(self, reading: Reading, origin: Origin | None, watch: Watch | None = None) -> None:
        self.watch = watch
        self.reading = reading
        self.origin = origin
        self.count = 0

    def value(self, node: ConfigNode) -> Value:
        self.count += 1
        if self.count > MAX_NODES:
            return Unknown("part of a very large document")
        if node.tag is not None:
            return Unknown(f"a value with the tag {node.tag}")
        if node.kind == "scalar":
            return self.scalar(node)
        origin = (Place(node.location, node.path),) if self.origin is None else self.origin
        if isinstance(node.items, list):
            return ListValue([self.value(child) for child in node.items], origin)
        entries: dict[Any, tuple[Value, Value]] = {}
        for key, child in node.items.items():
            name = Const(key)
            slot = key_of(name)
            if slot is not None:
                entries[slot] = (name, self.value(child))
        made = self.reading.mapping(entries, origin)
        if self.watch is not None:
            made.watcher = self.watch.mapping(node)
        return self.reading.hook(made) if self.reading.hook is not None else made

    def scalar(self, node: ConfigNode) -> Value:
        if self.watch is not None:
            self.watch.record.scalars[node.path] = node.key_location or node.location
            self.watch.record.values[node.path] = node.location
        origin = (Place(node.location, node.path),) if self.origin is None else self.origin
        value = node.yaml12_value if self.reading.yaml12 else node.value
        if self.reading.loader in YAML11_BUT_FLOATS and not isinstance(node.value, str):
            value = node.value
        if self.reading.text_only:
            value = node.text.strip("'\"")
        if isinstance(value, str):
            note = None
            if looks_like_number(value) and self.origin is None:
                note = TextScalar(node.location, node.path, value, node.quoted, self.reading.loader)
            return Const(value, origin, note)
        if value is None or isinstance(value, bool | int | float):
            return Const(value, origin)
        return Unknown(f"a {type(value).__name__} from a config", origin)


def lift(
    node: ConfigNode, reading: Reading, origin: Origin | None = None, watch: Watch | None = None
) -> Value:
    """A document's node as a value. origin: of the text, where the document is no file (then nothing is noted).

    watch: notes what code does with its keys.
    """
    return _Lifter(reading, origin, watch).value(node)


def read_file(
    run: Interpreter, text: str, format: Format | None, reading: Reading, many: bool = False
) -> Value:
    """What a loader makes of the file at a path that code gives; Unknown, with a gap, where it cannot be found.

    many: all documents of a YAML file, as a list.
    """
    path = run.find_file(text)
    if path is None:
        run.gap(f"config {text}", "the file was not found, or there are several")
        return Unknown(f"the contents of {text}, which was not found")
    document = parse(run, path, format)
    if isinstance(document, Unreadable):
        run.gap(f"config {text}", document.reason)
        return Unknown(f"the contents of {text}")
    run.program.files.add(document.display)
    if reading.loader == "json" and document.lenient is not None:
        fault = Fault(document.lenient.location, document.lenient.message)
        run.program.config_faults.append(fault)
        return Unknown(f"the contents of {document.display}, which does not parse")
    return _document(run, document, reading, many, None)


def read_text(run: Interpreter, text: Const, format: Format, reading: Reading, many: bool = False) -> Value:
    """What a loader makes of a literal text."""
    document = load_config(Path("text"), "text", text.value, format)
    return _document(run, document, reading, many, text.origin)


def _document(
    run: Interpreter, document: ConfigDocument, reading: Reading, many: bool, origin: Origin | None
) -> Value:
    if document.problems:
        run.gap(f"config {document.display}", document.problems[0].message)
        return Unknown(f"the contents of {document.display}, which does not parse")
    if many:
        return ListValue([lift(node, reading, origin) for node in document.documents])
    if document.root is None:
        return Const(None)
    watch = Watch.of(run, document) if origin is None else None
    return lift(document.root, reading, origin, watch)
