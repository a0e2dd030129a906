"""How names are used in a piece of code: what a name without a definition may stand for."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from trainlint.source.walk import walk


class Uses:
    """How one name is used. attributes: those taken from it or set on it; read: those taken from it."""

    def __init__(self) -> None:
        self.attributes: set[str] = set()
        self.read: set[str] = set()
        self.called = self.iterated = self.subscripted = False

    def merge(self, other: Uses) -> None:
        """Add the uses of another name for the same object."""
        self.attributes |= other.attributes
        self.read |= other.read
        self.called = self.called or other.called
        self.iterated = self.iterated or other.iterated
        self.subscripted = self.subscripted or other.subscripted


def _key(node: ast.expr) -> str | None:
    """The name of `x`, and `self.x` for an attribute of the object itself."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self":
        return f"self.{node.attr}"
    return None


def uses_in(tree: ast.AST) -> dict[str, Uses]:
    """The uses of every name, and of every attribute of `self`; kept on the tree."""
    found: dict[str, Uses] | None = getattr(tree, "_trainlint_uses", None)
    if found is not None:
        return found
    found = {}
    kept = found

    def of(node: ast.expr) -> Uses | None:
        key = _key(node)
        return kept.setdefault(key, Uses()) if key is not None else None

    for node in walk(tree):
        kind = type(node)
        if kind is ast.Name or kind is ast.Constant:
            continue
        if isinstance(node, ast.Attribute):
            if uses := of(node.value):
                uses.attributes.add(node.attr)
                if isinstance(node.ctx, ast.Load):
                    uses.read.add(node.attr)
        elif isinstance(node, ast.Call):
            if uses := of(node.func):
                uses.called = True
            iterates = isinstance(node.func, ast.Name) and node.func.id in ("iter", "next") and node.args
            if iterates and (uses := of(node.args[0])):
                uses.iterated = True
        elif isinstance(node, ast.Subscript):
            if uses := of(node.value):
                uses.subscripted = True
        elif isinstance(node, (ast.For, ast.AsyncFor, ast.comprehension)):
            for part in _iterated(node.iter):
                if uses := of(part):
                    uses.iterated = True
    tree._trainlint_uses = found  # type: ignore[attr-defined]
    return found


def _iterated(tree: ast.expr) -> list[ast.expr]:
    """The names in an iterable (`enumerate(tqdm(loader))`) that are not functions called there."""
    if type(tree) is ast.Name:
        return [tree]
    parts = walk(tree)
    callees = {id(c.func) for c in parts if type(c) is ast.Call}
    return [part for part in parts if isinstance(part, ast.expr) and id(part) not in callees]


def kept_uses(function: ast.AST, name: str, classes: Iterable[ast.AST]) -> Uses:
    """How the classes use the attributes of `self` in which their __init__ keeps a parameter."""
    merged = Uses()
    for target, value in _assignments(function):
        while isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
            value = value.func.value  # model.to(device)
        if not isinstance(value, ast.Name) or value.id != name:
            continue
        key = _key(target)
        if key is None or not key.startswith("self."):
            continue
        for tree in classes:
            uses = uses_in(tree).get(key)
            if uses is not None:
                merged.merge(uses)
    return merged


def _assignments(function: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Each single target with what is assigned to it; `self.a, self.b = a, b` is two."""
    for node in walk(function):
        if not isinstance(node, (ast.Assign, ast.AnnAssign)) or node.value is None:
            continue
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            value = node.value
            if not isinstance(target, ast.Tuple | ast.List) or not isinstance(value, ast.Tuple | ast.List):
                yield target, value
            elif len(target.elts) == len(value.elts):
                yield from zip(target.elts, value.elts, strict=True)
