"""Type arguments of a class's bases: `class Mine(Base[Config])`, asked for by `Mine.__orig_bases__[0]`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from trainlint.semantics.classes import class_attribute
from trainlint.semantics.definitions import ClassValue
from trainlint.semantics.outside import External
from trainlint.semantics.sequences import TupleValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

ORIGINAL_BASES = "__orig_bases__"
_GENERIC = ("typing.Generic", "typing.Protocol")


class Parametrized(Value):
    """A class with type arguments, `Base[Config]`: otherwise it is the class."""

    __slots__ = ("arguments", "origin_class")

    def __init__(self, origin_class: Value, arguments: TupleValue) -> None:
        super().__init__()
        self.origin_class, self.arguments = origin_class, arguments

    def describe(self) -> str:
        return f"{self.origin_class.describe()}[...]"

    def get_attr(self, run: Interpreter, name: str) -> Value:
        if name == "__args__":
            return self.arguments
        return self.origin_class if name == "__origin__" else run.get_attr(self.origin_class, name)

    def call(self, run: Interpreter, args: Args) -> Value:
        return run.call(self.origin_class, args)

    def truth(self, run: Interpreter) -> bool | None:
        return True


def keep_arguments(run: Interpreter, cls: ClassValue, node: ast.ClassDef) -> None:
    """Give a class the `__orig_bases__` that Python gives it, where one of its bases is written with type arguments."""
    parameters = getattr(node, "type_params", [])  # `class Base[T]` of Python 3.12 has one more: Generic[T]
    if len(node.bases) != len(cls.bases):
        return
    if parameters or any(isinstance(base, ast.Subscript) for base in node.bases):
        found = [_original(run, written, base) for written, base in zip(node.bases, cls.bases, strict=True)]
        more = [Unknown("Generic[...]")] if parameters else []
        run.write(cls.namespace, ORIGINAL_BASES, TupleValue([*found, *more]))


def _original(run: Interpreter, node: ast.expr, base: Value) -> Value:
    from trainlint.semantics.expressions import evaluate

    if not isinstance(node, ast.Subscript):
        return base
    if not _is_generic(base):
        return Unknown("a base with type arguments")
    key = evaluate(run, node.slice)
    given = key.elements if isinstance(key, TupleValue) else (key,)
    # Typing wraps what is no class: names in quotes, None.
    return Parametrized(base, TupleValue([Unknown("a type") if isinstance(a, Const) else a for a in given]))


def _is_generic(base: Value) -> bool:
    """Whether typing makes `base[...]`, not the class itself or a library."""
    if not isinstance(base, ClassValue):
        return isinstance(base, External) and base.qualname in _GENERIC
    own = class_attribute(base, "__class_getitem__") is not None
    return not own and not any(getattr(each, "own_generics", False) for each in base.library_lineage)


def arguments_of(value: Value) -> TupleValue | None:
    """`typing.get_args(value)`, where they are known."""
    return value.arguments if isinstance(value, Parametrized) else None
