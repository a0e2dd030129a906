"""Annotations as values: what `inspect`, `dataclasses.fields`, `typing.get_type_hints` and `__annotations__` show of them.

Source: https://docs.python.org/3/library/typing.html, https://docs.python.org/3/howto/annotations.html
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from trainlint.semantics.definitions import ClassValue, FunctionValue, ModuleValue
from trainlint.semantics.outside import External
from trainlint.semantics.scope import Frame, Scope
from trainlint.semantics.sequences import DictValue, TupleValue
from trainlint.semantics.type_arguments import Parametrized
from trainlint.semantics.values import Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_UNION = "typing.Union"
_DEEPEST = 8


class Alias(Parametrized):
    """A type with arguments, or one of several, as an annotation writes it: `list[Config]`, `Config | None`. No class."""

    __slots__ = ("typed",)

    def __init__(self, origin_class: Value, arguments: TupleValue, typed: bool) -> None:
        super().__init__(origin_class, arguments)
        self.typed = typed

    def types(self) -> tuple[str, ...] | None:
        return ("typing._GenericAlias" if self.typed else "types.GenericAlias", "object")


def annotation_value(run: Interpreter, node: ast.expr | None, module: ModuleValue, scope: Scope | None = None,
                     texts: bool = True) -> Value:  # fmt: skip
    """What an annotation is when it is asked for. texts: it is a text where the module or the annotation itself leaves it
    unevaluated (`from __future__ import annotations`); else texts are read, as `get_type_hints` does."""
    if node is None:
        return Unknown("no annotation")
    quoted = isinstance(node, ast.Constant) and isinstance(node.value, str)
    if texts and (quoted or _postponed(module)):
        return Const(node.value if isinstance(node, ast.Constant) and quoted else ast.unparse(node))
    run.push(Frame(module, scope if scope is not None else Scope("module", None, module.namespace)), None)
    try:
        with run.silenced():
            return _written(run, node, 0)
    finally:
        run.pop()


def hints(run: Interpreter, target: Value, texts: bool) -> DictValue | None:
    """`target.__annotations__` of a function or class; with texts read and those of base classes, `get_type_hints(target)`."""
    if isinstance(target, FunctionValue) and not isinstance(target.node, ast.Lambda):
        spec = target.node.args
        every = [*spec.posonlyargs, *spec.args, spec.vararg, *spec.kwonlyargs, spec.kwarg]
        nodes = {a.arg: a.annotation for a in every if a is not None and a.annotation is not None}
        if target.node.returns is not None:
            nodes["return"] = target.node.returns
        return DictValue.of(
            {n: annotation_value(run, v, target.module, target.scope, texts) for n, v in nodes.items()}
        )
    if not isinstance(target, ClassValue) or (target.library_lineage and not texts):
        return None  # a library's class has annotations that are not seen
    found: dict[str, Value] = {}
    for cls in (target,) if texts else reversed(target.mro):
        if isinstance(cls, ClassValue):
            own: dict[str, ast.expr] = cls.state.get("annotations", {})
            found |= {n: annotation_value(run, v, cls.module, None, texts) for n, v in own.items()}
    return DictValue.of(found, (), not texts and target.open)


def _postponed(module: ModuleValue) -> bool:
    """Whether annotations of a module are texts."""
    tree = module.source.tree
    for statement in tree.body if tree is not None else ():
        if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
            if any(name.name == "annotations" for name in statement.names):
                return True
        elif not isinstance(statement, ast.Expr):
            break
    return False


def _written(run: Interpreter, node: ast.expr, depth: int) -> Value:
    from trainlint.semantics.builtin_types import TYPES
    from trainlint.semantics.expressions import evaluate

    if depth > _DEEPEST:
        return Unknown("an annotation")
    if isinstance(node, ast.Constant):
        if node.value is None:
            return TYPES["NoneType"]
        if not isinstance(node.value, str):
            return Const(node.value)
        try:
            return _written(run, ast.parse(node.value.strip(), mode="eval").body, depth + 1)
        except SyntaxError:
            return Unknown("an annotation")
    if isinstance(node, (ast.Name, ast.Attribute)):
        return evaluate(run, node)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        sides = [_written(run, side, depth + 1) for side in (node.left, node.right)]
        return Alias(External("types.UnionType"), _flat(sides), False)
    if not isinstance(node, ast.Subscript):
        return Unknown("an annotation")
    base = evaluate(run, node.value)
    name = base.qualname if isinstance(base, External) else ""
    inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    if name == "typing.Literal":
        return Alias(base, TupleValue([evaluate(run, part) for part in inner]), True)
    parts = [_written(run, part, depth + 1) for part in inner]
    if name in ("typing.Annotated", "typing.Final", "typing.Required", "typing.NotRequired"):
        return parts[0]
    if name in (_UNION, "typing.Optional"):
        several = [*parts, TYPES["NoneType"]] if name != _UNION else parts
        return Alias(External(_UNION), _flat(several), True)
    return Alias(base, TupleValue(parts), name.startswith("typing.") or _is_typing(node.value))


def _is_typing(node: ast.expr) -> bool:
    """`List[int]` and its kin, whose names of typing stand for the built-in types."""
    last = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    return last in ("List", "Dict", "Tuple", "Set", "Type", "FrozenSet")


def _flat(parts: list[Value]) -> TupleValue:
    """The members of a union, without unions in it."""
    found: list[Value] = []
    for part in parts:
        union = (
            isinstance(part, Alias)
            and isinstance(part.origin_class, External)
            and part.origin_class.qualname in (_UNION, "types.UnionType")
        )
        inner = part.arguments.elements if isinstance(part, Alias) and union else (part,)
        found += [each for each in inner if not any(each is other for other in found)]
    return TupleValue(found)
