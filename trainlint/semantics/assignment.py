"""Binding values to targets: names, attributes, items, unpacking, and running totals."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TYPE_CHECKING

from trainlint.facts.events import EventKind
from trainlint.facts.graph import Node
from trainlint.semantics import names
from trainlint.semantics.sequences import ListValue, TupleValue, UnionValue, may_be_missing, present
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Const, Unknown, Value
from trainlint.source.walk import walk

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


def assign_target(run: Interpreter, target: ast.expr, value: Value) -> None:
    """`target = value`"""
    from trainlint.semantics.expressions import evaluate

    if isinstance(target, ast.Name):
        names.assign(run, target.id, value)
    elif isinstance(target, ast.Attribute):
        base = evaluate(run, target.value)
        run.frame.at = target
        run.impure += 1
        base.set_attr(run, target.attr, value)
    elif isinstance(target, ast.Subscript):
        base, key = evaluate(run, target.value), evaluate(run, target.slice)
        run.frame.at = target
        base.set_item(run, key, value)
    elif isinstance(target, (ast.Tuple, ast.List)):
        _unpack(run, target, value)
    elif isinstance(target, ast.Starred):
        assign_target(run, target.value, value)


def _unpack(run: Interpreter, target: ast.Tuple | ast.List, value: Value) -> None:
    count = len(target.elts)
    star = next((i for i, t in enumerate(target.elts) if isinstance(t, ast.Starred)), None)
    if isinstance(value, UnionValue):
        fitting = [v for v in value.alternatives if star is not None or v.length(run) in (count, None)]
        value = fitting[0] if len(fitting) == 1 else value
    if isinstance(value, UnionValue):
        parts = [_parts(run, v, count, star) for v in value.alternatives]
        for position, part in enumerate(target.elts):
            joined = parts[0][position]
            for other in parts[1:]:
                joined = run.join(joined, other[position])
            assign_target(run, part, joined)
        return
    for part, element in zip(target.elts, _parts(run, value, count, star), strict=True):
        assign_target(run, part, element)


def _parts(run: Interpreter, value: Value, count: int, star: int | None) -> list[Value]:
    items = value.unpacked(run)
    found = items.values
    if star is not None and any(map(may_be_missing, found)):
        return [Unknown("part of a sequence whose length is not known") for _ in range(count)]
    if items.exact and star is None and len(found) == count:
        return [present(v) for v in found]
    if items.exact and star is not None and len(found) >= count - 1:
        tail = count - star - 1
        middle = ListValue(found[star : len(found) - tail])
        return [*found[:star], middle, *found[len(found) - tail :]]
    if items.fresh is not None:
        return [items.fresh() for _ in range(count)]
    if found and not items.exact and star is not None:
        parts: list[Value] = [*found, *[found[-1]] * count][: count - 1]
        return [*parts[:star], ListValue([found[-1]], open=True), *parts[star:]]
    if found and not items.exact:
        return [*found, *[found[-1]] * count][:count]
    why = value.why if isinstance(value, Unknown) else f"part of {value.describe()}"
    return [Unknown(why) for _ in range(count)]


def execute_assign(run: Interpreter, node: ast.Assign) -> None:
    """`a = b = value`; `total = total + loss` counts as a running total."""
    from trainlint.semantics.expressions import evaluate

    before = evaluate(run, node.targets[0]) if run.passes and _adds_to_itself(node) else None
    value = evaluate(run, node.value)
    if type(value) is Unknown and isinstance(node.value, ast.Call) and len(node.targets) == 1:
        value = _unseen(run, node.targets[0], value)
    for target in node.targets:
        assign_target(run, target, value)
    if before is not None and isinstance(value, Tensor):
        previous = before.node if isinstance(before, Tensor) else None
        added = [
            n for n in value.node.inputs if n.attached and n is not previous and previous not in n.inputs
        ]
        _accumulate(run, node.targets[0], node, added, value, before)


def _adds_to_itself(node: ast.Assign) -> bool:
    """Whether it is of the form `total = total + ...`. Kept on the syntax tree."""
    from trainlint.semantics.expressions import dotted

    found: bool | None = getattr(node, "_trainlint_total", None)
    if found is None:
        found = False
        if isinstance(node.value, ast.BinOp) and isinstance(node.value.op, ast.Add):
            name = dotted(node.targets[0])
            parts = (part for part in walk(node.value) if isinstance(part, ast.expr))
            found = bool(name) and any(dotted(part) == name for part in parts)
        node._trainlint_total = found  # type: ignore[attr-defined]
    return found


def _unseen(run: Interpreter, target: ast.expr, value: Unknown) -> Value:
    """A result that is not known, or several in a tuple, each in the role that the code's use of its name shows."""
    if isinstance(target, (ast.Tuple, ast.List)) and not any(isinstance(t, ast.Starred) for t in target.elts):
        return TupleValue([run.symbols.unseen_result(run, t, value) for t in target.elts])
    return run.symbols.unseen_result(run, target, value)


def execute_augmented(run: Interpreter, node: ast.AugAssign) -> None:
    """`target += value`: in place for lists; a new value for everything else."""
    from trainlint.semantics.expressions import OPERATOR_TEXT, evaluate

    load = _as_load(node.target)
    before = evaluate(run, load)
    value = evaluate(run, node.value)
    run.frame.at = node.value
    op = OPERATOR_TEXT[type(node.op)]
    if isinstance(before, ListValue) and op == "+":
        run.call_method(before, "extend", value)
        return
    in_place = getattr(before, "in_place", None)
    result = in_place(run, op, value) if in_place is not None else None
    if result is None:
        result = run.operate(op, before, value)
    assign_target(run, node.target, result)
    added = [v.node for v in getattr(value, "alternatives", (value,)) if isinstance(v, Tensor)]
    if op == "+" and added:
        _accumulate(run, node.target, node, added, result, before)


def _as_load(target: ast.expr) -> ast.expr:
    return target  # evaluation does not look at the context of a node


def _is_of_one_call(run: Interpreter, target: ast.expr) -> bool:
    """Whether it is a name of the running function, outside of that function's own loops: the next call begins anew."""
    return _is_local(run, target) and len(run.passes) == run.frame_passes


def _is_local(run: Interpreter, target: ast.expr) -> bool:
    """Whether it is a name of the running function."""
    if not isinstance(target, ast.Name) or run.frame.function is None:
        return False
    scope = run.frame.scope
    return target.id not in scope.globals and target.id not in scope.nonlocals


def _accumulate(
    run: Interpreter, target: ast.expr, node: ast.stmt, inputs: Sequence[Node], total: Value, before: Value
) -> None:
    from trainlint.semantics.expressions import dotted

    if not run.passes or not inputs or _is_of_one_call(run, target):
        return
    total_node = total.node if isinstance(total, Tensor) else None
    previous = before.node if isinstance(before, Tensor) else None
    if previous is not None and previous.index >= run.passes[-1].began and not previous.planned:
        return  # it begins anew in each pass: the terms of one loss
    run.event(
        EventKind.ACCUMULATE,
        inputs[0],
        location=run.frame.module.source.location(node),
        name=dotted(target),
        how="add",
        total=total_node,
        before=previous,
        starts_at_zero=isinstance(before, Const),
        around=len(run.passes) - run.frame_passes if _is_local(run, target) else len(run.passes),
    )
