"""Guards: `if args.data is None: raise ValueError(...)`, `if len(sys.argv) < 2: usage()`.

A run that ends there, because nothing was given to it, is not the run that the program was written for.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from trainlint.semantics.values import Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

PROTOCOL = frozenset({
    "StopIteration", "StopAsyncIteration", "IndexError", "KeyError", "AttributeError", "ImportError",
    "ModuleNotFoundError", "GeneratorExit",
})  # fmt: skip
"""Exceptions by which an object answers who uses it."""
EXIT_NAMES = frozenset({"exit", "_exit", "quit"})
"""Last parts of the names of functions that end a process."""
LONGEST = 4
"""Statements of a guard's body; a longer one does something of its own before it ends."""


def may_guard(run: Interpreter, node: ast.If) -> bool:
    """Whether the body does nothing but end the run, as far as its syntax shows. Kept on the syntax tree."""
    if run.frame.tries:
        return False  # the exception is what the code around waits for
    kept: bool | None = getattr(node, "_trainlint_guard", None)
    if kept is None:
        last = node.body[-1]
        ends = isinstance(last, ast.Raise) or (isinstance(last, ast.Return) and last.value is None)
        ends = ends or (isinstance(last, ast.Expr) and isinstance(last.value, ast.Call))
        kept = ends and len(node.body) <= LONGEST and not isinstance(node.test, ast.Constant)
        kept = kept and not (isinstance(last, ast.Raise) and _name(last.exc) in PROTOCOL)
        node._trainlint_guard = kept  # type: ignore[attr-defined]
    return kept


def _name(raised: ast.expr | None) -> str:
    called = raised.func if isinstance(raised, ast.Call) else raised
    return called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")


def may_refuse(run: Interpreter, node: ast.If) -> bool:
    """Whether the `else` of a flag does nothing but end the run, as far as its syntax shows. Kept on the syntax tree."""
    if run.frame.tries:
        return False
    kept: bool | None = getattr(node, "_trainlint_refuses", None)
    if kept is None:
        kept = _asks_presence(node.test) and _always_ends(node.orelse)
        node._trainlint_refuses = kept  # type: ignore[attr-defined]
    return kept


def _asks_presence(test: ast.expr) -> bool:
    """Whether a test asks only whether options were given: `args.a`, `args.a is not None`, `args.a and args.b`."""
    if isinstance(test, ast.BoolOp):
        return all(_asks_presence(value) for value in test.values)
    if isinstance(test, ast.Compare):
        asked = test.comparators[0]
        nothing = isinstance(asked, ast.Constant) and asked.value is None
        return nothing and isinstance(test.ops[0], ast.IsNot) and _asks_presence(test.left)
    return isinstance(test, ast.Name | ast.Attribute)


def _always_ends(body: list[ast.stmt]) -> bool:
    if not body or len(body) > LONGEST:
        return False
    last = body[-1]
    if isinstance(last, ast.If):
        return _always_ends(last.body) and _always_ends(last.orelse)
    if isinstance(last, ast.Expr) and isinstance(last.value, ast.Call):
        return _name(last.value) in EXIT_NAMES  # whether it really ends the run is seen when it is evaluated
    return isinstance(last, ast.Raise) and _name(last.exc) not in PROTOCOL


WANTED = "flags that are set for this run"
LEFT = "flags that were not set"
"""Keys of `run.memo`: `if` statements of the program's own file that ask a flag only; with those not set stands whether they
are in a loop."""


def is_wanted(run: Interpreter, node: ast.If) -> bool:
    """Whether a flag that is off is to be on in this run; one that is not is kept in mind.

    A program that does nothing without its flags (`--do_train`) is run for those who set them.
    """
    if node in run.memo.get(WANTED, ()):
        return True
    called = isinstance(node.test, ast.Name | ast.Attribute) and run.frame.module.dotted == "__main__"
    if called and (_acts(node.body) or _else_ends(node.orelse)):
        for name, attribute in _operands(node.test)[:1]:
            base = run.frame.scope.vars.get(name)
            value = base if attribute is None else getattr(base, "attrs", {}).get(attribute)
            if isinstance(value, Const) and value.value is False and value.origin:
                run.memo.setdefault(LEFT, {})[node] = bool(run.passes)
    return False


def _acts(body: list[ast.stmt]) -> bool:
    """Whether a block calls anything."""
    return any(isinstance(part, ast.Call) for line in body for part in ast.walk(line))


def _else_ends(body: list[ast.stmt]) -> bool:
    """Whether the last `else` behind a flag says something and ends the run (`"nothing to do, pass do_train"`)."""
    if len(body) == 1 and isinstance(body[0], ast.If):
        return _else_ends(body[0].orelse)
    ends = bool(body) and isinstance(body[-1], ast.Return) and body[-1].value is None
    return ends and len(body) <= LONGEST and all(isinstance(line, ast.Expr) for line in body[:-1])


def pass_by(run: Interpreter, test: ast.expr, absent: bool = False) -> None:
    """Go on behind a guard that holds: what it asks about was given something else, which is known of a flag only.

    absent: only what stands for nothing given (None, an empty text) was.
    """
    if _turn(run, test):
        return
    variables = run.frame.scope.vars
    asked: list[tuple[dict[str, Value], str, Value | None]] = []
    for name, attribute in _operands(test):
        base = variables.get(name)
        holder: dict[str, Value] = variables if attribute is None else getattr(base, "attrs", {})
        asked.append((holder, attribute or name, holder.get(attribute or name)))
    # Of conditions that must hold together (`args.data is None and args.kind != "x"`) what is lacking is given.
    both = isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And)
    absent = absent or (both and any(isinstance(v, Const) and v.value is None for _, _, v in asked))
    for holder, key, value in asked:
        if not (absent and isinstance(value, Const) and value.value):
            _forget(run, holder, key, value)


def _turn(run: Interpreter, test: ast.expr) -> bool:
    """Turn the flag that is all that a test asks about; whether it is one, and came from somewhere."""
    inner = test.operand if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not) else test
    if not isinstance(inner, ast.Name | ast.Attribute):
        return False
    for name, attribute in _operands(inner)[:1]:
        base = run.frame.scope.vars.get(name)
        holder: dict[str, Value] = run.frame.scope.vars if attribute is None else getattr(base, "attrs", {})
        value = holder.get(attribute or name)
        if isinstance(value, Const) and isinstance(value.value, bool) and value.origin:
            run.write(holder, attribute or name, Const(not value.value, value.origin))
            return True
    return False


def _forget(run: Interpreter, holder: dict[str, Value], key: str, value: Value | None) -> None:
    if isinstance(value, Const) and (value.value is None or value.origin):
        run.write(holder, key, Unknown(f"{key} must be given", value.origin))


def _operands(test: ast.expr) -> list[tuple[str, str | None]]:
    """The names and `name.attribute` pairs of a test."""
    found: list[tuple[str, str | None]] = []
    for part in ast.walk(test):
        if isinstance(part, ast.Name):
            found.append((part.id, None))
        elif isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name):
            found.append((part.value.id, part.attr))
    return found
