"""Modules that are imported for what they register: their bodies must run although nothing uses their names.

Other modules are evaluated when a name of theirs is first used, which spares large packages.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from trainlint.semantics.definitions import ModuleValue
from trainlint.semantics.import_loops import imports_its_files
from trainlint.semantics.keeping import keeps_something
from trainlint.source.problem import Unreadable

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


DEEPEST = 3
"""Packages whose imports are looked through: `import zoo` -> `from . import vit` -> `@register`."""


def run_if_registering(run: Interpreter, module: ModuleValue, name: str = "") -> None:
    """Evaluate an imported module now, or its submodule `name`, or the package it is in, if they register."""
    from trainlint.semantics.imports import ensure

    path = module.source.path
    for file, dotted in _above(path, module.dotted):
        if run.reader.exists(file) and _registering(run, file, DEEPEST):
            ensure(run, run.module_at(file, dotted))
    found = {path.parent / "__init__.py": module.dotted.rpartition(".")[0], path: module.dotted}
    if name and path.name == "__init__.py":
        submodule = run.project.find_module(name, 1, path)
        if submodule is not None:
            found[submodule] = f"{module.dotted}.{name}"
    for file, dotted in found.items():
        if run.reader.exists(file) and _registering(run, file, DEEPEST):
            ensure(run, run.module_at(file, dotted))


def _above(path: Path, dotted: str) -> list[tuple[Path, str]]:
    """The packages around the one that a module is in, the outermost first."""
    names, place = dotted.split(".")[: -1 if path.name == "__init__.py" else -2], path.parent.parent
    found: list[tuple[Path, str]] = []
    while names:
        found.append((place / "__init__.py", ".".join(names)))
        names, place = names[:-1], place.parent
    return found[::-1]


def _registering(run: Interpreter, path: Path, depth: int) -> bool:
    """Whether a file registers something, or as a package imports a file of its own that does."""
    key = "imports.registering" if depth else "imports.registers"
    known: dict[Path, bool] = run.project.notes.setdefault(key, {})
    run.project.sources.use(path)
    if path not in known:
        known[path] = False
        try:
            tree = run.project.sources.get(path).tree
        except Unreadable:
            tree = None
        known[path] = tree is not None and (
            registers(tree)
            or _reaches_others(run, path, tree)
            or (depth > 0 and path.name == "__init__.py" and _imports_one(run, path, tree, depth))
        )
    return known[path]


def _reaches_others(run: Interpreter, path: Path, tree: ast.Module) -> bool:
    """Whether its top level does something for other modules, as these are written."""
    with run.project.sources.looks(path):
        return keeps_something(run, path, tree) or imports_its_files(run, path, tree)


def _imports_one(run: Interpreter, path: Path, tree: ast.Module, depth: int) -> bool:
    for node in tree.body:
        for found in _own_imports(run, path, node):
            with run.project.sources.looks(path):
                registers_there = _registering(run, found, depth - 1)
            if registers_there:
                return True
    return False


def _own_imports(run: Interpreter, package: Path, node: ast.stmt) -> Iterator[Path]:
    """The files of a package's own folder that a statement of its `__init__` imports, by relative or whole names."""
    names: list[str] = []
    level = 0
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom) and node.level <= 1:
        level = node.level
        names = [".".join(filter(None, (node.module, alias.name))) for alias in node.names]
        names = [node.module, *names] if node.module else names
    for name in names:
        found = run.project.find_module(name, level, package)
        if found is not None and found != package and package.parent in found.parents:
            yield found


def registers(tree: ast.Module) -> bool:
    """Whether the top level calls or decorates with something named register, fills an imported mapping, calls a method of
    the one instance of a class (`ConfigStore.instance().store(...)`), or says where imports are looked for
    (`import _init_paths`)."""
    imported: set[str] = set()
    shared: set[str] = set()
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    for node in tree.body:
        if isinstance(node, _RUN) and _extends_path(node, functions):
            return True
        if isinstance(node, ast.ImportFrom):
            imported.update(alias.asname or alias.name for alias in node.names)
        elif isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            if any(_names_registry(decorator) for decorator in node.decorator_list):
                return True
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            if _names_registry(node.value) or _calls_shared(node.value, shared):
                return True
        elif isinstance(node, ast.Assign):
            if any(_fills(target, imported) for target in node.targets):
                return True
            if _is_instance(node.value):
                shared.update(target.id for target in node.targets if isinstance(target, ast.Name))
    return False


_RUN = (ast.Expr, ast.If, ast.For, ast.Try, ast.With)
"""Statements of a module's top level in which calls may stand for what they do."""


def _extends_path(node: ast.AST, functions: dict[str, ast.FunctionDef]) -> bool:
    """Whether it calls `sys.path.append`, `insert` or `extend`, or a function of the module that does."""
    for part in ast.walk(node):
        if not isinstance(part, ast.Call):
            continue
        called = part.func
        if isinstance(called, ast.Name) and called.id in functions:
            if _extends_path(functions[called.id], {}):
                return True
        elif (
            isinstance(called, ast.Attribute)
            and called.attr in ("append", "insert", "extend")
            and isinstance(called.value, ast.Attribute)
            and called.value.attr == "path"
            and isinstance(called.value.value, ast.Name)
            and called.value.value.id == "sys"
        ):
            return True
    return False


def _names_registry(node: ast.expr) -> bool:
    """`register`, `MODELS.register_module(...)`, `register_model("name")(...)`"""
    while isinstance(node, ast.Call):
        node = node.func
    text = ""
    while isinstance(node, ast.Attribute):
        text, node = f"{text} {node.attr}", node.value
    if isinstance(node, ast.Name):
        text = f"{text} {node.id}"
    return "regist" in text.lower()


def _is_instance(node: ast.expr) -> bool:
    """`ConfigStore.instance()`, the one object of a class that the whole program shares."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "instance"
        and not node.args
    )


def _calls_shared(call: ast.Call, shared: set[str]) -> bool:
    """Whether it calls a method of such an object. shared: names that were given one."""
    if not isinstance(call.func, ast.Attribute):
        return False
    holder = call.func.value
    return _is_instance(holder) or (isinstance(holder, ast.Name) and holder.id in shared)


def _fills(target: ast.expr, imported: set[str]) -> bool:
    return (
        isinstance(target, ast.Subscript)
        and isinstance(target.value, ast.Name)
        and target.value.id in imported
    )
