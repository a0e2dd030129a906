"""sys.path: directories that the program adds to where its imports are looked for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from trainlint.configs.paths import path_text
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import ListValue, TupleValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_NONE = Const(None)


class SearchPath(Unknown):
    """sys.path: what stands in it is not known, what is added to it is."""

    __slots__ = ()

    def get_attr(self, run: Interpreter, name: str) -> Value:
        if name in ("append", "insert", "extend"):
            return Native(f"sys.path.{name}", lambda r, args: _added(r, name, args))
        return Unknown(f"sys.path.{name}")

    def truth(self, run: Interpreter) -> bool | None:
        return True


SEARCH_PATH = SearchPath("the module search path")


def _added(run: Interpreter, method: str, args: Args) -> Value:
    """`sys.path.append(directory)`, `sys.path.insert(0, directory)`, `sys.path.extend([...])`"""
    last = args.positional[-1] if args.positional else _NONE
    values = last.elements if method == "extend" and isinstance(last, ListValue | TupleValue) else [last]
    for value in values:
        add_directory(run, value, first=method == "insert")
    return _NONE


def add_directory(run: Interpreter, value: Value, *, first: bool = False) -> None:
    """Look for imports in a directory too, before all others if it is the first."""
    text = path_text(value)
    if text is None:
        return
    run.impure += 1  # a module that does this does it for each program that imports it
    bases = [Path(run.reader.cwd), run.project.entry.parent, run.project.root]
    for base in dict.fromkeys(bases):
        directory = (base / text).resolve()
        if run.reader.is_dir(directory):
            run.project.add_search(directory, first=first)
            return
