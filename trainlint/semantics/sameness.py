"""Which values cannot be told apart, so that joining them leaves one."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

from trainlint.semantics.definitions import FunctionValue
from trainlint.semantics.sequences import TupleValue
from trainlint.semantics.values import Const, Unknown, Value
from trainlint.source.words import names_of

DEEPEST = 5
"""Levels of tuples within tuples that are compared."""


class _Families(dict[Any, Any]):
    """The family of each kind of value: only values of one family can be the same. None: a kind of its own."""

    def __missing__(self, kind: type[Value]) -> type[Value] | None:
        families = (Const, TupleValue, Unknown, FunctionValue)
        found = self[kind] = next((family for family in families if issubclass(kind, family)), None)
        return found


_FAMILY = _Families()


def same(a: Value, b: Value, depth: int = 0) -> bool:
    """Whether two values cannot be told apart (tuples in tuples count as different beyond a few levels)."""
    if a is b:
        return True
    family = _FAMILY[type(a)]
    if family is not _FAMILY[type(b)]:
        return False
    if family is Const:
        return type(a.value) is type(b.value) and a.value == b.value  # type: ignore[attr-defined]
    if family is TupleValue:
        first, second = a.elements, b.elements  # type: ignore[attr-defined]
        if len(first) != len(second) or depth > DEEPEST:
            return False
        return all(same(x, y, depth + 1) for x, y in zip(first, second, strict=True))
    if family is Unknown:
        return type(a) is type(b)
    if family is FunctionValue:
        return a.node is b.node and _captures_alike(a, b, depth)  # type: ignore[attr-defined, arg-type]
    if type(a) is not type(b):
        return False
    qualname = getattr(a, "qualname", None)
    return qualname is not None and qualname == getattr(b, "qualname", None)


def distinct(values: Iterable[Value], most: int) -> list[Value] | None:
    """The values without those that are the same as an earlier one; None if there are more than `most`."""
    found: list[Value] = []
    marks: set[Hashable] = set()
    for value in values:
        mark = _mark(value)
        if mark is None:
            if any(same(value, other) for other in found):
                continue
        elif mark in marks:
            continue
        else:
            marks.add(mark)
        if len(found) == most:
            return None
        found.append(value)
    return found


def _mark(value: Value) -> Hashable | None:
    """What exactly the values share that are the same as this one; None where only a comparison tells."""
    family = _FAMILY[type(value)]
    if family is Const:
        return type(value.value), value.value  # type: ignore[attr-defined]
    if family is Unknown:
        return Unknown, type(value)
    if family is not None:
        return None
    qualname = getattr(value, "qualname", None)
    if qualname is None:
        return id(value)
    return type(value), qualname


def _captures_alike(a: FunctionValue, b: FunctionValue, depth: int) -> bool:
    """Whether two functions of one definition see the same values: their defaults, and the outer names that they read."""
    if depth > DEEPEST:
        return True
    if a.defaults.keys() != b.defaults.keys():
        return False
    if not all(same(value, b.defaults[name], depth + 1) for name, value in a.defaults.items()):
        return False
    one, other = a.scope, b.scope
    while one is not other:
        if one is None or other is None:
            return False
        if one.kind == "function":
            for name in names_of(a.node):
                first, second = one.vars.get(name), other.vars.get(name)
                if (first is None) != (second is None):
                    return False
                if first is not None and second is not None and not same(first, second, depth + 1):
                    return False
        one, other = one.parent, other.parent
    return True
