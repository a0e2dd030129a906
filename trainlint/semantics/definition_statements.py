"""`def` and `class` statements."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from trainlint.semantics import names
from trainlint.semantics.adopting import adopt
from trainlint.semantics.classes import set_bases
from trainlint.semantics.decorating import decorate
from trainlint.semantics.definitions import ClassValue, FunctionValue, ModuleValue
from trainlint.semantics.expressions import evaluate, make_function
from trainlint.semantics.metaclasses import created, set_metaclass
from trainlint.semantics.objects import Instance
from trainlint.semantics.scope import Scope
from trainlint.semantics.type_arguments import keep_arguments
from trainlint.semantics.values import Args, Const, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


WRAPPED = "wrapped"
"""A module's functions, by name, in whose place their decorators put others."""


def wrapped(module: ModuleValue, name: str) -> FunctionValue | None:
    """The function of a name that its decorators gave to another, which calls it."""
    found: FunctionValue | None = module.state.get(WRAPPED, {}).get(name)
    return found


def define_function(run: Interpreter, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    """`def name(...)`, its decorators applied from the lowest."""
    function = make_function(run, node, node.name)
    if run.frame.scope.kind == "class":
        function.owner = run._classes[-1] if run._classes else None
    value: Value = function
    for decorator in reversed(node.decorator_list):
        found = evaluate(run, decorator)
        run.frame.at = decorator
        value = decorate(run, found, value, decorator)
    if isinstance(value, FunctionValue) and value is not function and run.frame.scope.kind == "module":
        wrapped = run.frame.module.state.get(WRAPPED, {})
        run.write(run.frame.module.state, WRAPPED, {**wrapped, node.name: function})
    names.assign(run, node.name, value)


def define_class(run: Interpreter, node: ast.ClassDef) -> None:
    """`class Name(bases): ...`"""
    frame = run.frame
    cls = ClassValue(node.name, node, frame.module, frame.module.source.location(node))
    bases = [evaluate(run, base) for base in node.bases]
    keywords = {k.arg: evaluate(run, k.value) for k in node.keywords if k.arg}
    set_bases(cls, bases)
    keep_arguments(run, cls, node)
    set_metaclass(cls, keywords.pop("metaclass", None))
    outer = frame.scope
    scope = Scope("class", outer, cls.namespace)
    prefix = outer.vars.get("__qualname__") if outer.kind == "class" else None
    qualname = f"{prefix.value}.{node.name}" if isinstance(prefix, Const) else node.name
    run.write(cls.namespace, "__qualname__", Const(qualname))
    frame.scope = scope
    run._classes.append(cls)
    try:
        from trainlint.semantics.statements import execute_block

        execute_block(run, node.body)
    finally:
        run._classes.pop()
        frame.scope = outer
    _owned(cls)
    adopt(run, cls)
    for base in cls.mro[1:]:
        hook = getattr(base, "class_created", None)
        if hook is not None:
            hook(run, cls)
    _init_subclass(run, cls, keywords)
    value: Value = created(run, cls, keywords)
    for decorator in reversed(node.decorator_list):
        found = evaluate(run, decorator)
        frame.at = decorator
        result = decorate(run, found, value, decorator)
        value = result if isinstance(result, ClassValue | FunctionValue | Instance) else value
    names.assign(run, node.name, value)


def _owned(cls: ClassValue) -> None:
    for value in cls.namespace.values():
        if isinstance(value, FunctionValue) and value.owner is None:
            value.owner = cls


def _init_subclass(run: Interpreter, cls: ClassValue, keywords: dict[str, Value]) -> None:
    """The hook by which a base class registers its subclasses."""
    for base in cls.mro[1:]:
        hook = getattr(base, "namespace", {}).get("__init_subclass__")
        if isinstance(hook, FunctionValue):
            run.call(hook, Args([cls], keywords))
            return
