"""Names that the code does not define: parameters of functions run alone, and free names of fragments."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING

from trainlint.semantics import names
from trainlint.semantics.definitions import ClassValue, FunctionValue
from trainlint.semantics.library import Symbol
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import External
from trainlint.semantics.scope import Frame, Scope
from trainlint.semantics.uses import Uses, kept_uses, uses_in
from trainlint.semantics.values import Args, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


class Unseen(Unknown):
    """A parameter whose role its own function does not show; one that it is passed on to may."""

    __slots__ = ()


class Lone(LibraryClass):
    """`self` where code was pasted without its class: it keeps what is assigned; other attributes have the role that
    the file's use of them shows."""

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        tree = run.frame.module.source.tree
        uses = uses_in(tree).get(f"self.{name}") if tree is not None else None
        value = run.symbols.role(run, name, uses or Uses())
        run.write(instance.attrs, name, value)
        return value


LONE = Lone("self")


class Symbols:
    """Gives names without a definition the role that annotation, use and name suggest."""

    def __init__(
        self, unseen_results: tuple[Callable[[Interpreter, Symbol], Value | None], ...] = ()
    ) -> None:
        self._unseen_results = unseen_results
        self.depth = 0
        self.roles: dict[int, tuple[Value, Value]] = {}

    def free_name(self, run: Interpreter, name: str) -> Value:
        """A name that neither the module nor Python defines."""
        if name == "self":
            return Instance(LONE, run.here)
        tree = run.frame.module.source.tree
        uses = uses_in(tree).get(name) if tree is not None else None
        return self.role(run, name, uses or Uses())

    def role(self, run: Interpreter, name: str, uses: Uses) -> Value:
        """What a name or attribute that nothing defines stands for."""
        return self._make(run, name, None, uses, parameter=False, function="")

    def parameter(
        self, run: Interpreter, function: FunctionValue, argument: ast.arg, in_module: bool,
        owner: ClassValue | None = None,
    ) -> Value:  # fmt: skip
        """A parameter without a default of a function that is run alone; owner: the class whose __init__ it is."""
        annotation = self._annotation(run, function, argument)
        if isinstance(annotation, ClassValue) and self.depth < 3:
            return self.instance(run, annotation)
        text = annotation if isinstance(annotation, str) else None
        uses = Uses()
        uses.merge(uses_in(function.node).get(argument.arg) or uses)
        if owner is not None:
            trees = [c.node for c in owner.mro if isinstance(c, ClassValue)]
            uses.merge(kept_uses(function.node, argument.arg, trees))
        made = self._make(run, argument.arg, text, uses, True, function.qualname, in_module)
        if argument.arg == "self" and isinstance(made, Unseen) and function.owner is None:
            return names.lookup(run, "self")  # a method that was pasted without its class
        return made

    def _make(
        self, run: Interpreter, name: str, annotation: str | None, uses: Uses, parameter: bool, function: str,
        in_module: bool = False,
    ) -> Value:  # fmt: skip
        symbol = Symbol(
            name, annotation, frozenset(uses.attributes), uses.called, uses.iterated, uses.subscripted,
            parameter, function, in_module,
        )  # fmt: skip
        owner = run.modelled.get((annotation or "").split(".")[0])
        for library in (*((owner,) if owner is not None else ()), *run.libraries):
            found: Value | None = library.symbolic(run, symbol)
            if found is not None:
                return found
        return Unseen(f"parameter {name}") if parameter else Unknown(f"name {name}")

    def recognise(self, run: Interpreter, function: FunctionValue, name: str, value: Unseen) -> Value:
        """What a parameter turns out to be where it is passed on: the same object each time."""
        if id(value) not in self.roles:
            arguments = function.node.args
            every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
            argument = next((a for a in every if a.arg == name), None)
            if argument is None:
                return value
            made = self.parameter(run, function, argument, in_module=False)
            if isinstance(made, Unknown):
                return value
            self.roles[id(value)] = (value, made)
        return self.roles[id(value)][1]

    def unseen_result(self, run: Interpreter, target: ast.expr, value: Unknown) -> Value:
        """What a call into unseen code returned, by what code does with the name that it gets: `net = factory(name)`."""
        name = dotted_name(target)
        function = run.frame.function
        trees: list[ast.AST] = [c.node for c in _classes(function)] if name.startswith("self.") else []
        if not trees:
            tree = function.node if function is not None else run.frame.module.source.tree
            trees = [tree] if tree is not None else []
        uses = Uses()
        for tree in trees:
            uses.merge(uses_in(tree).get(name) or Uses())
        if not name or not (uses.attributes or uses.called):
            return value
        symbol = Symbol(
            name.rpartition(".")[2], None, frozenset(uses.attributes), uses.called, uses.iterated, uses.subscripted, False
        )  # fmt: skip
        for hook in self._unseen_results:
            found = hook(run, symbol)
            if found is not None:
                return found
        return value

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
        if not isinstance(node, (ast.Name, ast.Attribute)):
            return ast.unparse(node) if node is not None else None
        run.push(Frame(function.module, Scope("function", function.scope)), None)
        try:
            value = evaluate(run, node)
        finally:
            run.pop()
        if isinstance(value, ClassValue):
            return value
        if isinstance(value, (External, LibraryClass)):
            return value.qualname
        return dotted(node)

    def instance(self, run: Interpreter, cls: ClassValue) -> Value:
        """An object of a class of the program, made from symbols."""
        self.depth += 1
        try:
            initialiser = run.class_attribute(cls, "__init__")
            return run.call(cls, self.arguments(run, initialiser, skip_first=True, owner=cls))
        finally:
            self.depth -= 1

    def arguments(
        self, run: Interpreter, function: Value | None, skip_first: bool, in_module: bool = False,
        owner: ClassValue | None = None,
    ) -> Args:  # fmt: skip
        """Arguments for the parameters that have no default."""
        if not isinstance(function, FunctionValue):
            return Args([], {}, open=False)
        arguments = function.node.args
        required = [
            a for a in (*arguments.posonlyargs, *arguments.args)[1 if skip_first else 0 :]
            if a.arg not in function.defaults
        ]  # fmt: skip
        positional = [self.parameter(run, function, a, in_module, owner) for a in required]
        keywords = {
            a.arg: self.parameter(run, function, a, in_module, owner)
            for a in arguments.kwonlyargs
            if a.arg not in function.defaults
        }
        return Args(positional, keywords)


def dotted_name(target: ast.expr) -> str:
    """`net`, or `self.net`; empty for any other target."""
    if isinstance(target, ast.Name):
        return target.id
    if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == "self":
        return f"self.{target.attr}"
    return ""


def _classes(function: FunctionValue | None) -> list[ClassValue]:
    owner = function.owner if function is not None else None
    return [c for c in owner.mro if isinstance(c, ClassValue)] if isinstance(owner, ClassValue) else []
