"""What code does with the documents that it loads: keys that it reads, lacks, writes over, and never asks for."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from trainlint.facts.documents import LoadedConfig, MissingKey, Overwritten
from trainlint.facts.events import EventKind
from trainlint.facts.hyperparameters import is_hyperparameter
from trainlint.model import Place
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.values import Const, Value
from trainlint.semantics.watching import Watcher
from trainlint.source.problem import Unreadable
from trainlint.source.python import PythonSource
from trainlint.source.relevance import is_config_like
from trainlint.source.tree import ConfigDocument, ConfigNode
from trainlint.source.walk import walk

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

MOST_SCALARS = 2000
"""A document with more is data."""
MOST_FILES = 500
"""Files beside a program that are searched for a name; in a larger project any name may be read somewhere."""


class Watch:
    """One loading of one document. sure: it happens whatever conditions hold, and it is a config by its words."""

    def __init__(self, record: LoadedConfig, sure: bool) -> None:
        self.record = record
        self.sure = sure

    @classmethod
    def of(cls, run: Interpreter, document: ConfigDocument) -> Watch:
        """A new record on the program's account."""
        record = LoadedConfig(document.display)
        run.program.loaded_configs.append(record)
        config = is_config_like(document.text[:20_000].encode(errors="replace"))
        return cls(record, config and not run.branches and run.root == 1)

    def mapping(self, node: ConfigNode) -> Watcher:
        """The watcher of one of the document's mappings."""
        return KeyWatcher(self, node)


class KeyWatcher(Watcher):
    """Notes what code does with one mapping of a document."""

    __slots__ = ("node", "watch", "written_to")

    def __init__(self, watch: Watch, node: ConfigNode) -> None:
        self.watch = watch
        self.node = node

    def _path(self, key: str) -> str:
        return f"{self.node.path}.{key}" if self.node.path else key

    def read(self, key: str) -> None:
        self.watch.record.read.add(self._path(key))

    def whole(self) -> None:
        self.watch.record.whole.add(self.node.path)

    def missing(self, run: Interpreter, key: str) -> None:
        record = self.watch.record
        if not self.watch.sure or run.branches or run.root != 1 or run.is_silent or self._given_away():
            return
        if not isinstance(run.frame.at, ast.Subscript | ast.Attribute) or not certain(run, attribute=True):
            return
        names = (
            [k for k in self.node.items if isinstance(k, str)] if isinstance(self.node.items, dict) else []
        )
        near = get_close_matches(key, names, n=1, cutoff=0.75)
        found = MissingKey(
            record.path, self._path(key), self.node.location, run.here, near[0] if near else ""
        )
        if found not in run.program.missing_keys:
            run.program.missing_keys.append(found)

    def _given_away(self) -> bool:
        parts = self.node.path.split(".") if self.node.path else []
        return any(".".join(parts[:n]) in self.watch.record.whole for n in range(len(parts) + 1))

    def written(self, run: Interpreter, key: str, old: Value, new: Value) -> None:
        if self.watch.record.used(self._path(key)) or run.root != 1 or run.branches:
            return
        overwritten(run, f"[{key!r}]", key, old, new)


def overwritten(run: Interpreter, shown: str, key: str, old: Value, new: Value) -> None:
    """Note a hyperparameter that a literal replaces, where nothing but the program's start leads there."""
    if not is_hyperparameter(key) or not isinstance(old, Const) or not isinstance(new, Const):
        return
    if old.value is None or new.value is None or old.value == new.value or not old.origin or run.is_silent:
        return
    literal = len(new.origin) == 1 and new.origin[0].location.path == run.here.path
    if not literal or new.origin[0].location.line != run.here.line or not certain(run):
        return
    node = run.frame.at
    base = ast.unparse(node.value) if isinstance(node, ast.Attribute | ast.Subscript) else ""
    name = f"{base}{shown}" if shown.startswith("[") else f"{base}.{shown}"
    found = Overwritten(name, old.value, Place(old.origin[0].location, key), new.value, run.here)
    if found not in run.program.overwritten:
        run.program.overwritten.append(found)


# -- whether a statement runs whatever happens


def certain(run: Interpreter, attribute: bool = False) -> bool:
    """Whether no condition, loop or handler stands around what runs, in any of the functions that led there.

    attribute: what runs may be an attribute, which then must not be called (a method that is not modelled).
    """
    frames = [frame for frame, _ in run.frames if frame is not None] + [run.frame]
    for frame in frames:
        node = frame.at
        if node is None or not hasattr(node, "lineno"):
            continue
        for outer in _around(frame.module.source.tree, node):
            if isinstance(outer, ast.If) and not _is_main_guard(outer):
                return False
            if isinstance(
                outer, ast.For | ast.While | ast.Match | ast.Try | ast.IfExp | ast.BoolOp | ast.ExceptHandler
            ):
                return False
            if isinstance(outer, ast.With) and "suppress" in ast.unparse(outer.items[0].context_expr):
                return False
            if attribute and isinstance(outer, ast.Call) and outer.func is node:
                return False
    return True


def _around(tree: ast.AST | None, node: ast.AST) -> Iterator[ast.AST]:
    """What stands around a node, the outermost first, up to the function that it belongs to."""
    chain: list[ast.AST] = []

    def descend(at: ast.AST) -> bool:
        if at is node:
            return True
        line = getattr(at, "lineno", None)
        if line is not None and not (line <= node.lineno <= (getattr(at, "end_lineno", line) or line)):  # type: ignore[attr-defined]
            return False
        for child in ast.iter_child_nodes(at):
            if descend(child):
                chain.append(at)
                return True
        return False

    if tree is not None and descend(tree):
        for outer in chain:  # from the inside
            if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                return
            yield outer


def _is_main_guard(node: ast.If) -> bool:
    return any(isinstance(part, ast.Name) and part.id == "__name__" for part in ast.walk(node.test))


# -- keys that are never read


def words_of(run: Interpreter, source: PythonSource) -> frozenset[str]:
    """Texts, and attributes of anything but `self`, that a file spells out: a key among them may be read somewhere."""
    known: dict[Path, frozenset[str]] = run.project.notes.setdefault("words", {})
    found = known.get(source.path)
    if found is None:
        words: set[str] = set()
        for node in walk(source.tree) if source.tree is not None else ():
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 200:
                words.update(node.value.replace("[", ".").replace("]", ".").replace("/", ".").split("."))
            elif isinstance(node, ast.Attribute) and not _of_self(node):
                words.add(node.attr)
        found = known[source.path] = frozenset(words)
    return found


def spelt_beside(run: Interpreter, names: set[str]) -> set[str]:
    """Which of the names stand in Python files of the project that this run does not look at."""
    seen = {source.path for source in run.project.sources.parsed()}
    found: set[str] = set()
    pending = [run.project.root]
    left = MOST_FILES
    while pending and left > 0 and names - found:
        directory = pending.pop()
        for name in run.reader.listdir(directory):
            path = directory / name
            if name.startswith(".") or left <= 0:
                continue
            if run.reader.is_dir(path):
                pending.append(path)
            elif name.endswith(".py") and path not in seen:
                left -= 1
                try:
                    text = run.reader.text(path)
                except Unreadable:
                    continue
                found |= {word for word in names - found if word in text}
    return found if left > 0 else names


def _of_self(node: ast.Attribute) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id == "self"


def trains(run: Interpreter) -> bool:
    """Whether the program makes an optimizer of its own and updates something with it."""
    made = any(not o.symbolic for o in run.program.optimizers)
    return made and bool(run.program.events_of(EventKind.STEP, EventKind.BACKWARD))


class WatchLibrary(TableLibrary):
    """Owns no names: it works out, when a program ends, which hyperparameters nothing has read."""

    def finish(self, run: Interpreter) -> None:
        """Fill in `LoadedConfig.unread`."""
        records = run.program.loaded_configs
        if not records or not run.program.complete or run.program.failures or not trains(run):
            return
        for record in records:
            same = [r for r in records if r.path == record.path]
            if len(record.scalars) > MOST_SCALARS or same[0] is not record:
                continue
            candidates = [k for k in record.scalars if is_hyperparameter(k) and "[" not in k]
            shared = {r.values[k] for r in same for k in r.values if r.used(k)}  # by aliases too
            unread = [k for k in candidates if record.values[k] not in shared]
            if unread and any(r.read for r in same):
                sources = run.project.sources.parsed()
                words = frozenset().union(*(words_of(run, s) for s in sources)) if sources else frozenset()
                names = {k.rsplit(".", 1)[-1] for k in unread} - words
                names -= spelt_beside(run, names)
                record.unread = tuple(k for k in unread if k.rsplit(".", 1)[-1] in names)


LIBRARIES = [WatchLibrary()]
