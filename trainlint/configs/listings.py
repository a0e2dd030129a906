"""What a directory of the project's own modules holds: packages that import all their files, or look for a class in them.

Only directories with Python files are listed, and config files that lie in a package or right below one; what any other
directory of data holds depends on the machine.
"""

from __future__ import annotations

import fnmatch
import posixpath
from pathlib import Path
from typing import TYPE_CHECKING

from trainlint.configs.executed import Spec, module_at_path
from trainlint.configs.folders import nothing_yet
from trainlint.configs.paths import LIBRARY as PATHS
from trainlint.configs.paths import make_path, path_text
from trainlint.configs.system import OS
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.named_values import NamedValues
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import ListValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

PKGUTIL = TableLibrary("pkgutil")
LIBRARIES = [PKGUTIL]
MOST = 128
"""Entries of a directory that are listed; larger ones are zoos, and importing all of them takes more than it tells."""
MOST_CONFIGS = 256
"""Config files that are listed."""
_CONFIGS = (".json", ".yaml", ".yml", ".toml", ".ini", ".cfg")
_WHY = "what the file system holds"


def names_in(run: Interpreter, directory: Value | str | None) -> list[str] | None:
    """The names in a directory of modules; None for any other."""
    text = (
        directory if isinstance(directory, str) else path_text(directory) if directory is not None else None
    )
    if text is None or not run.reader.is_dir(Path(text)):
        return None
    names = [name for name in run.reader.listdir(Path(text)) if not name.startswith((".", "__pycache__"))]
    return names if len(names) <= MOST and any(name.endswith(".py") for name in names) else None


def _place(directory: Value | None) -> str:
    return (path_text(directory) if directory is not None else None) or "."


@OS.function("os.listdir")
def _listdir(run: Interpreter, args: Args) -> Value:
    """`os.listdir(path)`"""
    folder = args.bind("path").get("path")
    names = names_in(run, folder)
    return (
        _unseen(run, path_text(folder or Const(".")))
        if names is None
        else ListValue([Const(name) for name in names])
    )


class EntryClass(LibraryClass):
    """os.DirEntry; attrs: name, path."""

    __slots__ = ()

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name in ("is_file", "is_dir"):
            text = path_text(instance.attrs["path"])
            directory = text is not None and run.reader.is_dir(Path(text))
            return Native(f"DirEntry.{name}", lambda r, args: Const(directory == (name == "is_dir")))
        return None


_ENTRY = EntryClass("os.DirEntry")


@OS.function("os.scandir")
def _scandir(run: Interpreter, args: Args) -> Value:
    """`os.scandir(path)`"""
    directory = args.bind("path").get("path")
    names = names_in(run, directory)
    if names is None:
        return Unknown(_WHY)
    place = _place(directory)
    entries = [
        Instance(_ENTRY, run.here, {"name": Const(n), "path": Const(posixpath.join(place, n))}) for n in names
    ]
    return ListValue(entries)


@PATHS.function("glob.glob", "glob.iglob")
def _glob(run: Interpreter, args: Args) -> Value:
    """`glob.glob(".../*.py")`"""
    pattern = path_text(args.positional[0]) if args.positional else None
    found = _matching(run, pattern)
    if found is not None:
        return ListValue([Const(path) for path in found])
    return _unseen(run, posixpath.dirname(pattern) if pattern is not None else None)


def _unseen(run: Interpreter, folder: str | None) -> Value:
    """What a folder holds that belongs to no package of the project."""
    return nothing_yet(run, folder) or Unknown(_WHY)


def _matching(run: Interpreter, pattern: str | None) -> list[str] | None:
    """Paths of Python files, or of a package's configs, that fit a pattern whose last part alone holds wildcards."""
    if pattern is None or not pattern.endswith((".py", *_CONFIGS)):
        return None
    directory, last = posixpath.split(pattern)
    if "*" in directory:
        return None
    names = names_in(run, directory or ".") if last.endswith(".py") else _configs_in(run, directory)
    if names is None:
        return None
    return [posixpath.join(directory, name) for name in names if fnmatch.fnmatchcase(name, last)]


def _configs_in(run: Interpreter, directory: str) -> list[str] | None:
    """The config files in a directory that belongs to a package of the project, or lies right below one."""
    place = Path(directory)
    packaged = any(run.reader.exists(folder / "__init__.py") for folder in (place, place.parent))
    if not packaged or not run.reader.is_dir(place):
        return None
    names = [name for name in run.reader.listdir(place) if name.endswith(_CONFIGS)]
    return names if 0 < len(names) <= MOST_CONFIGS else None


def path_glob(run: Interpreter, self: Instance, args: Args) -> Value:
    """`Path(directory).glob("*.py")`"""
    place, pattern = path_text(self), path_text(args.positional[0]) if args.positional else None
    found = (
        _matching(run, posixpath.join(place, pattern)) if place is not None and pattern is not None else None
    )
    return _unseen(run, place) if found is None else ListValue([make_path(run, path) for path in found])


def path_entries(run: Interpreter, self: Instance, args: Args) -> Value:
    """`Path(directory).iterdir()`"""
    place = path_text(self)
    names = names_in(run, place)
    if names is None or place is None:
        return _unseen(run, place)
    return ListValue([make_path(run, posixpath.join(place, name)) for name in names])


class Finder(Value):
    """What finds the modules of one folder."""

    __slots__ = ("folder",)

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def get_attr(self, run: Interpreter, name: str) -> Value:
        if name in ("find_module", "find_spec"):
            return Native(f"FileFinder.{name}", self._find)
        return Unknown(f"FileFinder.{name}")

    def _find(self, run: Interpreter, args: Args) -> Value:
        name = args.positional[0] if args.positional else None
        if not isinstance(name, Const):
            return Unknown("a module whose name is not known")
        stem = self.folder / str(name.value).rpartition(".")[2]
        files = (stem.with_name(f"{stem.name}.py"), stem / "__init__.py")
        found = next((file for file in files if run.reader.is_file(file)), None)
        return Spec(module_at_path(run, Const(str(found) if found is not None else None)))


@PKGUTIL.function("pkgutil.iter_modules", "pkgutil.walk_packages")
def _iter_modules(run: Interpreter, args: Args) -> Value:
    """`for finder, name, is_package in pkgutil.iter_modules([directory])`"""
    bound = args.bind("path", "prefix")
    prefix = bound.get("prefix", Const(""))
    places: tuple[Value, ...] = getattr(bound.get("path"), "elements", ())
    names = names_in(run, places[0]) if len(places) == 1 else None
    if names is None or not isinstance(prefix, Const):
        return Unknown("the modules of a package")
    place = Path(_place(places[0]))
    finder = Finder(place)
    rows: list[Value] = []
    for name in names:
        package = run.reader.is_file(place / name / "__init__.py")
        if package or (name.endswith(".py") and name != "__init__.py"):
            module = Const(f"{prefix.value}{name.removesuffix('.py')}")
            rows.append(NamedValues.of({"module_finder": finder, "name": module, "ispkg": Const(package)}))
    return ListValue(rows)
