"""Batches that code collects itself: a generator appends elements to a list and yields what it makes of the list when that is
full; a function cuts a sequence into pieces."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from trainlint.facts.events import Event
from trainlint.facts.fact import Fact, known, unknown
from trainlint.facts.training import Loader
from trainlint.model import Place
from trainlint.semantics.scope import Frame
from trainlint.semantics.sequences import ListValue, TupleValue
from trainlint.semantics.values import Const, Value
from trainlint.semantics.windows import marked

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_MIRRORED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.Eq, ast.NotEq: ast.NotEq, ast.GtE: ast.LtE, ast.LtE: ast.GtE, ast.Gt: ast.Lt, ast.Lt: ast.Gt,
}  # fmt: skip
_FULL: dict[type[ast.cmpop], bool] = {ast.Eq: True, ast.GtE: True, ast.NotEq: False, ast.Lt: False}
"""Whether there are so many rows where `len(rows) <operator> size` holds, or where it does not."""

_COLLECTED = "collected"


def enter(run: Interpreter, test: ast.expr, side: bool) -> None:
    """Note, in an arm of a condition within a generator's loop, that a list is full there."""
    if not run.branches or len(run.passes) == run.frame_passes or not _in_generator(run):
        return
    for operand in _operands(test):
        asked = _length_asked(operand)
        if asked is None or _FULL.get(asked[0]) is not side or (not side and operand is not test):
            continue
        rows, size = _again(run, asked[1]), _again(run, asked[2])
        if isinstance(rows, ListValue) and rows.kind == "list" and rows.length(run) is None:
            branch = run.branches[-1]
            run.frame.collecting[branch.serial, branch.arm] = _collected(run, size)


def leave(run: Interpreter, test: ast.expr) -> None:
    """Note that a list is full when a `while` of a generator, or of a `__next__`, has filled it."""
    asked = _length_asked(test) if _in_generator(run) or _in_next(run) else None
    if asked is not None and asked[0] in _FULL and not _FULL[asked[0]]:
        _fills(run, _again(run, asked[2]))


def counted(run: Interpreter, node: ast.For | ast.AsyncFor, count: Value | None) -> None:
    """Note that a list is full when a `for` of a generator, or of a `__next__`, has gone round so many times (a Const);
    it appends an element each time and stops early where there are no more."""
    if count is None or not isinstance(node.target, ast.Name) or not (_in_generator(run) or _in_next(run)):
        return
    stops = any(isinstance(s, ast.If) and any(isinstance(b, ast.Break) for b in s.body) for s in node.body)
    named = any(isinstance(n, ast.Name) and n.id == node.target.id for s in node.body for n in ast.walk(s))
    if stops and not named and any(map(_appends, node.body)):
        _fills(run, count)


def _fills(run: Interpreter, size: Value) -> None:
    if _in_generator(run):
        run.frame.filled = run.passes, _collected(run, size)
    elif isinstance(size, Const):
        run.goes_on(pieces(run, size))


def _appends(statement: ast.stmt) -> bool:
    """Whether it appends to a list, under whatever condition."""
    return any(
        isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute) and n.func.attr == "append"
        for n in ast.walk(statement)
    )


def given_out(run: Interpreter, node: ast.Yield, value: Value) -> Value:
    """What is yielded, perhaps where a list is full, which is noted. Batches of a loader that are gathered so stay that
    loader's."""
    found = (run.frame.collecting.get((branch.serial, branch.arm)) for branch in reversed(run.branches))
    batch = next((batch for batch in found if batch is not None), None)
    if batch is None and run.frame.filled is not None and run.frame.filled[0] == run.passes:
        batch = run.frame.filled[1]
    within = run.passes[-1].loop.target if len(run.passes) > run.frame_passes else None
    if batch is not None and (not isinstance(within, Loader) or is_collected(within)):
        run.frame.collected.append(batch)
    if isinstance(value, ListValue) and value.length(run) == 1 and _is_full(run, node):
        # A copy: the loop opens its own when it ends.
        return ListValue(value.elements, value.origin, False, value.kind)
    return value


def _is_full(run: Interpreter, node: ast.Yield) -> bool:
    """Whether a list is yielded where it is known to be full: `if len(rows) == self.size: yield rows`."""
    function = run.frame.function
    test: ast.expr | None = getattr(node, "_trainlint_full", None)
    if test is None and function is not None and isinstance(node.value, ast.Name):
        around = (n for n in ast.walk(function.node) if isinstance(n, ast.If))
        tests = [n.test for n in around if any(part is node for s in n.body for part in ast.walk(s))]
        test = node._trainlint_full = tests[-1] if tests else None  # type: ignore[attr-defined]
    asked = None if test is None else _length_asked(test)
    if test is None or asked is None or _FULL.get(asked[0]) is not True or not isinstance(asked[1], ast.Name):
        return False
    return (
        isinstance(node.value, ast.Name)
        and asked[1].id == node.value.id
        and _again(run, test).truth(run) is True
    )


def collected_in(frame: Frame, events: Sequence[Event]) -> Loader | None:
    """The batches that a generator collected, if they have one size. events: what it left."""
    if len({batch.batch_size.value for batch in frame.collected}) != 1:
        return None
    batch: Loader = frame.collected[0]
    return replace(batch, shuffle=known(True)) if any(e.at_random for e in events) else batch


def pieces(run: Interpreter, size: Value) -> Loader:
    """What the pieces stand for into which a sequence is cut, so many elements in each."""
    batch = _collected(run, size)
    return replace(batch, options={"window": known(True), "gathered": known(True)})


def cut(run: Interpreter, samples: Sequence[Value], size: Value | None) -> TupleValue:
    """The pieces of a sequence that is cut along its first axis; samples: some of them. size: of each, where it is given."""
    batch = pieces(run, size) if isinstance(size, Const) else None
    if batch is not None and batch.batch_size.known:
        samples = [marked(sample, batch) for sample in samples]
    return TupleValue(samples, open=True)


def _collected(run: Interpreter, size: Value) -> Loader:
    rows: Fact[int] = unknown(size.describe())
    if isinstance(size, Const) and type(size.value) is int and size.value > 1:
        rows = Fact(size.value, size.origin or (Place(run.here),), "", True)
    order: Fact[bool] = unknown("no order is drawn that is seen")
    return Loader(run.here, rows, order, unknown("made by hand"), options={_COLLECTED: known(True)})


def is_collected(target: object) -> bool:
    """Whether what a loop draws from stands for lists that a generator collected."""
    return isinstance(target, Loader) and _COLLECTED in target.options


def _again(run: Interpreter, node: ast.expr) -> Value:
    from trainlint.semantics.expressions import evaluate

    with run.silenced():
        return evaluate(run, node)


def _in_generator(run: Interpreter) -> bool:
    from trainlint.semantics.functions import shape_of

    function = run.frame.function
    return function is not None and shape_of(function.node).is_generator


def _in_next(run: Interpreter) -> bool:
    function = run.frame.function
    return function is not None and function.qualname.rpartition(".")[2] == "__next__"


def _operands(test: ast.expr) -> Sequence[ast.expr]:
    return (test, *test.values) if isinstance(test, ast.BoolOp) else (test,)


def _length_asked(test: ast.expr) -> tuple[type[ast.cmpop], ast.expr, ast.expr] | None:
    """`len(rows) == size` as its operator, the rows and the size."""
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return None
    kind, left, right = type(test.ops[0]), test.left, test.comparators[0]
    if _measured(right) is not None:
        kind, left, right = _MIRRORED.get(kind, kind), right, left
    rows = _measured(left)
    return None if rows is None else (kind, rows, right)


def _measured(node: ast.expr) -> ast.expr | None:
    """`rows` of `len(rows)`."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "len" and node.args:
        return node.args[0]
    return None
