"""One of more alternatives than are kept: what they have in common is known all the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from trainlint.semantics.definitions import ClassValue, FunctionValue
from trainlint.semantics.objects import Instance
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


class OneOfMany(Unknown):
    """One of many objects, classes or other values that are not told apart.

    classes: the program's own classes that the objects are of, or that are chosen from (called: they are called, to make
    one); none where anything else may be meant. What all of them inherit from one class is found, and runs with this value
    as its `self` (`cls`).
    """

    __slots__ = ("called", "classes")

    def __init__(self, classes: Sequence[ClassValue] = (), called: bool = False) -> None:
        super().__init__("one of many alternatives")
        self.classes, self.called = tuple(classes), called
        self.made = bool(classes)

    def get_attr(self, run: Interpreter, name: str) -> Value:
        found = [run.class_attribute(cls, name) for cls in self.classes]
        shared = found[0] if found and all(each is found[0] for each in found) else None
        if isinstance(shared, FunctionValue) and (self.called is (shared.kind == "classmethod")):
            return run.bind(shared, self)
        if isinstance(shared, FunctionValue) and shared.kind in ("classmethod", "staticmethod"):
            owner = OneOfMany(self.classes, called=True)
            return run.bind(shared, owner)
        return shared if isinstance(shared, Const) else super().get_attr(run, name)

    def call(self, run: Interpreter, args: Args) -> Value:
        result = super().call(run, args)
        return OneOfMany(self.classes) if self.called and type(result) is Unknown else result


def one_of(alternatives: Sequence[Value]) -> OneOfMany:
    """Too many alternatives as one value."""
    classes: dict[int, ClassValue] = {}
    called = {isinstance(each, ClassValue) or getattr(each, "called", False) for each in alternatives}
    for each in alternatives:
        kind = each.cls if isinstance(each, Instance) else each
        if isinstance(kind, OneOfMany) and kind.classes:
            classes.update((id(cls), cls) for cls in kind.classes)
        elif isinstance(kind, ClassValue):
            classes[id(kind)] = kind
        else:
            return OneOfMany()
    return OneOfMany(list(classes.values()), called.pop()) if len(called) == 1 else OneOfMany()
