"""Lists and mappings that a function fills which unseen code has: a forward hook on a part of a network that is not seen.

When the function runs is not known, so that anything may stand in them from then on, also after they were emptied.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from trainlint.semantics.definitions import FunctionValue
from trainlint.semantics.sequences import SHARED, DictValue, ListValue
from trainlint.semantics.values import Value
from trainlint.source.walk import walk

if TYPE_CHECKING:
    from trainlint.semantics.recorder import Recorder

_FILL = frozenset({"append", "appendleft", "extend", "insert", "add", "update", "setdefault"})


def share(run: Recorder, function: FunctionValue) -> None:
    """What the function fills, of what it takes from around it, may hold anything from now on."""
    for name in _filled(function.node):
        container = _taken(function, name)
        if isinstance(container, ListValue | DictValue):
            state: dict[str, Any] = container.cells if isinstance(container, ListValue) else container.state
            run.write(state, SHARED, True)
            run.write(state, "open", True)


def _taken(function: FunctionValue, name: str) -> Value | None:
    """What a free name of the function stands for."""
    scope = function.scope
    while scope is not None:
        found: Value | None = scope.vars.get(name) if scope.kind != "class" else None
        if found is not None:
            return found
        scope = scope.parent
    found = function.module.namespace.get(name)
    return found


def _filled(node: ast.AST) -> frozenset[str]:
    """Names of what the function puts something into."""
    found: frozenset[str] | None = getattr(node, "_trainlint_filled", None)
    if found is None:
        found = frozenset(_puts_into(node))
        node._trainlint_filled = found  # type: ignore[attr-defined]
    return found


def _puts_into(node: ast.AST) -> Iterator[str]:
    for part in walk(node):
        place: ast.AST | None = None
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and part.func.attr in _FILL:
            place = part.func.value
        elif isinstance(part, ast.Assign):
            place = next((t.value for t in part.targets if isinstance(t, ast.Subscript)), None)
        while isinstance(place, ast.Subscript):  # `kept[name].append(output)`
            place = place.value
        if isinstance(place, ast.Name):
            yield place.id
