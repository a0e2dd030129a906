"""Import statements: modules of the project are evaluated when first used, outside names go to libraries."""

from __future__ import annotations

import ast
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from trainlint.model import Place
from trainlint.semantics import names
from trainlint.semantics.budget import MAX_DEPTH, MAX_STEPS_MODULE
from trainlint.semantics.definitions import ModuleValue
from trainlint.semantics.outside import BY_NAME, External, by_name
from trainlint.semantics.purity import is_steady
from trainlint.semantics.registration import run_if_registering
from trainlint.semantics.scope import Frame, Lazy, Scope
from trainlint.semantics.sequences import ListValue
from trainlint.semantics.values import Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter
    from trainlint.source.python import PythonSource


def execute_import(run: Interpreter, node: ast.Import) -> None:
    """`import a.b.c`, `import a.b.c as d`"""
    for alias in node.names:
        top = alias.name.split(".")[0]
        dotted = alias.name if alias.asname else top
        module = local_module(run, alias.name, 0)
        if module is not None:
            run_if_registering(run, module)
        if module is not None and not alias.asname:
            module = local_module(run, top, 0)
        value = module if module is not None else run.library_name(dotted)
        names.assign(run, alias.asname or top, value)


def execute_import_from(run: Interpreter, node: ast.ImportFrom) -> None:
    """`from a.b import c as d`, relative ones and stars included"""
    module = local_module(run, node.module or "", node.level)
    for alias in node.names:
        if alias.name == "*":
            _star(run, module, node)
            continue
        if module is not None:
            run_if_registering(run, module, alias.name)
            # A package that has the name already gives that (`from .train import train`, then `from . import train`).
            bound = module.namespace.get(alias.name) if module is run.frame.module else None
            value: Value = bound or _model_of_itself(run, node, alias.name) or Lazy(module, alias.name)
        elif (part := _of_directory(run, node, alias.name)) is not None:
            run_if_registering(run, part)
            value = part
        elif (namesake := _namesake(run, node, alias.name)) is not None:
            run_if_registering(run, namesake, alias.name)
            value = Lazy(namesake, alias.name)
        elif node.level:
            value = Unknown(f"{'.' * node.level}{node.module or ''}.{alias.name}, which was not found")
        else:
            value = run.library_name(f"{node.module}.{alias.name}")
        names.assign(run, alias.asname or alias.name, value)


def _of_directory(run: Interpreter, node: ast.ImportFrom, name: str) -> ModuleValue | None:
    """A module that is imported from a directory without `__init__.py`."""
    return local_module(run, f"{node.module}.{name}" if node.module else name, node.level)


def _namesake(run: Interpreter, node: ast.ImportFrom, name: str) -> ModuleValue | None:
    """A module of the project that is called as a library is, and has a name that the library is not known to have."""
    dotted = node.module or ""
    path = run.project.find_module(dotted, 0, run.frame.module.source.path) if not node.level else None
    if path is None or not isinstance(run.library_name(f"{dotted}.{name}"), External):
        return None
    package = dotted.split(".")[0]
    top = run.project.find_module(package, 0, run.frame.module.source.path)
    if top is not None and _is_library(run, top, package):
        return None
    module = run.module_at(path, dotted)
    return module if name in run.project.bound_names(module.source) else None


def _model_of_itself(run: Interpreter, node: ast.ImportFrom, name: str) -> Value | None:
    """What a package's own scripts import from it as its users do, where its library says that its model stands for
    the package even there."""
    package = (node.module or "").split(".")[0]
    library = run.modelled.get(package) if not node.level else None
    if package not in getattr(library, "stands_for", ()):
        return None
    found = run.library_name(f"{node.module}.{name}")
    return None if isinstance(found, External) else found


def local_module(run: Interpreter, dotted: str, level: int) -> ModuleValue | None:
    """The module of the project with this name, seen from the module that runs; None for an outside one."""
    importer: Path = run.frame.module.source.path
    path = run.project.find_module(dotted, level, importer)
    if path is None:
        return None
    if level:
        dotted = _absolute(run, dotted, level)
    package = dotted.split(".")[0]
    second = package in getattr(run.modelled.get(package), "second", ())
    if level or second or package not in run.modelled or run.project.inside(path, importer, package):
        return run.module_at(path, dotted)
    return run.module_at(path, dotted) if _hides_library(run, path, package) else None


def _absolute(run: Interpreter, dotted: str, level: int) -> str:
    """The whole name of a module that is imported relatively; a script's package is told by the files around it."""
    module = run.frame.module
    path: Path = module.source.path
    packages = module.dotted.split(".")
    if module.dotted == "__main__":
        around = list(takewhile(lambda d: run.reader.exists(d / "__init__.py"), path.parents))
        packages = [directory.name for directory in reversed(around)]
    elif path.name != "__init__.py":
        del packages[-1:]
    packages = packages[: max(len(packages) - level + 1, 0)]
    return ".".join(part for part in (*packages, dotted) if part)


def _hides_library(run: Interpreter, path: Path, package: str) -> bool:
    """Whether a file or directory beside the script has a library's name without being that library (`datasets.py`)."""
    top = run.project.top_beside_script(path, package)
    return top is not None and not _is_library(run, top, package)


def _is_library(run: Interpreter, top: Path, package: str) -> bool:
    """Whether a file shares a name with the library that it is called as: it may be that library's own."""
    bound = run.project.bound_names(run.module_at(top, package).source)
    names = getattr(run.modelled[package], "names_in", None)
    return names is None or not bound.isdisjoint(names(package))


def _star(run: Interpreter, module: ModuleValue | None, node: ast.ImportFrom) -> None:
    if module is None:
        if node.module:
            stars = run.frame.module.state.get("stars", ())
            run.write(run.frame.module.state, "stars", (*stars, node.module))
        return
    ensure(run, module)
    listed = module.namespace.get("__all__")
    elements = getattr(listed, "elements", None)
    public: list[str] = [n for n in module.namespace if not n.startswith("_")]
    if elements is not None and all(isinstance(e, Const) for e in elements):
        public = [str(e.value) for e in elements]
    for name in public:
        run.taken(module, name)
        if name not in module.namespace:  # a list of all files: the star imports these
            run_if_registering(run, module, name)
        value = module.namespace.get(name) or Lazy(module, name)
        if not _comes_back(run, name, value):
            names.assign(run, name, value)
    stars = (*run.frame.module.state.get("stars", ()), *module.state.get("stars", ()))
    run.write(run.frame.module.state, "stars", stars)


def _comes_back(run: Interpreter, name: str, value: Value) -> bool:
    """Whether a star brings a name that its module imported from the very module that runs (parts of a package that
    import from the package)."""
    seen = 0
    while isinstance(value, Lazy) and seen < MAX_DEPTH:
        if value.module is run.frame.module and value.name == name:
            return True
        found = value.module.namespace.get(value.name)
        if found is None:
            return False
        value, seen = found, seen + 1
    return False


def ensure(run: Interpreter, module: ModuleValue) -> None:
    """Evaluate a module's body, once. In a cycle the names that are there so far must do."""
    if module.state.get("started"):
        return
    run.impure += 1
    trail = run.store.detach()
    recorded = run.recorded()
    lent, began, loaded = run.lend(MAX_STEPS_MODULE), run.steps, run.loading
    try:
        _evaluate(run, module)
    finally:
        run.settle(lent)
        run.loading = loaded + run.steps - began
        # A module that records nothing is the same for every program; one that does belongs to this program.
        run.store.attach(trail, keep=bool(module.state.get("finished")) and run.recorded() == recorded)


def _evaluate(run: Interpreter, module: ModuleValue) -> None:
    from trainlint.semantics.statements import execute_block

    run.write(module.state, "started", True)
    prepare(run, module, module.dotted)
    if module.source.tree is None:
        return
    outer = run.passes, run.branches
    run.passes, run.branches = (), ()
    run.push(Frame(module, Scope("module", None, module.namespace)), None)
    try:
        with run.project.sources.looks(module.source.path):
            execute_block(run, module.source.tree.body)
    finally:
        run.pop()
        run.passes, run.branches = outer
    run.write(module.state, "finished", True)


def docstring_of(source: PythonSource) -> Const:
    """`__doc__` of a module."""
    first = source.tree.body[0] if source.tree is not None and source.tree.body else None
    text = first.value if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) else None
    if text is None or not isinstance(text.value, str):
        return Const(None)
    return Const(text.value, (Place(source.location(text)),))


def prepare(run: Interpreter, module: ModuleValue, name: str) -> None:
    """The names that every module has."""
    run.program.files.add(module.source.display)
    run.write(module.namespace, "__name__", Const(name))
    run.write(module.namespace, "__file__", Const(str(module.source.path)))
    run.write(module.namespace, "__doc__", docstring_of(module.source))
    package = name if module.source.path.name == "__init__.py" else name.rpartition(".")[0]
    if name != "__main__":  # of the script, whether it was started with -m
        run.write(module.namespace, "__package__", Const(package))
    if module.source.path.name == "__init__.py":
        run.write(module.namespace, "__path__", ListValue([Const(str(module.source.path.parent))]))
    survey = run.project.sources.survey(module.source)
    run.write(module.state, "bound_later", survey.names)
    run.write(module.state, "assigned_in_functions", survey.assigned_in_functions)


def module_attribute(run: Interpreter, module: ModuleValue, name: str) -> Value:
    """`module.name`: a global name, or a submodule."""
    ensure(run, module)
    if name == "__dict__":
        from trainlint.semantics.live_dicts import GlobalsDict

        return GlobalsDict(module)
    found = module.namespace.get(name) or (by_name(module) if name in BY_NAME else None)
    active: set[tuple[int, str]] = run.memo.setdefault("imports.active", set())
    key = (id(module), name)
    if found is not None and key not in active:  # `from . import name` in a package names its own submodule
        active.add(key)
        try:
            found = names.force(run, module.namespace, name, found)
            run.impure += not is_steady(module, name, found)
            return found
        finally:
            active.discard(key)
    run.impure += 1
    path: Path = module.source.path
    submodule = run.project.find_module(name, 1, path) if path.name == "__init__.py" else None
    if submodule is not None:
        return run.module_at(submodule, f"{module.dotted}.{name}")
    for package in module.state.get("stars", ()):
        return run.library_name(f"{package}.{name}")
    lazy = _imported_for_readers(run, module, name) if path.name == "__init__.py" else None
    if lazy is not None:
        return lazy
    getter = module.namespace.get("__getattr__")
    if getter is not None:
        from trainlint.semantics.values import Args

        return run.call(getter, Args([Const(name)]))
    return Unknown(f"{module.dotted}.{name}")


def module_has(run: Interpreter, module: ModuleValue, name: str) -> bool | None:
    """Whether a module of the project has a global name, or a part of that name; None where a star of something outside
    may bring it."""
    ensure(run, module)
    if name in module.namespace:
        return True
    if not module.state.get("finished") or module.state.get("stars") or "__getattr__" in module.namespace:
        return None
    path: Path = module.source.path
    if path.name == "__init__.py":
        if run.project.find_module(name, 1, path) is not None:
            return True
        return None if _imported_for_readers(run, module, name) is not None else False
    return False


def _imported_for_readers(run: Interpreter, module: ModuleValue, name: str) -> Value | None:
    """A name of a package that loads its parts lazily, by means that are not followed: where its imports for type
    checkers say that it is."""
    for dotted, level, listed in run.project.sources.survey(module.source).imports:
        path = (
            run.project.find_module(dotted, level, module.source.path) if name in listed and level else None
        )
        if path is not None and path != module.source.path:
            return module_attribute(run, run.module_at(path, f"{module.dotted}.{dotted}"), name)
    return None
