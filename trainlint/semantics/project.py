"""The files of a project as modules: parsed once, found by their dotted names."""

from __future__ import annotations

import ast
import gc
from collections.abc import Callable, Collection, Hashable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from trainlint.semantics.definitions import ModuleValue
from trainlint.semantics.values import Value
from trainlint.source.files import SourceReader
from trainlint.source.notebook import parse_notebook
from trainlint.source.problem import Unreadable
from trainlint.source.python import PythonSource, parse_python
from trainlint.source.walk import walk

MAX_LINES = 250_000
"""Lines of source whose trees are kept at a time: some 400 MB with what was evaluated of them."""
ANY_FILE = Path("*")
"""Stands for all files: what was worked out from these holds only until one of them changes."""
PROJECT_MARKS = (".git", "pyproject.toml", "setup.py", "setup.cfg", "trainlint.toml")


class Sources:
    """Parsed files, shared by all programs of a run."""

    def __init__(self, reader: SourceReader) -> None:
        self.reader = reader
        self._parsed: dict[Path, PythonSource | Unreadable] = {}
        self._shared: dict[tuple[Path | str, ...], Shared] = {}
        self._surveys: dict[Path, Survey] = {}
        self._lines = 0
        self.looking: list[Hashable] = []  # the programs and modules under evaluation, the innermost last
        self.uses: dict[Hashable, set[Path]] = {}
        self.interrupted: Callable[[], bool] | None = None
        reader.watcher = self.use

    # -- which evaluation looked at which files

    def use(self, path: Path) -> None:
        """What is evaluated now looks at a file."""
        if self.looking:
            self.uses.setdefault(self.looking[-1], set()).add(path)

    @contextmanager
    def looks(self, entry: Hashable) -> Iterator[None]:
        """What is looked at meanwhile counts for this program or module."""
        self.looking.append(entry)
        try:
            yield
        finally:
            self.looking.pop()

    def closure(self, entry: Hashable) -> frozenset[Path]:
        """Every file that the evaluation of a program or module looked at, through what it imports as well."""
        found: set[Path] = set()
        pending: list[Hashable] = [entry]
        while pending:
            for path in self.uses.get(pending.pop(), ()):
                if path not in found:
                    found.add(path)
                    pending.append(path)
        return frozenset(found)

    def changed(self, path: Path) -> set[Hashable]:
        """A file has other contents: forget what was made of it, and of modules that looked at it; those are returned,
        with programs that did."""
        users: dict[Path, list[Hashable]] = {}
        for entry, paths in self.uses.items():
            for used in paths:
                users.setdefault(used, []).append(entry)
        affected: set[Hashable] = {path}
        pending: list[Any] = [path, ANY_FILE]
        while pending:
            for entry in users.get(pending.pop(), ()):
                if entry not in affected:
                    affected.add(entry)
                    pending.append(entry)
        before = self._parsed.pop(path, None)
        self._lines -= before.lines if isinstance(before, PythonSource) else 0
        self._surveys.pop(path, None)
        self.uses.pop(path, None)
        for shared in self._shared.values():
            shared.forget(path, affected)
        return affected

    def get(self, path: Path) -> PythonSource:
        """The parsed file; what does not parse is in its `problems`. Raises Unreadable."""
        self.use(path)
        if path not in self._parsed:
            try:
                text = self.reader.text(path)
            except Unreadable as error:
                self._parsed[path] = error
            else:
                parse = parse_notebook if path.suffix == ".ipynb" else parse_python
                self._parsed[path] = source = parse(path, self.reader.display(path), text)
                self._lines += source.lines
        found = self._parsed[path]
        if isinstance(found, Unreadable):
            raise found
        return found

    def known(self, path: Path) -> PythonSource | None:
        """A file as it was parsed last; None where it was not, or cannot be."""
        found = self._parsed.get(path)
        return found if isinstance(found, PythonSource) else None

    def shared(self, search: tuple[Path | str, ...]) -> Shared:
        """What programs that look for imports in the same places have in common."""
        return self._shared.setdefault(search, Shared())

    def parsed(self) -> list[PythonSource]:
        """Every file that was read as Python so far."""
        self.use(ANY_FILE)
        return [s for s in self._parsed.values() if isinstance(s, PythonSource)]

    def trim(self) -> None:
        """Drop all trees, and the modules that were evaluated from them, once they are too many. Only between programs:
        within one, a definition is known by its node."""
        if self._lines <= MAX_LINES:  # all that was ever parsed
            return
        known = self.parsed()
        if sum(source.lines for source in known if not source.folded) <= MAX_LINES:
            return
        for source in known:
            source.fold()
        for shared in self._shared.values():
            shared.modules.clear()
            shared.names.clear()
            shared.notes.clear()
        gc.collect()

    def survey(self, source: PythonSource) -> Survey:
        """What the file binds and defines."""
        if source.path not in self._surveys:
            self._surveys[source.path] = survey(source.tree)
        return self._surveys[source.path]


class Survey(NamedTuple):
    """names: every name that the file assigns anywhere: such a name is the file's own, even where unset.
    packages: top-level names of what it imports by full name. imports: module, level and names of each import.
    assigned_in_functions: global names that functions declare as such."""

    names: frozenset[str]
    packages: frozenset[str]
    imports: tuple[tuple[str, int, tuple[str, ...]], ...]
    assigned_in_functions: frozenset[str]


_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_BINDING = frozenset({*_DEFINITIONS, ast.Import, ast.ImportFrom, ast.Global})


def survey(tree: ast.AST | None) -> Survey:
    """What a whole file binds, defines and imports, in one pass."""
    names: set[str] = set()
    packages: set[str] = set()
    assigned: set[str] = set()
    imports: list[tuple[str, int, tuple[str, ...]]] = []
    for node in walk(tree) if tree is not None else ():
        kind = type(node)
        if kind is ast.Name:
            if type(node.ctx) is ast.Store:  # type: ignore[attr-defined]
                names.add(node.id)  # type: ignore[attr-defined]
        elif kind not in _BINDING:
            continue
        elif isinstance(node, ast.Global):
            assigned.update(node.names)
        elif isinstance(node, _DEFINITIONS):
            names.add(node.name)
        elif isinstance(node, ast.Import):
            packages.update(alias.name.split(".")[0] for alias in node.names)
            imports += [(alias.name, 0, ()) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            imports.append((node.module or "", node.level, tuple(alias.name for alias in node.names)))
            if node.module and not node.level:
                packages.add(node.module.split(".")[0])
    return Survey(frozenset(names), frozenset(packages), tuple(imports), frozenset(assigned))


def project_root(path: Path, stop: Path) -> Path:
    """The nearest directory above that looks like a project's top; `stop` or the file's directory otherwise."""
    for directory in path.parents:
        if any((directory / mark).exists() for mark in PROJECT_MARKS):
            return directory
        if directory == stop:
            break
    return stop if stop in path.parents else path.parent


class Shared:
    """What programs with the same search path have in common.

    modules: by file; a module whose evaluation recorded nothing is evaluated once for all of them.
    """

    def __init__(self) -> None:
        self.found: dict[tuple[str, int, Path], Path | None] = {}
        self.modules: dict[Path, ModuleValue] = {}
        self.names: dict[str, Value] = {}
        self.notes: dict[str, Any] = {}

    def forget(self, path: Path, affected: Collection[Hashable]) -> None:
        """Drop the modules that hold on to a file of other contents, and what was noted of them."""
        dropped = {id(module) for file, module in self.modules.items() if file in affected}
        self.modules = {file: module for file, module in self.modules.items() if file not in affected}
        results = self.notes.pop("results", {})
        self.notes = {
            "words": {file: found for file, found in self.notes.get("words", {}).items() if file != path}
        }
        self.notes["results"] = {
            key: value for key, value in results.items() if id(key[0].module) not in dropped
        }


class Project:
    """Where the imports and relative paths of one entry are looked for.

    configs: the config files that the user says this run is given on its command line. arguments: the words of that command
    line; None where it is not known, and defaults stand for it.
    """

    def __init__(
        self,
        sources: Sources,
        entry: Path,
        extra_roots: tuple[Path, ...] = (),
        configs: tuple[Path, ...] = (),
        arguments: tuple[str, ...] | None = None,
    ) -> None:
        self.configs = configs
        self.arguments = arguments
        self.sources = sources
        self.reader = sources.reader
        self.entry = entry
        self.root = project_root(entry, Path(self.reader.cwd))
        candidates = [entry.parent, *self._above_package(entry), *extra_roots, self.root, self.root / "src"]
        self.search = tuple(dict.fromkeys([*candidates, Path(self.reader.cwd)]))
        self._share()

    def _share(self) -> None:
        """Have modules in common with the programs that look for them in the same places."""
        self._shared = self.sources.shared((*self._shared_search(), *self.configs, *(self.arguments or ())))
        self._found = self._shared.found

    def add_search(self, directory: Path, *, first: bool = False) -> None:
        """Look for imports in a directory that the program adds to `sys.path`: first of all, or last."""
        if directory not in self.search:
            self.search = (directory, *self.search) if first else (*self.search, directory)
            self._share()

    @property
    def names(self) -> dict[str, Value]:
        """What dotted names of libraries mean, in those programs."""
        return self._shared.names

    @property
    def modules(self) -> dict[Path, ModuleValue]:
        """By file; those of programs with the same search path."""
        return self._shared.modules

    @property
    def notes(self) -> dict[str, Any]:
        """What models of libraries keep for programs with the same search path."""
        return self._shared.notes

    def _shared_search(self) -> tuple[Path, ...]:
        """Where imports are looked for, as far as it tells programs apart: the directory of a package's own file
        adds nothing to the packages' directory."""
        inside = self.reader.exists(self.entry.parent / "__init__.py")
        return tuple(d for d in self.search if not inside or d != self.entry.parent)

    def _above_package(self, entry: Path) -> list[Path]:
        directory = entry.parent
        while self.reader.exists(directory / "__init__.py") and directory.parent != directory:
            directory = directory.parent
        return [directory]

    def bound_names(self, source: PythonSource) -> frozenset[str]:
        """Every name that the file assigns anywhere."""
        return self.sources.survey(source).names

    def find_module(self, dotted: str, level: int, importer: Path) -> Path | None:
        """The file of a module; `level` counts the leading dots of a relative import."""
        key = (dotted, level, importer)
        if key not in self._found:
            self._found[key] = self._find(dotted, level, importer)
        return self._found[key]

    def _find(self, dotted: str, level: int, importer: Path) -> Path | None:
        parts = [p for p in dotted.split(".") if p]
        if level:
            base = importer.parent
            for _ in range(level - 1):
                base = base.parent
            return self._file(base.joinpath(*parts), allow_self=not parts)
        if not parts:
            return None
        for directory in self.search:
            found = self._file(directory.joinpath(*parts))
            if found is not None and found != importer:
                return found
        return None

    def _file(self, stem: Path, allow_self: bool = False) -> Path | None:
        package = stem / "__init__.py"
        if self.reader.exists(package):
            return package
        module = stem.with_name(stem.name + ".py")
        if not allow_self and self.reader.exists(module):
            return module
        return None

    def namespace_package(self, dotted: str, level: int, importer: Path) -> Path | None:
        """A directory without `__init__.py` that holds modules of the project."""
        parts = [p for p in dotted.split(".") if p]
        bases = [importer.parents[level - 1]] if level else list(self.search)
        for base in bases:
            directory = base.joinpath(*parts)
            if self.reader.is_dir(directory) and directory != base:
                return directory
        return None

    def inside(self, module: Path, importer: Path, package: str) -> bool:
        """Whether the importer belongs to the same top-level package as the module, and that has this name: a directory
        below it of a library's name is not what `import` finds."""
        top = module.parent if module.name == "__init__.py" else module
        while self.reader.exists(top.parent / "__init__.py"):
            top = top.parent
        return top.name == package and top.is_dir() and top in importer.parents

    def find_file(self, text: str) -> Path | None:
        """Where a path that code opens is; None if it is nowhere, or in several places that differ."""
        path = Path(text)
        if path.is_absolute():
            return path if self.reader.exists(path) and not self.reader.is_dir(path) else None
        hits: list[Path] = []
        for directory in dict.fromkeys([Path(self.reader.cwd), self.entry.parent, self.root]):
            found = directory / path
            if self.reader.exists(found) and not self.reader.is_dir(found):
                resolved = found.resolve()
                if resolved not in [h.resolve() for h in hits]:
                    hits.append(found)
        return hits[0] if len(hits) == 1 else None
