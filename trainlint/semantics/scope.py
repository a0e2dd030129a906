"""Where names live, and what runs."""

from __future__ import annotations

import ast
from typing import Any

from trainlint.semantics.definitions import FunctionValue, ModuleValue
from trainlint.semantics.values import Value
from trainlint.source.walk import children


class Scope:
    """Names of a module, class or function body. parent: the enclosing scope of the text."""

    __slots__ = ("globals", "kind", "nonlocals", "parent", "vars")

    def __init__(self, kind: str, parent: Scope | None, variables: dict[str, Value] | None = None) -> None:
        self.kind = kind
        self.parent = parent
        self.vars: dict[str, Value] = {} if variables is None else variables
        self.globals: frozenset[str] = frozenset()
        self.nonlocals: frozenset[str] = frozenset()


class Frame:
    """One running body. at: the expression under evaluation, for `run.here`."""

    __slots__ = (
        "at",
        "collected",
        "collecting",
        "failed",
        "filled",
        "function",
        "module",
        "raised",
        "returns",
        "scope",
        "tries",
        "yields",
        "yields_around",
        "yields_open",
        "yields_size",
        "yields_step",
        "yields_target",
    )  # fmt: skip

    def __init__(self, module: ModuleValue, scope: Scope, function: FunctionValue | None = None) -> None:
        self.module = module
        self.scope = scope
        self.function = function
        self.at: ast.AST | None = None
        self.returns: list[tuple[Value, bool]] = []
        """What was returned, and whether only where a run finds what an earlier one left behind."""
        self.yields: list[Value] = []
        self.failed: tuple[str, Any, int] | None = None
        """An exception that is sure to have come, the conditions around it, and how much was written before it."""
        self.raised: str | None = None  # what its `raise` statements name: None so far, "" for several
        self.tries = 0  # `try` blocks with handlers around what runs
        self.collecting: dict[
            tuple[int, int], Any
        ] = {}  # arms in which a list is full, with the batch that it is
        self.collected: list[Any] = []  # those that were yielded
        self.filled: tuple[Any, Any] | None = (
            None  # the passes in which a `while` filled a list, and the batch that it is
        )
        self.yields_open = False
        self.yields_size: int | None = None  # how many values an open generator yields
        self.yields_target: Any = None  # what it draws them from: the loader of the loop around a yield
        self.yields_around: Any = None  # the passes of loops around its last yield
        self.yields_step: Any = None  # what the range of the loop around a yield goes forward by, as a fact

    @property
    def body(self) -> ast.AST | None:
        """The text that is running: the function's, or the module's."""
        return self.function.node if self.function is not None else self.module.source.tree

    def fails(self, exception: str, run: Any) -> None:
        """Something is sure to raise here; of interest where a `try` around it has an answer."""
        if self.tries and self.failed is None:
            self.failed = exception, run.branches, run.store.mark()


class Lazy(Value):
    """A name imported from a module of the project; the module is evaluated when the name is first used."""

    __slots__ = ("module", "name")

    def __init__(self, module: ModuleValue, name: str) -> None:
        super().__init__()
        self.module, self.name = module, name


_LEAVES = frozenset({ast.Name, ast.Constant})
_SCOPES = frozenset({ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef})


class FunctionShape:
    """What a function's body declares, found once for each syntax tree."""

    __slots__ = ("globals", "is_generator", "nonlocals")

    def __init__(self, node: ast.AST) -> None:
        names: set[str] = set()
        nonlocal_names: set[str] = set()
        self.is_generator = False
        body: Any = getattr(node, "body", [])
        stack: list[ast.AST] = list(body) if isinstance(body, list) else [body]
        while stack:
            part = stack.pop()
            kind = type(part)
            if kind in _LEAVES or kind in _SCOPES:
                continue
            if isinstance(part, ast.Global):
                names.update(part.names)
            elif isinstance(part, ast.Nonlocal):
                nonlocal_names.update(part.names)
            else:
                if kind is ast.Yield or kind is ast.YieldFrom:
                    self.is_generator = True
                stack += children(part)
        self.globals = frozenset(names)
        self.nonlocals = frozenset(nonlocal_names)
