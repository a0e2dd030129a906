"""contextlib: local generator functions as context managers, and the ready-made ones."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from trainlint.semantics import functions
from trainlint.semantics.assignment import assign_target
from trainlint.semantics.definitions import FunctionValue
from trainlint.semantics.expressions import evaluate
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.scope import Frame, Scope
from trainlint.semantics.sequences import ListValue
from trainlint.semantics.statements import execute_block
from trainlint.semantics.values import Args, Const, Native, Unknown, Value

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
        path = None if isinstance(node, ast.Lambda) else path_to_yield(node.body)
        if path is None:
            yielded = run.call(self.function, self.args)
            found = yielded.elements if isinstance(yielded, ListValue) else ()
            return found[0] if found else Unknown(self.describe())
        shape = functions.shape_of(node)
        scope = Scope("function", self.function.scope, functions.bind(run, self.function, self.args))
        scope.globals, scope.nonlocals = shape.globals, shape.nonlocals
        frame = Frame(self.function.module, scope, self.function)
        run.reached.add(node)
        run.push(frame, node)
        try:
            managers = [_descend(run, block, at) for block, at in path[:-1]]
            block, at = path[-1]
            execute_block(run, block[:at])
            value = _yielded(run, block[at])
        finally:
            run.pop()
        run.write(self.state, "open", (frame, tuple(path), tuple(managers)))
        return value

    def leave(self, run: Interpreter) -> None:
        if self.state["open"] is None:
            return
        frame, path, managers = self.state["open"]
        run.write(self.state, "open", None)
        run.push(frame, self.function.node)
        try:
            for level in range(len(path) - 1, -1, -1):
                block, at = path[level]
                if level < len(managers):
                    for manager in reversed(managers[level]):
                        manager.leave(run)
                    execute_block(run, getattr(block[at], "finalbody", []))
                execute_block(run, block[at + 1 :])
        finally:
            run.pop()

    def call(self, run: Interpreter, args: Args) -> Value:
        return args.positional[0] if args.positional else _NONE  # used as a decorator


Path = list[tuple[list[ast.stmt], int]]


def path_to_yield(body: list[ast.stmt]) -> Path | None:
    """The blocks, and positions in them, that lead to the one `yield`; None where it stands in a loop or `if`."""
    for at, node in enumerate(body):
        if not any(isinstance(part, ast.Yield) for part in ast.walk(node)):
            continue
        if isinstance(node, ast.Expr | ast.Assign) and isinstance(node.value, ast.Yield):
            return [(body, at)]
        if isinstance(node, ast.With | ast.Try):
            inner = path_to_yield(node.body)
            return None if inner is None else [(body, at), *inner]
        return None
    return None


def _descend(run: Interpreter, block: list[ast.stmt], at: int) -> tuple[Value, ...]:
    """Run what stands before a `with` or `try` and enter it; the managers that were entered."""
    execute_block(run, block[:at])
    node = block[at]
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
