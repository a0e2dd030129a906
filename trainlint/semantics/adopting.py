"""Classes whose base is not seen, and which show by what they are made of what that base extends."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from trainlint.semantics.definitions import ClassValue, FunctionValue
from trainlint.semantics.outside import External
from trainlint.semantics.scope import Lazy
from trainlint.semantics.values import Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


def adopt(run: Interpreter, cls: ClassValue) -> None:
    """Let a class extend what a library says that its methods and the objects that it holds belong to.

    Only a class of which a base is not seen, and none is a library's. It stays open: what that base adds is not known.
    """
    if not cls.open or cls.library_lineage:
        return
    methods = frozenset(n for n, v in cls.namespace.items() if isinstance(v, FunctionValue))
    asked = (getattr(library, "extended_by", None) for library in run.libraries)
    bases = (found for ask in asked if ask is not None and (found := ask(run, cls, methods)) is not None)
    base = next(bases, None)
    if base is not None:
        cls.mro = (*cls.mro, *base.lineage())


def held_classes(run: Interpreter, cls: ClassValue) -> Iterator[Value]:
    """The classes of the objects that a class's constructor makes and keeps as attributes, as far as their names are bound
    where it is defined."""
    maker = cls.namespace.get("__init__")
    body = (
        maker.node.body
        if isinstance(maker, FunctionValue) and isinstance(maker.node, ast.FunctionDef)
        else []
    )
    nodes = [part for line in body for part in ast.walk(line)]
    if not any(isinstance(part, ast.Attribute) and part.attr == "__init__" for part in nodes):
        return  # its base is not made ready for attributes that it would keep
    for node in nodes:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and _on_self(node.targets):
            found = _named(run, node.value.func)
            if found is not None:
                yield found


def _on_self(targets: list[ast.expr]) -> bool:
    return any(
        isinstance(t, ast.Attribute) and isinstance(t.value, ast.Name) and t.value.id == "self"
        for t in targets
    )


def _named(run: Interpreter, node: ast.expr) -> Value | None:
    """What a dotted name stands for, without running anything or importing a module."""
    if isinstance(node, ast.Name):
        found = run.frame.scope.vars.get(node.id) or run.frame.module.namespace.get(node.id)
        return None if isinstance(found, Lazy) else found
    base = _named(run, node.value) if isinstance(node, ast.Attribute) else None
    return (
        run.get_attr(base, node.attr)
        if isinstance(base, External) and isinstance(node, ast.Attribute)
        else None
    )
