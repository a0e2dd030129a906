"""Values whose makers want to know whether code does anything with them, and how far a name's value gets."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from trainlint.semantics.values import Unknown
from trainlint.source.walk import children, walk

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_HIDDEN = frozenset({"locals", "vars", "globals", "eval", "exec", "dir"})
"""Functions after which any name may be read."""


Counts = Callable[[ast.Name, ast.AST, ast.AST | None], bool]


class Handed:
    """What a value is told of its way: that code drops it, or binds it to a name."""

    __slots__ = ()

    def dropped(self, run: Interpreter) -> None:
        """It was the value of a statement of its own."""

    def bound(self, run: Interpreter, name: str) -> None:
        """It was bound to a name in the current scope."""


class Watched(Handed, Unknown):
    """An unknown value that is told when code drops it, or binds it to a name that nothing reads."""

    __slots__ = ()


def is_read(run: Interpreter, name: str, counts: Counts | None = None) -> bool:
    """Whether any code of the scope that binds a name may read it; True where other scopes may.

    counts: of a reading of the name, the syntax around it, and what is around that, whether it is one that matters.
    """
    scope, function = run.frame.scope, run.frame.function
    if name in scope.globals or name in scope.nonlocals or scope.kind == "class":
        return True
    if function is not None:
        tree: ast.AST | None = function.node
    else:
        source = run.frame.module.source
        tree = source.tree if source is not None and run.frame.module.dotted == "__main__" else None
    if tree is None:
        return True
    for node, parent, around in _readings(tree):
        if _reads_all(node, parent) or (node.id == name and (counts is None or counts(node, parent, around))):
            return True
    return False


def is_parameter(run: Interpreter, name: str) -> bool:
    """Whether the running function was given what this name held at first: its caller has it too."""
    function = run.frame.function
    arguments = getattr(function.node, "args", None) if function is not None else None
    if arguments is None:
        return False
    named = (
        *arguments.posonlyargs,
        *arguments.args,
        *arguments.kwonlyargs,
        arguments.vararg,
        arguments.kwarg,
    )
    return any(each is not None and each.arg == name for each in named)


def _reads_all(node: ast.Name, parent: ast.AST) -> bool:
    """Whether every name may be read here: `locals()`, `eval(text)`; but not `vars(args)`."""
    if node.id not in _HIDDEN or not isinstance(parent, ast.Call) or parent.func is not node:
        return node.id in _HIDDEN
    return node.id in ("eval", "exec") or not parent.args


def _readings(tree: ast.AST) -> Iterator[tuple[ast.Name, ast.AST, ast.AST | None]]:
    """Every name that is read below, with the node that it stands in, and the one around that."""
    above: dict[int, ast.AST] = {}
    for parent in walk(tree):
        for node in children(parent):
            above[id(node)] = parent
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                yield node, parent, above.get(id(parent))
