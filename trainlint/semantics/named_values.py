"""Tuples whose parts have names too: what named tuples and functions of libraries return."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Self

from trainlint.semantics.sequences import TupleValue
from trainlint.semantics.values import Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


class NamedValues(TupleValue):
    """A tuple that is read by position and by name. names: as many as there are elements."""

    __slots__ = ("names",)

    def __init__(self, names: Sequence[str], elements: Sequence[Value]) -> None:
        super().__init__(elements)
        self.names = tuple(names)

    @classmethod
    def of(cls, parts: Mapping[str, Value]) -> Self:
        """In the order of the mapping."""
        return cls(tuple(parts), list(parts.values()))

    def get_attr(self, run: Interpreter, name: str) -> Value:
        if name in self.names:
            return self.elements[self.names.index(name)]
        return super().get_attr(run, name)
