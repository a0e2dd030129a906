"""Metaclasses of the program: `class Model(metaclass=Meta)` makes its instances by `Meta.__call__`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.semantics.classes import bind, class_attribute
from trainlint.semantics.definitions import BoundMethod, ClassValue, FunctionValue
from trainlint.semantics.outside import Native
from trainlint.semantics.values import Args, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


def set_metaclass(cls: ClassValue, named: Value | None) -> None:
    """The class that the statement names, or that of the first base that has one."""
    inherited = (part.metaclass for part in cls.mro[1:] if isinstance(part, ClassValue))
    found = named if isinstance(named, ClassValue) else next((m for m in inherited if m is not None), None)
    cls.metaclass = found


def call_class(run: Interpreter, cls: ClassValue, args: Args) -> Value:
    """By the metaclass's `__call__`; where its result is not known, the instance that it made."""
    maker = class_attribute(cls.metaclass, "__call__") if cls.metaclass is not None else None
    if not isinstance(maker, FunctionValue):
        return run.instantiate(cls, args)
    made = run.call(BoundMethod(maker, cls), args)
    return run.instances.get(cls.node, made) if isinstance(made, Unknown) else made


def attribute(run: Interpreter, cls: ClassValue, name: str) -> Value | None:
    """What a class has from its metaclass alone."""
    found = class_attribute(cls.metaclass, name) if cls.metaclass is not None else None
    return bind(run, found, cls) if found is not None else None


def above(run: Interpreter, cls: ClassValue, owner: Value, name: str) -> Value | None:
    """`super().name` in a method of the metaclass `owner`, for the class `cls`; None where it is no such method."""
    if cls.metaclass is None or owner not in cls.metaclass.mro:
        return None
    order = cls.metaclass.mro
    for part in order[order.index(owner) + 1 :]:
        found = getattr(part, "namespace", {}).get(name)
        if found is not None:
            return bind(run, found, cls)
    if name == "__call__":
        return Native("type.__call__", lambda r, args: r.instantiate(cls, args))
    return Unknown(f"super().{name}")
