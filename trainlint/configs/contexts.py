"""contextlib: local generator functions as context managers, and the ready-made ones."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from trainlint.facts.events import Branch
from trainlint.semantics import functions
from trainlint.semantics.assignment import assign_target
from trainlint.semantics.definitions import FunctionValue
from trainlint.semantics.expressions import evaluate
from trainlint.semantics.flow import Flow
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.scope import Frame, Scope
from trainlint.semantics.sequences import ListValue
from trainlint.semantics.statements import execute_block
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LIBRARY = TableLibrary(
    "contextlib", usual={"nullcontext": "contextlib.nullcontext", "contextlib": "contextlib"}
)
LIBRARIES = [LIBRARY]
_NONE = Const(None)


class GeneratorManager(Value):
    """A `with` block around a generator function: what stands before its `yield` runs on entry, the rest at the
    end. state["open"]: the frame and the blocks that are still to be finished."""

    __slots__ = ("args", "function", "state")

    def __init__(self, function: FunctionValue, args: Args) -> None:
        super().__init__()
        self.function, self.args = function, args
        self.state: dict[str, Any] = {"open": None}

    def describe(self) -> str:
        return f"with {self.function.describe()}"

    def enter(self, run: Interpreter) -> Value:
        node = self.function.node
        if isinstance(node, ast.Lambda) or not suspends(node.body):
            yielded = run.call(self.function, self.args)
            found = yielded.elements if isinstance(yielded, ListValue) else ()
            return found[0] if found else Unknown(self.describe())
        shape = functions.shape_of(node)
        scope = Scope("function", self.function.scope, functions.bind(run, self.function, self.args))
        scope.globals, scope.nonlocals = shape.globals, shape.nonlocals
        frame = Frame(self.function.module, scope, self.function)
        run.reached.add(node)
        run.push(frame, node)
        path: Path = []
        try:
            _advance(run, node.body, path)
            block, at, _ = path[-1]
            value = _yielded(run, block[at])
        finally:
            run.pop()
        run.write(self.state, "open", (frame, tuple(path)))
        return value

    def leave(self, run: Interpreter) -> None:
        if self.state["open"] is None:
            return
        frame, path = self.state["open"]
        run.write(self.state, "open", None)
        run.push(frame, self.function.node)
        try:
            falls = True
            for block, at, managers in reversed(path):
                for manager in reversed(managers):
                    manager.leave(run)
                execute_block(run, getattr(block[at], "finalbody", []))
                if falls:
                    falls = bool(execute_block(run, block[at + 1 :]) & Flow.FALLS)
        finally:
            run.pop()

    def call(self, run: Interpreter, args: Args) -> Value:
        return args.positional[0] if args.positional else _NONE  # used as a decorator


Path = list[tuple[list[ast.stmt], int, tuple[Value, ...]]]
"""The blocks, the positions in them that lead to the `yield`, and the managers that were entered there."""


def _yields(node: ast.AST) -> bool:
    return any(isinstance(part, ast.Yield) for part in ast.walk(node))


def suspends(body: list[ast.stmt]) -> bool:
    """Whether one `yield` is come to by `with`, `try` and `if` alone; False where one stands in a loop."""
    for at, node in enumerate(body):
        if not _yields(node):
            continue
        if isinstance(node, ast.Expr | ast.Assign):
            return isinstance(node.value, ast.Yield)
        if isinstance(node, ast.With | ast.Try):
            return suspends(node.body)
        if isinstance(node, ast.If):
            arms = [arm for arm in (node.body, node.orelse) if any(map(_yields, arm))]
            return all(map(suspends, arms)) and (len(arms) == 2 or suspends(body[at + 1 :]))
        return False
    return False


def _depth(body: list[ast.stmt]) -> int:
    """How many `with` blocks stand around the `yield` of a block."""
    node = next((node for node in body if _yields(node)), None)
    if isinstance(node, ast.If):
        return max(_depth(node.body), _depth(node.orelse))
    return _depth(node.body) + isinstance(node, ast.With) if isinstance(node, ast.With | ast.Try) else 0


def _advance(run: Interpreter, block: list[ast.stmt], path: Path) -> None:
    """Run a block up to its `yield`, entering what stands around it. Of a condition that is not known the arm is taken that
    enters most, and what it enters stands under that condition."""
    start = 0
    for at, node in enumerate(block):
        if not _yields(node):
            continue
        execute_block(run, block[start:at])
        start = at
        if isinstance(node, ast.With | ast.Try):
            path.append((block, at, _entered(run, node)))
            return _advance(run, node.body, path)
        if not isinstance(node, ast.If):
            path.append((block, at, ()))
            return None
        outer = run.branches
        truth = evaluate(run, node.test).truth(run)
        other = node.orelse if any(map(_yields, node.orelse)) else block[at + 1 :]
        deeper = any(map(_yields, node.body)) and (
            not any(map(_yields, other)) or _depth(node.body) >= _depth(other)
        )
        taken = node.body if (deeper if truth is None else truth) else node.orelse
        if truth is None:
            place = run.frame.module.source.location(node)
            run.branches = (*outer, Branch(place, int(taken is node.orelse), "if", run.next_serial()))
        try:
            if any(map(_yields, taken)):
                path.append((block, at, ()))
                return _advance(run, taken, path)
            execute_block(run, taken)
        finally:
            run.branches = outer
        start = at + 1
    return None


def _entered(run: Interpreter, node: ast.With | ast.Try) -> tuple[Value, ...]:
    """Enter a `with` (a `try` enters nothing); the managers that were entered."""
    managers: list[Value] = []
    for item in node.items if isinstance(node, ast.With) else ():
        manager = evaluate(run, item.context_expr)
        run.frame.at = item.context_expr
        value = manager.enter(run)
        managers.append(manager)
        if item.optional_vars is not None:
            assign_target(run, item.optional_vars, value)
    return tuple(managers)


def _yielded(run: Interpreter, node: ast.stmt) -> Value:
    value = node.value if isinstance(node, ast.Expr | ast.Assign) else None
    inner = value.value if isinstance(value, ast.Yield) else None
    return evaluate(run, inner) if inner is not None else _NONE


@LIBRARY.function("contextlib.contextmanager", "contextlib.asynccontextmanager")
def _context_manager(run: Interpreter, args: Args) -> Value:
    function = args.positional[0] if args.positional else _NONE
    if not isinstance(function, FunctionValue):
        return Unknown("a context manager whose function is not known")
    generator = function
    return Native(function.describe(), lambda r, more: GeneratorManager(generator, more))


class NullContext(LibraryClass):
    """contextlib.nullcontext: gives what it was given."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        run.write(instance.attrs, "enter_result", args.positional[0] if args.positional else _NONE)

    def entered(self, run: Interpreter, instance: Instance) -> Value | None:
        return instance.attrs.get("enter_result", _NONE)


LIBRARY.add(NullContext("contextlib.nullcontext"), "contextlib.closing", "contextlib.aclosing")
LIBRARY.add(NullContext("contextlib.suppress"))
LIBRARY.add(NullContext("contextlib.redirect_stdout"), "contextlib.redirect_stderr")
LIBRARY.add(LibraryClass("contextlib.ContextDecorator"))
LIBRARY.add(LibraryClass("contextlib.AbstractContextManager"))


class ExitStack(LibraryClass):
    """contextlib.ExitStack: what is entered is left at the end. attrs["entered"] lists it."""

    __slots__ = ()

    def allocate(self, run: Interpreter, instance: Instance) -> None:
        instance.data = {"entered": ()}

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name == "enter_context":
            return Native(name, lambda r, args: _enter(r, instance, args))
        if name in ("callback", "push", "close"):
            return Native(name, lambda r, args: _NONE)
        return None

    def left(self, run: Interpreter, instance: Instance) -> None:
        for manager in reversed(instance.data["entered"]):
            manager.leave(run)
        run.write(instance.data, "entered", ())


def _enter(run: Interpreter, stack: Instance, args: Args) -> Value:
    manager = args.positional[0] if args.positional else _NONE
    run.write(stack.data, "entered", (*stack.data["entered"], manager))
    return manager.enter(run)


LIBRARY.add(ExitStack("contextlib.ExitStack"), "contextlib.AsyncExitStack")
