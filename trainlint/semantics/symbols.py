"""Names that the code does not define: parameters of functions run alone, and free names of fragments."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from trainlint.semantics.definitions import ClassValue, FunctionValue
from trainlint.semantics.library import Symbol
from trainlint.semantics.objects import LibraryClass
from trainlint.semantics.scope import Frame, Scope
from trainlint.semantics.values import Args, External, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


class _Uses:
    """How one name is used in a piece of code."""

    def __init__(self) -> None:
        self.attributes: set[str] = set()
        self.called = self.iterated = self.subscripted = False


def uses_in(tree: ast.AST) -> dict[str, _Uses]:
    """The uses of every name; kept on the tree."""
    found: dict[str, _Uses] | None = getattr(tree, "_trainlint_uses", None)
    if found is not None:
        return found
    found = {}

    def of(node: ast.AST) -> _Uses | None:
        return found.setdefault(node.id, _Uses()) if isinstance(node, ast.Name) else None

    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            if uses := of(node.value):
                uses.attributes.add(node.attr)
        elif isinstance(node, ast.Call):
            if uses := of(node.func):
                uses.called = True
            if uses := _next_argument(node, of):
                uses.iterated = True
        elif isinstance(node, ast.Subscript):
            if uses := of(node.value):
                uses.subscripted = True
        elif isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
            for part in ast.walk(node.iter):
                if isinstance(part, ast.Name) and not _is_callee(part, node.iter):
                    found.setdefault(part.id, _Uses()).iterated = True
    tree._trainlint_uses = found  # type: ignore[attr-defined]
    return found


def _next_argument(node: ast.Call, of: object) -> _Uses | None:
    if isinstance(node.func, ast.Name) and node.func.id in ("iter", "next") and node.args:
        return of(node.args[0])  # type: ignore[operator, no-any-return]
    return None


def _is_callee(name: ast.Name, tree: ast.AST) -> bool:
    return any(isinstance(c, ast.Call) and c.func is name for c in ast.walk(tree))


class Symbols:
    """Gives names without a definition the role that annotation, use and name suggest."""

    def __init__(self) -> None:
        self.depth = 0

    def free_name(self, run: Interpreter, name: str) -> Value:
        """A name that neither the module nor Python defines."""
        tree = run.frame.module.source.tree
        uses = uses_in(tree).get(name) if tree is not None else None
        return self._make(run, name, None, uses or _Uses(), parameter=False, function="")

    def parameter(
        self, run: Interpreter, function: FunctionValue, argument: ast.arg, in_module: bool
    ) -> Value:
        """A parameter without a default of a function that is run alone."""
        annotation = self._annotation(run, function, argument)
        if isinstance(annotation, ClassValue) and self.depth < 3:
            return self.instance(run, annotation)
        text = annotation if isinstance(annotation, str) else None
        uses = uses_in(function.node).get(argument.arg) or _Uses()
        return self._make(run, argument.arg, text, uses, True, function.qualname, in_module)

    def _make(
        self, run: Interpreter, name: str, annotation: str | None, uses: _Uses, parameter: bool, function: str,
        in_module: bool = False,
    ) -> Value:  # fmt: skip
        symbol = Symbol(
            name, annotation, frozenset(uses.attributes), uses.called, uses.iterated, uses.subscripted,
            parameter, function, in_module,
        )  # fmt: skip
        for library in run.libraries:
            found = library.symbolic(run, symbol)
            if found is not None:
                return found
        return Unknown(f"parameter {name}" if parameter else f"name {name}")

    def _annotation(
        self, run: Interpreter, function: FunctionValue, argument: ast.arg
    ) -> str | ClassValue | None:
        """The annotation as a qualified name, or a class of the program."""
        from trainlint.semantics.expressions import dotted, evaluate

        node = argument.annotation
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            try:
                node = ast.parse(node.value, mode="eval").body
            except (SyntaxError, ValueError):
                return None
        if isinstance(node, ast.Subscript) and dotted(node.value).split(".")[-1] == "Optional":
            node = node.slice
        if isinstance(node, ast.BinOp):
            node = node.left
        if not isinstance(node, ast.Name | ast.Attribute):
            return ast.unparse(node) if node is not None else None
        run.push(Frame(function.module, Scope("function", function.scope)), None)
        try:
            value = evaluate(run, node)
        finally:
            run.pop()
        if isinstance(value, ClassValue):
            return value
        if isinstance(value, External | LibraryClass):
            return value.qualname
        return dotted(node)

    def instance(self, run: Interpreter, cls: ClassValue) -> Value:
        """An object of a class of the program, made from symbols."""
        self.depth += 1
        try:
            return run.call(cls, self.arguments(run, run.class_attribute(cls, "__init__"), skip_first=True))
        finally:
            self.depth -= 1

    def arguments(
        self, run: Interpreter, function: Value | None, skip_first: bool, in_module: bool = False
    ) -> Args:
        """Arguments for the parameters that have no default."""
        if not isinstance(function, FunctionValue):
            return Args([], {}, open=False)
        arguments = function.node.args
        required = [
            a for a in (*arguments.posonlyargs, *arguments.args)[1 if skip_first else 0 :]
            if a.arg not in function.defaults
        ]  # fmt: skip
        positional = [self.parameter(run, function, a, in_module) for a in required]
        keywords = {
            a.arg: self.parameter(run, function, a, in_module)
            for a in arguments.kwonlyargs
            if a.arg not in function.defaults
        }
        return Args(positional, keywords)
