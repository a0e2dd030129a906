"""Classes that a call makes: `type("Name", (Base,), {...})`, and those that libraries make of a description."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from trainlint.semantics.classes import set_bases
from trainlint.semantics.definitions import ClassValue, FunctionValue
from trainlint.semantics.mappings import as_dict
from trainlint.semantics.metaclasses import set_metaclass
from trainlint.semantics.objects import LibraryClass
from trainlint.semantics.sequences import ListValue, TupleValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


def made_class(
    run: Interpreter, name: str, bases: Sequence[Value], namespace: Mapping[str, Value]
) -> ClassValue:
    """A class with these bases and attributes, as a statement at this place would define it."""
    node = ast.ClassDef(name=name, bases=[], keywords=[], body=[], decorator_list=[])
    if run.frame.at is not None:
        ast.copy_location(node, run.frame.at)
    cls = ClassValue(name, node, run.frame.module, run.here)
    set_bases(cls, list(bases))
    set_metaclass(cls, None)
    cls.namespace.update({"__qualname__": Const(name), **namespace})
    for value in namespace.values():
        if isinstance(value, FunctionValue) and value.owner is None:
            value.owner = cls
    for base in cls.mro[1:]:
        hook = getattr(base, "class_created", None)
        if hook is not None:
            hook(run, cls)
    return cls


def by_type(run: Interpreter, args: Args) -> Value:
    """`type(name, bases, attributes)`"""
    unknown = Unknown("a class made by type()")
    if len(args.positional) != 3:
        return unknown
    name, bases, attributes = args.positional
    body = as_dict(attributes)
    whole = (
        isinstance(bases, TupleValue | ListValue) and not bases.open and body is not None and not body.open
    )
    if not whole or not isinstance(name, Const) or not isinstance(name.value, str):
        return unknown
    assert isinstance(bases, TupleValue | ListValue) and body is not None
    if not all(isinstance(base, ClassValue | LibraryClass) for base in bases.elements):
        return unknown
    return made_class(run, name.value, bases.elements, body.strings())
