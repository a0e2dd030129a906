"""Execution of statements: one function a syntax node. Each says how control may leave it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from trainlint.semantics import assignment, conditions, imports, loops, names
from trainlint.semantics.budget import CHECK_INTERRUPTION
from trainlint.semantics.expressions import evaluate
from trainlint.semantics.flow import Flow, Rest
from trainlint.semantics.handing import Handed
from trainlint.semantics.mappings import slot_of
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue
from trainlint.semantics.store import MISSING
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Const, Value
from trainlint.semantics.widening import may_be_skipped

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


LEAVES = Flow.RETURNS | Flow.BREAKS | Flow.CONTINUES
COMPOUND = frozenset({ast.If, ast.Match, ast.Try})
"""Statements that may take the rest of their block into one of their arms."""


def execute_block(run: Interpreter, body: Sequence[ast.stmt]) -> int:
    """Run statements in order. After an unknown condition one of whose arms leaves the block, the rest of the
    block belongs to the other arm."""
    flow = Flow.FALLS
    for position, node in enumerate(body):
        run.steps = steps = run.steps + 1
        if steps > run.limit or not steps & CHECK_INTERRUPTION:
            run.check_budget()
        kind = type(node)
        if kind in COMPOUND:
            result = conditions.execute(run, node, Rest(body, position + 1))  # type: ignore[arg-type]
            if result.took_rest:
                return (flow & ~Flow.FALLS) | result.flow
            step = result.flow
        else:
            found = HANDLERS.get(kind, _nothing)(run, node)
            if found is None:
                continue
            step = found
        flow = (flow & ~Flow.FALLS) | step
        if not step & Flow.FALLS:
            return flow
        if step & LEAVES and position + 1 < len(body):  # from within a block of its own
            mark = run.store.mark()
            rest = execute_block(run, body[position + 1 :])
            may_be_skipped(run, mark)
            return (flow & ~Flow.FALLS) | rest
    return flow


def _nothing(run: Interpreter, node: ast.stmt) -> None:
    return None


def _expression(run: Interpreter, node: ast.Expr) -> int | None:
    value = evaluate(run, node.value)
    if isinstance(value, Handed):
        value.dropped(run)
    for each in value.elements if isinstance(value, TupleValue) else (value,):
        if isinstance(each, Tensor):
            each.node.discarded = True
    return Flow.RAISES if getattr(value, "exits", False) else None


def _annotated(run: Interpreter, node: ast.AnnAssign) -> None:
    if node.value is not None:
        assignment.assign_target(run, node.target, evaluate(run, node.value))
    if run.frame.scope.kind == "class" and isinstance(node.target, ast.Name):
        run.annotations(node.target.id, node.annotation)


def _return(run: Interpreter, node: ast.Return) -> int:
    value = evaluate(run, node.value) if node.value is not None else Const(None)
    run.frame.returns.append((value, any(branch.later for branch in run.branches)))
    return Flow.RETURNS


def _raise(run: Interpreter, node: ast.Raise) -> int:
    if node.exc is not None:
        evaluate(run, node.exc)
    kind = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
    name = kind.id if isinstance(kind, ast.Name) else ""
    run.frame.raised = name if run.frame.raised in (None, name) else ""
    return Flow.RAISES


def _delete(run: Interpreter, node: ast.Delete) -> None:
    for target in node.targets:
        if isinstance(target, ast.Name):
            names.delete(run, target.id)
        elif isinstance(target, ast.Attribute):
            evaluate(run, target.value).del_attr(run, target.attr)
        elif isinstance(target, ast.Subscript):
            _delete_item(run, evaluate(run, target.value), evaluate(run, target.slice))


def _delete_item(run: Interpreter, base: Value, key: Value) -> None:
    if isinstance(base, DictValue):
        slot = slot_of(run, key)
        if slot in base.cells:
            run.write(base.cells, slot, MISSING)
    elif isinstance(base, ListValue):
        if isinstance(key, Const) and isinstance(key.value, int) and not base.open:
            elements = list(base.elements)
            if -len(elements) <= key.value < len(elements):
                del elements[key.value]
                run.write(base.cells, "elements", tuple(elements))
        else:
            run.write(base.cells, "open", True)


def _assert(run: Interpreter, node: ast.Assert) -> int | None:
    truth = evaluate(run, node.test).truth(run)
    return Flow.RAISES if truth is False and isinstance(node.test, ast.Constant) else None


def _with(run: Interpreter, node: ast.With | ast.AsyncWith) -> int:
    entered: list[Value] = []
    for item in node.items:
        manager = evaluate(run, item.context_expr)
        run.frame.at = item.context_expr
        value = manager.enter(run)
        entered.append(manager)
        if item.optional_vars is not None:
            assignment.assign_target(run, item.optional_vars, value)
    flow = execute_block(run, node.body)
    for manager in reversed(entered):
        manager.leave(run)
    return flow


def _function(run: Interpreter, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    run.define_function(node)


def _class(run: Interpreter, node: ast.ClassDef) -> None:
    run.define_class(node)


HANDLERS: dict[type[ast.AST], Callable[[Interpreter, Any], int | None]] = {
    ast.Expr: _expression,
    ast.Assign: assignment.execute_assign,
    ast.AugAssign: assignment.execute_augmented,
    ast.AnnAssign: _annotated,
    ast.Return: _return,
    ast.Raise: _raise,
    ast.Delete: _delete,
    ast.Assert: _assert,
    ast.Pass: lambda run, node: None,
    ast.Break: lambda run, node: Flow.BREAKS,
    ast.Continue: lambda run, node: Flow.CONTINUES,
    ast.For: loops.execute_for,
    ast.AsyncFor: loops.execute_for,
    ast.While: loops.execute_while,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
    ast.ClassDef: _class,
    ast.Import: imports.execute_import,
    ast.ImportFrom: imports.execute_import_from,
}
