"""Metaclasses of the program: `class Model(metaclass=Meta)` is made by `Meta.__new__`, its instances by `Meta.__call__`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from trainlint.semantics.classes import bind, class_attribute, set_bases
from trainlint.semantics.definitions import BoundMethod, ClassValue, FunctionValue
from trainlint.semantics.mappings import as_dict
from trainlint.semantics.objects import LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue, TupleValue, may_be_missing
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_MAKING = "classes being made"
"""Key of `run.memo`: the classes whose metaclass's `__new__` runs, the innermost last."""

_OF_PYTHON = ("__module__", "__qualname__", "__annotations__")
"""What Python puts into the body's names itself."""


def set_metaclass(cls: ClassValue, named: Value | None) -> None:
    """The class that the statement names, or that of the first base that has one."""
    inherited = (part.metaclass for part in cls.mro[1:] if isinstance(part, ClassValue))
    found = named if isinstance(named, ClassValue) else next((m for m in inherited if m is not None), None)
    cls.metaclass = found


def created(run: Interpreter, cls: ClassValue, keywords: dict[str, Value]) -> ClassValue:
    """What a class statement defines: the class as its metaclass's `__new__` and `__init__` leave it."""
    metaclass = cls.metaclass
    if metaclass is None:
        return cls
    given = [Const(cls.name), TupleValue(cls.bases), _body(cls)]
    maker, initialiser = class_attribute(metaclass, "__new__"), class_attribute(metaclass, "__init__")
    if isinstance(maker, FunctionValue):
        making: list[ClassValue] = run.memo.setdefault(_MAKING, [])
        making.append(cls)
        try:
            made = run.call(maker, Args([metaclass, *given], dict(keywords)))
        finally:
            making.pop()
        if isinstance(made, ClassValue) and made is not cls:
            return made
    if isinstance(initialiser, FunctionValue):
        run.call(BoundMethod(initialiser, cls), Args(given, dict(keywords)))
    return cls


def _body(cls: ClassValue) -> DictValue:
    """The names of a class's body, as its metaclass is given them."""
    names: dict[str, Value] = {"__module__": Const(cls.module.dotted), **cls.namespace}
    if any(isinstance(statement, ast.AnnAssign) for statement in cls.node.body):
        names.setdefault("__annotations__", Unknown(f"{cls.name}.__annotations__"))
    return DictValue.of(names)


def being_made(run: Interpreter, metaclass: Value) -> ClassValue | None:
    """The class that is made where this metaclass's `__new__` asks `type.__new__` for it."""
    making: list[ClassValue] = run.memo.get(_MAKING, [])
    return making[-1] if making and making[-1].metaclass is metaclass else None


def make_by_type(run: Interpreter, cls: ClassValue, args: Args) -> Value:
    """`type.__new__(metaclass, name, bases, names)`: the class being made, with what `__new__` changed in those."""
    if len(args.positional) == 4:
        _, _, bases, body = args.positional
        _rebase(cls, bases)
        names = as_dict(body)
        if names is None or names.open:
            return cls
        _put(run, cls, names.strings())
    return cls


def _rebase(cls: ClassValue, bases: Value) -> None:
    found = bases.elements if isinstance(bases, TupleValue) and not bases.open else None
    if found is not None and all(isinstance(base, ClassValue | LibraryClass) for base in found):
        if tuple(found) != cls.bases:
            set_bases(cls, list(found))
    elif found is None or tuple(found) != cls.bases:
        cls.open = True


def _put(run: Interpreter, cls: ClassValue, names: dict[str, Value]) -> None:
    for name in [n for n in cls.namespace if n not in names and n not in _OF_PYTHON]:
        run.write(cls.namespace, name, Unknown(f"{cls.name}.{name}"))
    for name, value in names.items():
        if name in _OF_PYTHON or cls.namespace.get(name) is value:
            continue
        if isinstance(value, FunctionValue) and value.owner is None:
            value.owner = cls
        run.write(cls.namespace, name, Unknown(f"{cls.name}.{name}") if may_be_missing(value) else value)


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
    if name == "__init__":
        return Native("type.__init__", lambda r, args: Const(None))
    return Unknown(f"super().{name}")
