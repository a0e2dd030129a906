"""Definitions of the program that keep what they are given: bases that note their subclasses, decorators that fill a mapping.

Read without running, and across modules: whether a module must run for what it registers is asked before it does.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from trainlint.source.problem import Unreadable

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
_Found = tuple[Path, _Definition]

_ADDING = ("append", "add", "insert", "setdefault", "update")
"""Methods of lists, sets and dictionaries that put something in."""

_OF_METACLASSES = ("__new__", "__init__")
_DEEPEST = 6
"""Imports and bases that a name is followed through."""


def keeps_something(run: Interpreter, path: Path, tree: ast.Module) -> bool:
    """Whether a module's top level gives a class or function of its own to something of another module that keeps it: to a base
    with `__init_subclass__` or a metaclass, or to a decorator."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and any(_notes(run, path, base, _DEEPEST) for base in node.bases):
            return True
        decorators = node.decorator_list if isinstance(node, _Definition) else []
        if any(_decorator_keeps(run, path, decorator) for decorator in decorators):
            return True
    return False


def _notes(run: Interpreter, path: Path, base: ast.expr, depth: int) -> bool:
    """Whether a base of a class, as it is written in a file, keeps the classes that are made of it."""
    if isinstance(base, ast.Call):  # with_metaclass(Meta, Base)
        return any(
            _notes(run, path, part, depth) or _metaclass_keeps(run, path, part, depth) for part in base.args
        )
    found = _class(run, path, base, depth)
    if found is None:
        return False
    file, cls = found
    own = _method(cls, "__init_subclass__")
    given = [keyword.value for keyword in cls.keywords if keyword.arg == "metaclass"]
    given += [d.args[0] for d in cls.decorator_list if isinstance(d, ast.Call) and _adds_metaclass(d)]
    return (
        (own is not None and _keeps(own))
        or any(_metaclass_keeps(run, file, each, depth - 1) for each in given)
        or any(_notes(run, file, each, depth - 1) for each in cls.bases)
    )


def _adds_metaclass(decorator: ast.Call) -> bool:
    """`@six.add_metaclass(Meta)`"""
    called = decorator.func
    return bool(decorator.args) and getattr(called, "attr", getattr(called, "id", "")) == "add_metaclass"


def _metaclass_keeps(run: Interpreter, path: Path, named: ast.expr, depth: int) -> bool:
    found = _class(run, path, named, depth)
    if found is None:
        return False
    file, cls = found
    methods = (_method(cls, name) for name in _OF_METACLASSES)
    if any(method is not None and _keeps(method) for method in methods):
        return True
    return any(_metaclass_keeps(run, file, base, depth - 1) for base in cls.bases)


def _class(run: Interpreter, path: Path, named: ast.expr, depth: int) -> tuple[Path, ast.ClassDef] | None:
    found = definition(run, path, named, depth)
    return (found[0], found[1]) if found is not None and isinstance(found[1], ast.ClassDef) else None


def _decorator_keeps(run: Interpreter, path: Path, decorator: ast.expr) -> bool:
    """`@model`, `@model("wide")` or `@MODELS.add("wide")`, where what stands there is a function of another module, or a method of
    an object that one made."""
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    found = definition(run, path, called, _DEEPEST)
    if found is None and isinstance(called, ast.Attribute):
        owner = _class(run, path, called.value, _DEEPEST)
        method = _method(owner[1], called.attr) if owner is not None else None
        return method is not None and _keeps(method)
    return found is not None and isinstance(found[1], _Function) and found[0] != path and _keeps(found[1])


def _method(cls: ast.ClassDef, name: str) -> ast.FunctionDef | None:
    return next((n for n in cls.body if isinstance(n, ast.FunctionDef) and n.name == name), None)


def definition(run: Interpreter, path: Path, named: ast.expr, depth: int) -> _Found | None:
    """Where the program defines what a file calls so; of an object that a module makes, its class."""
    if isinstance(named, ast.Subscript):  # Base[T]
        return definition(run, path, named.value, depth)
    if isinstance(named, ast.Name):
        return _bound(run, path, named.id, depth)
    if isinstance(named, ast.Attribute) and depth > 0:
        file = _module(run, path, ast.unparse(named.value))
        return _bound(run, file, named.attr, depth - 1) if file is not None else None
    return None


def _bound(run: Interpreter, path: Path, name: str, depth: int) -> _Found | None:
    """What a global name of a file stands for, through imports."""
    tree = _tree(run, path) if depth > 0 else None
    for node in tree.body if tree is not None else ():
        if isinstance(node, _Definition) and node.name == name:
            return path, node
        targets = node.targets if isinstance(node, ast.Assign) else []
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            made = getattr(node, "value", None)
            return definition(run, path, made.func, depth - 1) if isinstance(made, ast.Call) else None
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if name == (alias.asname or alias.name) or alias.name == "*":
                    wanted = name if alias.name == "*" else alias.name
                    file = run.project.find_module(node.module or "", node.level, path)
                    found = (
                        _bound(run, file, wanted, depth - 1) if file not in (None, path) and file else None
                    )
                    if found is not None or alias.name != "*":
                        return found
    return None


def _module(run: Interpreter, path: Path, text: str) -> Path | None:
    """The file of a module that a file calls so (`base`, `zoo.base`)."""
    tree = _tree(run, path)
    top, _, rest = text.partition(".")
    for node in tree.body if tree is not None else ():
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.asname == top:
                    return run.project.find_module(".".join(filter(None, (alias.name, rest))), 0, path)
                if alias.name == text:
                    return run.project.find_module(text, 0, path)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if (alias.asname or alias.name) == top:
                    dotted = ".".join(filter(None, (node.module, alias.name, rest)))
                    return run.project.find_module(dotted, node.level, path)
    return None


def _tree(run: Interpreter, path: Path) -> ast.Module | None:
    try:
        return run.project.sources.get(path).tree
    except Unreadable:
        return None


def _keeps(function: _Function) -> bool:
    """Whether a function, or one within it, puts something it is given or makes into a container that is not its own."""
    inner = [node for node in ast.walk(function) if isinstance(node, _Function)]
    own = {name for node in inner for name in _names_of(node)}
    within = [node for node in ast.walk(function) if isinstance(node, ast.Assign | ast.Call)]
    for node in within:
        if isinstance(node, ast.Assign):
            kept: list[ast.expr] = [node.value]
            into = [t.value for t in node.targets if isinstance(t, ast.Subscript)]
        elif isinstance(node.func, ast.Attribute) and node.func.attr in _ADDING:
            kept = [*node.args, *(k.value for k in node.keywords)]
            into = [node.func.value]
        else:
            continue
        given = {name.id for value in kept for name in ast.walk(value) if isinstance(name, ast.Name)}
        if not given.isdisjoint(own) and any(_outlives(container, own) for container in into):
            return True
    return False


def _names_of(function: _Function) -> Iterator[str]:
    """Parameters, and names that the function assigns."""
    arguments = function.args
    for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        yield argument.arg
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def _outlives(container: ast.expr, own: set[str]) -> bool:
    """Whether a container is a global name, or an attribute of anything (`cls.known`), and so no local one."""
    while isinstance(container, ast.Subscript):
        container = container.value
    return isinstance(container, ast.Attribute) or (
        isinstance(container, ast.Name) and container.id not in own
    )
