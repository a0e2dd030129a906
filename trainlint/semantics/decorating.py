"""What decorators make of the program's own functions and classes."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from trainlint.semantics.budget import MAX_STEPS_DECORATING
from trainlint.semantics.definitions import BoundMethod, ClassValue, FunctionValue
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


def decorate(run: Interpreter, decorator: Value, value: Value, node: ast.expr) -> Value:
    """What a decorator makes of a function or class. One that is not understood leaves it as it is, marked."""
    name = decorator.describe()
    if isinstance(value, FunctionValue):
        if name in ("staticmethod", "classmethod", "property", "functools.cached_property"):
            value.kind = "property" if name == "functools.cached_property" else name
            return value
        if isinstance(node, ast.Attribute) and node.attr in ("setter", "getter", "deleter"):
            return _property_part(run, node, value)
    if isinstance(decorator, Instance) and not _local_call(run, decorator):
        for cls in decorator.library_classes():
            cls.decorates(run, decorator)
        return _wrapped(value, decorator)
    if isinstance(decorator, LibraryClass):
        manager = run.call(decorator, Args())
        return _wrapped(value, manager)
    if isinstance(decorator, (Native, FunctionValue, ClassValue, BoundMethod)) or _local_call(run, decorator):
        outer = run.decorated_by
        if not isinstance(decorator, Native):  # a library's may run the program (sacred's `automain`)
            run.decorated_by = min(outer, run.steps + MAX_STEPS_DECORATING)
        try:
            result = run.call(decorator, Args([value]))
        finally:
            run.decorated_by = outer
        if not isinstance(result, Unknown) and not (isinstance(result, Const) and result.value is None):
            return result
    if isinstance(value, FunctionValue):
        value.marks = (*value.marks, name)
    return value


def _local_call(run: Interpreter, value: Value) -> bool:
    return isinstance(value, Instance) and run.class_attribute(value.cls, "__call__") is not None


def _wrapped(value: Value, manager: Value) -> Value:
    if isinstance(value, FunctionValue):
        value.wrappers = (manager, *value.wrappers)
    return value


def _property_part(run: Interpreter, node: ast.Attribute, value: FunctionValue) -> Value:
    from trainlint.semantics.expressions import evaluate

    base = evaluate(run, node.value)
    if isinstance(base, FunctionValue) and node.attr == "setter":
        run.write(base.state, "setter", value)
        value.owner = base.owner
        return base
    return base
