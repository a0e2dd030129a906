"""Which model of pydantic a mapping becomes, where the annotation names one or several."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from trainlint.configs.dataclasses import fields_of
from trainlint.semantics.definitions import ClassValue
from trainlint.semantics.expressions import dotted, evaluate
from trainlint.semantics.scope import Frame, Scope
from trainlint.semantics.sequences import DictValue, TupleValue
from trainlint.semantics.values import Const, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_AROUND = frozenset({"Optional", "Annotated", "Union"})


def named_model(
    run: Interpreter, cls: Value, annotation: ast.expr | None, source: DictValue
) -> tuple[ClassValue | None, bool]:
    """The class that a mapping is made an object of, and whether the annotation names any.

    Of a union that is the only one which the mapping fits: words that a `Literal` allows, no field without a value, and
    no key that the class forbids (https://docs.pydantic.dev/latest/concepts/unions/).
    """
    named = [found for node in _parts(annotation) for found in _classes(run, cls, node)]
    if len(named) < 2:
        return (named[0] if named else None), bool(named)
    fitting = [model for model in named if _fits(model, source)]
    return (fitting[0] if len(fitting) == 1 else None), True


def _parts(annotation: ast.expr | None) -> list[ast.expr]:
    """The members of a union."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        try:
            annotation = ast.parse(annotation.value, mode="eval").body
        except (SyntaxError, ValueError):
            return []
    if isinstance(annotation, ast.BinOp):
        return [*_parts(annotation.left), *_parts(annotation.right)]
    if isinstance(annotation, ast.Subscript):
        word = dotted(annotation.value).rpartition(".")[2]
        inner = annotation.slice.elts if isinstance(annotation.slice, ast.Tuple) else [annotation.slice]
        inner = inner[:1] if word == "Annotated" else inner
        return [part for node in inner for part in _parts(node)] if word in _AROUND else []
    return [annotation] if isinstance(annotation, ast.Name | ast.Attribute) else []


def _classes(run: Interpreter, cls: Value, node: ast.expr) -> list[ClassValue]:
    """The class that a name means, or those of an alias of a union."""
    module = getattr(cls, "module", None)
    if module is None:
        return []
    run.push(Frame(module, Scope("module", None, module.namespace)), None)
    try:
        found = evaluate(run, node)
    finally:
        run.pop()
    members = found.elements if isinstance(found, TupleValue) else [found]
    return [member for member in members if isinstance(member, ClassValue)]


def _fits(model: ClassValue, source: DictValue) -> bool:
    """Whether validation may accept the mapping, as far as is seen."""
    given = source.strings()
    fields = {field.name: field for field in fields_of(model)}
    for name, field in fields.items():
        value = given.get(name)
        if value is None:
            if field.default is None and field.factory is None and not source.open:
                return False
            continue
        words = _literals(field.annotation)
        if words is not None and isinstance(value, Const) and value.value not in words:
            return False
    return not (_forbids(model) and set(given) - set(fields))


def _literals(annotation: ast.expr | None) -> list[object] | None:
    """What `Literal[...]` allows; None for another annotation."""
    if not isinstance(annotation, ast.Subscript) or dotted(annotation.value).rpartition(".")[2] != "Literal":
        return None
    inner = annotation.slice.elts if isinstance(annotation.slice, ast.Tuple) else [annotation.slice]
    return [node.value for node in inner if isinstance(node, ast.Constant)]


def _forbids(model: ClassValue) -> bool:
    """Whether the class takes no keys but its fields: `class Config: extra = "forbid"`, `ConfigDict(extra="forbid")`,
    and settings, unless they say otherwise."""
    for part in model.mro:
        names = getattr(part, "namespace", {})
        for holder, read in (("Config", "namespace"), ("model_config", "cells")):
            said = getattr(names.get(holder), read, {}).get("extra")
            said = said[1] if isinstance(said, tuple) else said
            if isinstance(said, Const):
                return bool(said.value == "forbid")
    return any(getattr(part, "qualname", "").endswith("BaseSettings") for part in model.mro)
