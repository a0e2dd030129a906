"""Where the imports and relative paths of a program are looked for."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

from trainlint.semantics.definitions import ModuleValue
from trainlint.semantics.sources import Sources
from trainlint.semantics.values import Value
from trainlint.source.problem import Unreadable
from trainlint.source.python import PythonSource

PROJECT_MARKS = (".git", "pyproject.toml", "setup.py", "setup.cfg", "trainlint.toml")


def project_root(path: Path, stop: Path) -> Path:
    """The nearest directory above that looks like a project's top; `stop` or the file's directory otherwise."""
    for directory in path.parents:
        if any((directory / mark).exists() for mark in PROJECT_MARKS):
            return directory
        if directory == stop:
            break
    return stop if stop in path.parents else path.parent


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
        self.search = tuple(
            dict.fromkeys([*candidates, Path(self.reader.cwd), *self._packages_that_add(entry)])
        )
        self.added: tuple[Path, ...] = ()
        self._share()

    def _share(self) -> None:
        """Have modules in common with the programs that look for them in the same places."""
        self._shared = self.sources.shared((*self._shared_search(), *self.configs, *(self.arguments or ())))
        self._found = self._shared.found

    def add_search(self, directory: Path, *, first: bool = False) -> None:
        """Look for imports in a directory that the program adds to `sys.path`: first of all, or last."""
        self.added = tuple(dict.fromkeys((*self.added, directory)))
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

    def _packages_that_add(self, entry: Path) -> list[Path]:
        """The packages around an entry that change `sys.path` when they are imported, which `python -m` does first:
        what they add is nearly always their own directory."""
        directories = []
        directory = entry.parent
        while self.reader.exists(top := directory / "__init__.py") and directory.parent != directory:
            if self._changes_search(top):
                directories.append(directory)
            directory = directory.parent
        return directories

    def _changes_search(self, module: Path) -> bool:
        try:
            tree = self.sources.get(module).tree if "path" in self.reader.text(module) else None
        except Unreadable:
            return False
        return tree is not None and any(_calls_on_search(node) for node in ast.walk(tree))

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
        return self._further_up(parts) if len(parts) > 1 else None

    def _further_up(self, parts: list[str]) -> Path | None:
        """A module of a package that stands in a directory around the script, which only `PYTHONPATH` can name: a submodule
        that is there by its whole name is the one that is meant."""
        for directory in self.entry.parents[1:]:
            if directory == self.root or self.root not in directory.parents:
                break
            found = self._file(directory.joinpath(*parts))
            if found is not None:
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
        below it of a library's name is not what `import` finds. A namespace package has no file of its own."""
        named = (each for each in module.parents if each.name == package)
        tops = (each for each in named if not self.reader.exists(each.parent / "__init__.py"))
        return any(top in importer.parents for top in tops)

    def top_beside_script(self, module: Path, package: str) -> Path | None:
        """The file of the package that holds a module, where both stand beside a script that is part of no package (there
        `import` looks first), or in a directory that the program adds to where it looks."""
        for directory in (self.entry.parent, *self.added):
            top = self._file(directory / package)
            if top is None or self.reader.exists(directory / "__init__.py"):
                continue
            if module == top or directory / package in module.parents:
                return top
        return None

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


def _calls_on_search(node: ast.AST) -> bool:
    """`sys.path.insert(...)` and the like."""
    called = node.func if isinstance(node, ast.Call) else None
    return isinstance(called, ast.Attribute) and ast.unparse(called.value) == "sys.path"
