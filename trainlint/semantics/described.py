"""Libraries that are described in Python: what their classes are made of and do, in words that the interpreter knows.

A description is a module of Python text that is never imported, only evaluated, as a file of the program would be. All
that happens in it stands where the program calls into it, and its literals have no origin: they are the library's
documented defaults.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from trainlint.model import Location
from trainlint.semantics import imports
from trainlint.semantics.definitions import ClassValue, FunctionValue, ModuleValue
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.values import Const, Value
from trainlint.source.python import PythonSource, try_parse

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

SUFFIX = ".pyi"  # what type checkers and importers do not take for a module to run


@cache
def _tree(path: Path) -> ast.Module | None:
    """The syntax tree, its literals without a place."""
    tree, _ = try_parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.Constant):
            node._trainlint_const = Const(node.value)  # type: ignore[attr-defined]
    return tree


class DescribedSource(PythonSource):
    """The text of a description, in one run of the interpreter."""

    run: Interpreter
    foreign = True

    def location(self, node: ast.AST) -> Location:
        """Where the program calls into the library."""
        for frame in (self.run.frame, *(frame for frame, _ in reversed(self.run.frames))):
            outside = frame is not None and frame.at is not None
            if outside and not frame.module.source.foreign:
                found: Location = frame.module.source.location(frame.at)
                return found
        return Location(self.run.program.entry, 1)


class DescribedLibrary(TableLibrary):
    """A library whose modules are described, each in a file of its dotted name.

    A name that a submodule's own file does not hold is looked for in those below, then in the ones above: packages show
    their classes there. A function counts in its own module, those below and those above, but not in their other submodules,
    which may have one of the same name that does something else.
    """

    second: frozenset[str]
    """Packages of which a project's own copy counts rather than the description: their sources can be followed."""

    def __init__(self, folder: Path, *packages: str, second: Iterable[str] = ()) -> None:
        super().__init__(*packages)
        self.second = frozenset(second)
        self.files = {path.name.removesuffix(SUFFIX): path for path in folder.glob(f"*{SUFFIX}")}

    def resolve(self, run: Interpreter, qualname: str) -> Value | None:
        """A class or function of a description; None for what is not described."""
        found = super().resolve(run, qualname)
        if found is not None:
            return found
        home, _, name = qualname.rpartition(".")
        room = home
        while room and not name.startswith("_"):
            described = ((at, self._described(run, at, name)) for at in self._around(room))
            fitting = (v for at, v in described if room in (home, at) or isinstance(v, ClassValue))
            found = next((each for each in fitting if each is not None), None)
            if found is not None:
                return found
            room = room.rpartition(".")[0]
        return None

    def _around(self, room: str) -> list[str]:
        """The descriptions of a module and of those below it."""
        return sorted(dotted for dotted in self.files if dotted == room or dotted.startswith(f"{room}."))

    def _described(self, run: Interpreter, dotted: str, name: str) -> Value | None:
        module = _module(run, dotted, self.files[dotted])
        imports.ensure(run, module)
        found = module.namespace.get(name)
        own = isinstance(found, ClassValue | FunctionValue) and found.module is module
        return found if own else None


def _module(run: Interpreter, dotted: str, path: Path) -> ModuleValue:
    known: dict[Path, ModuleValue] = run.memo.setdefault("described", {})
    if path not in known:
        source = DescribedSource(path, dotted, "", _tree(path))
        source.run = run
        known[path] = ModuleValue(dotted, source)
    return known[path]
