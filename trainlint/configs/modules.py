"""Names given as text: importlib, and whatever looks classes up by their dotted names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from trainlint.configs.files import LIBRARY as BUILTINS
from trainlint.configs.paths import make_path, path_text
from trainlint.semantics.definitions import ModuleValue
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.registration import run_if_registering
from trainlint.semantics.sequences import UnionValue
from trainlint.semantics.values import Args, Const, Unknown, Value
from trainlint.source.python import PythonSource

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LIBRARY = TableLibrary("importlib", usual={"importlib": "importlib"}, observers=("importlib.metadata",))
LIBRARIES = [LIBRARY]
_COPIED = "configs.copied_module"


def located(run: Interpreter, target: Value | None) -> Value:
    """What a dotted name means: something of the project, or of a library."""
    if not isinstance(target, Const) or not isinstance(target.value, str):
        return Unknown("a target whose name is not known")
    parts = target.value.split(".")
    for count in range(len(parts) - 1, 0, -1):
        path = _found(run, ".".join(parts[:count]))
        if path is not None:
            found: Value = run.module_at(path, ".".join(parts[:count]))
            for name in parts[count:]:
                found = run.get_attr(found, name)
            return found
    return run.library_name(target.value)


def _found(run: Interpreter, dotted: str) -> Path | None:
    """The file of a module by its name, which may be the module that looks for it (`main.Logger`, in main.py)."""
    importer: Path = run.frame.module.source.path
    if dotted == run.frame.module.dotted:
        return importer
    found = run.project.find_module(dotted, 0, importer)
    own = found is None and dotted == importer.stem and importer.parent in run.project.search
    return importer if own else found


@LIBRARY.function("importlib.import_module")
def _import_module(run: Interpreter, args: Args) -> Value:
    """`importlib.import_module(name, package)` for a name that is known."""
    bound = args.bind("name", "package")
    name, package = bound.get("name"), bound.get("package")
    if isinstance(name, UnionValue):  # the same parts of one of several packages
        given = [package] if package is not None else []
        return run.each(name, lambda each: _import_module(run, Args([each, *given])))
    if isinstance(name, Const) and isinstance(name.value, str) and name.value.startswith("."):
        name = _absolute(name, package)
    if not isinstance(name, Const) or not isinstance(name.value, str):
        return _copied_module(run)
    return found_module(run, name.value)


def note_copy(run: Interpreter, source: Value, target: Value) -> None:
    """`shutil.copyfile(source, target)`: a module that is copied under a name that is made up (`uuid4().hex`), to be imported
    by it."""
    text = path_text(source)
    if text is None or not text.endswith(".py") or path_text(target) is not None:
        return
    path = run.find_file(text)
    if path is not None:
        run.memo[_COPIED] = run.frame.scope, path


def _copied_module(run: Interpreter) -> Value:
    """A module of a name that is not known: the one that the same function copied."""
    scope, path = run.memo.get(_COPIED, (None, None))
    if scope is not run.frame.scope or path is None:
        return Unknown("a module whose name is not known")
    return run.module_at(path, path.stem)


def found_module(run: Interpreter, name: str) -> Value:
    """A module of the project or of a library by its whole name."""
    path = _found(run, name)
    if path is None:
        return run.library_name(name)
    module = run.module_at(path, name)
    run_if_registering(run, module)
    return module


@BUILTINS.function("builtins.__import__")
def _import(run: Interpreter, args: Args) -> Value:
    """`__import__(name, fromlist=[...])`: the module itself, or without `fromlist` its outermost package."""
    bound = args.bind("name", "globals", "locals", "fromlist", "level")
    name, listed = bound.get("name"), bound.get("fromlist")
    if not isinstance(name, Const) or not isinstance(name.value, str):
        return Unknown("a module whose name is not known")
    whole = listed is not None and listed.truth(run) is not False
    found = _import_module(run, Args([name]))
    return found if whole else _import_module(run, Args([Const(name.value.split(".")[0])]))


def _absolute(name: Const, package: Value | None) -> Const | None:
    """A relative name below a package that is known."""
    if not isinstance(package, Const) or not isinstance(package.value, str):
        return None
    dots = len(name.value) - len(name.value.lstrip("."))
    above = package.value.split(".")
    return Const(".".join([*above[: len(above) - dots + 1], name.value.lstrip(".")]), name.origin)


@LIBRARY.function("importlib.reload")
def _reload(run: Interpreter, args: Args) -> Value:
    return args.positional[0] if args.positional else Unknown("a module")


# -- files beside a package's modules

RESOURCES = TableLibrary("pkg_resources", "importlib_resources")
LIBRARIES.append(RESOURCES)


def _directory(run: Interpreter, package: Value | None) -> Path | None:
    """The directory of a package (or module) of the project."""
    importer = run.frame.module.source.path
    if isinstance(package, ModuleValue):
        source: PythonSource = package.source
        return source.path.parent
    if not isinstance(package, Const) or not isinstance(package.value, str):
        return None
    if package.value == "__main__":
        return run.project.entry.parent
    found = run.project.find_module(package.value, 0, importer)
    return found.parent if found is not None else run.project.namespace_package(package.value, 0, importer)


@RESOURCES.function("pkg_resources.resource_filename")
def _resource_filename(run: Interpreter, args: Args) -> Value:
    bound = args.bind("package_or_requirement", "resource_name")
    directory, name = _directory(run, bound.get("package_or_requirement")), bound.get("resource_name")
    if directory is None or not isinstance(name, Const):
        return Unknown("a file of a package")
    return Const(str(directory / str(name.value)) if name.value else str(directory))


@LIBRARY.function("importlib.resources.files")
def _files(run: Interpreter, args: Args) -> Value:
    directory = _directory(run, args.positional[0]) if args.positional else None
    return make_path(run, str(directory)) if directory is not None else Unknown("the files of a package")


RESOURCES.function("importlib_resources.files")(_files)
