"""Which dictionary key, or element of a set, a value stands for."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from trainlint.semantics.sequences import TupleValue, UnionValue
from trainlint.semantics.values import Const, Unknown, Value

LARGEST_KEY = 1000
"""Elements, at any depth, of a tuple that serves as a key."""


def _leaves(value: TupleValue) -> int:
    """Elements at any depth, counted no further than one beyond LARGEST_KEY."""
    count, stack = 0, [value]
    while stack and count <= LARGEST_KEY:
        elements = stack.pop().elements
        count += len(elements)
        stack.extend(e for e in elements if isinstance(e, TupleValue))
    return count


def key_of(value: Value) -> Hashable | None:
    """The dictionary key that a value stands for; None where it is not known."""
    if isinstance(value, Const):
        return (type(value.value).__name__, value.value) if not isinstance(value.value, str) else value.value
    if isinstance(value, TupleValue):
        keys = tuple(key_of(v) for v in value.elements) if _leaves(value) <= LARGEST_KEY else (None,)
        return None if any(k is None for k in keys) else ("tuple", *keys)
    qualname = getattr(value, "qualname", None)
    if isinstance(qualname, str) and not hasattr(value, "node"):
        return ("name", qualname)
    if isinstance(value, (Unknown, UnionValue)):
        return None
    if getattr(getattr(value, "flavor", None), "keyed_by_value", False):
        return None  # a number or a text of an array, of which the value is not known
    return ("id", id(value))


def distinct(values: Sequence[Value]) -> list[Value]:
    """The elements of a set: those known to be equal count once."""
    keys = [key_of(v) for v in values]
    return [v for i, v in enumerate(values) if keys[i] is None or keys[i] not in keys[:i]]
