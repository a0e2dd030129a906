"""Data classes that a command line fills: what a run without arguments gets of them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from trainlint.configs.dataclasses import fields_of, is_dataclass
from trainlint.configs.inspection import all_arguments
from trainlint.semantics.definitions import ClassValue, FunctionValue
from trainlint.semantics.expressions import evaluate
from trainlint.semantics.scope import Frame, Scope
from trainlint.semantics.values import Args, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_DEEPEST = 8
"""Data classes within data classes that are made: a class may hold one of its own kind."""


def filled(run: Interpreter, cls: Value, given: Args, depth: int = 0) -> Value:
    """An object of a data class, or what a function returns, with its defaults: fields (parameters) that have none and are data
    classes themselves are made the same way, as every option of theirs stands on the command line too. Of several classes
    that a field may have (subcommands), any may be meant."""
    if depth > _DEEPEST or not isinstance(cls, ClassValue | FunctionValue):
        return Unknown("a config")
    made: dict[str, Value] = {}
    for name, node, module in _required(cls):
        if name in given.keywords:
            continue
        kinds = [_named(run, part, module) for part in _parts(node)]
        if kinds and all(is_dataclass(kind) for kind in kinds):
            values = [filled(run, kind, Args(), depth + 1) for kind in kinds]
            made[name] = values[0] if len(values) == 1 else run.join(*values)
    return run.call(cls, Args(given.positional, {**made, **given.keywords}, given.open))


def _required(cls: ClassValue | FunctionValue) -> list[tuple[str, ast.expr, Any]]:
    """Fields or parameters without a default: name, annotation, and the module that has it."""
    if isinstance(cls, FunctionValue):
        if isinstance(cls.node, ast.Lambda):
            return []
        bare = [a for a in all_arguments(cls) if a.arg not in cls.defaults]
        return [(a.arg, a.annotation, cls.module) for a in bare if a.annotation is not None]
    own = [base for base in cls.mro if isinstance(base, ClassValue)]
    found: list[tuple[str, ast.expr, Any]] = []
    for field in fields_of(cls):
        holder = next((base for base in own if field.name in base.state.get("annotations", {})), None)
        lacks = field.init and field.default is None and field.factory is None and field.maker is None
        if lacks and holder is not None and field.annotation is not None:
            found.append((field.name, field.annotation, holder.module))
    return found


def _parts(node: ast.expr) -> list[ast.expr]:
    """The classes that an annotation names: of `Annotated[Config, ...]` the first, of a union each."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        try:
            return _parts(ast.parse(node.value, mode="eval").body)
        except SyntaxError:
            return []
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return [*_parts(node.left), *_parts(node.right)]
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple) and node.slice.elts:
        kind = ast.unparse(node.value).split(".")[-1]
        chosen = {"Annotated": node.slice.elts[:1], "Union": node.slice.elts}.get(kind, [])
        return [part for each in chosen for part in _parts(each)]
    return [node] if isinstance(node, ast.Name | ast.Attribute) else []


def _named(run: Interpreter, node: ast.expr, module: Any) -> Value:
    run.push(Frame(module, Scope("module", None, module.namespace)), None)
    try:
        return evaluate(run, node)
    finally:
        run.pop()
