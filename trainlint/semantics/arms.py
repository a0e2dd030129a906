"""Exclusive alternatives: each is tried from the same state, and their ends are joined."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trainlint.facts.events import Branch
from trainlint.semantics import leftovers, questions
from trainlint.semantics.budget import BudgetExceeded
from trainlint.semantics.expressions import evaluate
from trainlint.semantics.flow import Flow, Rest
from trainlint.semantics.store import Changes
from trainlint.semantics.values import Const
from trainlint.source.walk import walk
from trainlint.source.words import names_of

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


@dataclass
class Outcome:
    """How a compound statement ended; took_rest: the rest of its block ran inside one of its arms."""

    flow: int
    took_rest: bool = False


@dataclass
class Arm:
    """One alternative: what prepares it (narrowing), and its body."""

    body: Sequence[ast.stmt]
    prepare: Callable[[], None] = lambda: None


def run_arms(
    run: Interpreter,
    node: ast.AST,
    arms: list[Arm],
    rest: Rest,
    kind: str,
    first: leftovers.FirstRun | None = None,
    asked: bool = False,
) -> Outcome:
    """Try every arm from the same state. Where only some fall through, these take the rest of the block along.

    first: the arm of a run that finds nothing on the disk, if that is known. asked: the condition itself asks for one
    certain pass of a loop.
    """
    from trainlint.semantics.statements import execute_block

    location = run.frame.module.source.location(node)
    question = questions.asked(run, node.test) if isinstance(node, ast.If) and len(arms) == 2 else None
    serial = question.question.serial if question is not None else run.next_serial()
    outer = run.branches
    flows: list[int] = []
    changes: list[Changes] = []
    varies = isinstance(node, ast.If) and _changes(run, node.test)
    once = isinstance(node, ast.If) and (asked or (varies and _equates(node.test)) or _moves_on(node))
    unsettled = isinstance(node, ast.If) and _unsettled(run, node.test)
    for number, arm in enumerate(arms):
        mark = run.store.mark()
        later = first is not None and first.skips(number)
        told = number if question is None else question.arm(number)
        branch = Branch(
            location,
            told,
            kind,
            serial,
            once and number == 0,
            unsettled,
            varies,
            later,
            bool(run.passes),
        )
        run.branches = (*outer, *(question.implied(number, branch) if question is not None else ()), branch)
        try:
            if question is not None:
                question.prepare(run, number)
            arm.prepare()
            flow = execute_block(run, arm.body)
        except BudgetExceeded:
            run.end_early([*changes, run.store.take(mark)])
            raise
        flows.append(flow)
        if _leaves_loop(run, flow):
            run.program.leaving.add((serial, told))
        changed = run.store.take(mark)
        changes.append(changed if question is None else question.settle(number, changed))
    run.branches = outer
    falling = [k for k, flow in enumerate(flows) if flow & Flow.FALLS]
    leaving = [k for k, flow in enumerate(flows) if not flow & Flow.FALLS and flow & ~Flow.RAISES]
    if not falling or not leaving or not rest:
        numbered = list(enumerate(changes))
        leftovers.merge(run, [(k, c) for k, c in numbered if flows[k] & ~Flow.RAISES] or numbered, first)
        if question is not None and all(flow & Flow.FALLS for flow in flows):
            question.keep(changes)
        total = Flow.NONE
        for flow in flows:
            total |= flow
        return Outcome(total)
    mark = run.store.mark()
    leftovers.merge(run, [(k, changes[k]) for k in falling], first)
    later = first is not None and first.skips(falling[0])
    run.branches = (
        *outer,
        Branch(
            location,
            falling[0] if question is None else question.arm(falling[0]),
            kind,
            serial,
            varies=varies,
            later=later,
            looped=bool(run.passes),
        ),
    )
    try:
        flow = execute_block(run, rest.statements())
    except BudgetExceeded:
        run.end_early([*(changes[k] for k in leaving), run.store.take(mark)])
        raise
    run.branches = outer
    after = run.store.take(mark)
    leftovers.merge(run, [(falling[0], after), *((k, changes[k]) for k in leaving)], first)
    for k in (*falling, *leaving):
        flow |= flows[k] & ~Flow.FALLS
    return Outcome(flow, took_rest=True)


def _remainder(test: ast.expr) -> bool:
    """Whether a condition takes a remainder anywhere. Kept on the syntax tree."""
    found: bool | None = getattr(test, "_trainlint_remainder", None)
    if found is None:
        found = any(isinstance(part, ast.BinOp) and isinstance(part.op, ast.Mod) for part in walk(test))
        test._trainlint_remainder = found  # type: ignore[attr-defined]
    return found


def _equates(test: ast.expr) -> bool:
    """Whether a condition is an equality of two things, and no remainder (`step % 100 == 0`)."""
    if isinstance(test, ast.BoolOp):
        return (any if isinstance(test.op, ast.And) else all)(_equates(v) for v in test.values)
    if not isinstance(test, ast.Compare) or not all(isinstance(op, ast.Eq) for op in test.ops):
        return False
    return not _remainder(test)


def _moves_on(node: ast.If) -> bool:
    """Whether a condition holds when a count moves on, which the body then takes note of: `if epoch != now: epoch = now`."""
    test = node.test
    if not isinstance(test, ast.Compare) or not isinstance(test.ops[0], ast.NotEq | ast.Gt | ast.Lt):
        return False
    sides = {ast.unparse(test.left), ast.unparse(test.comparators[0])}
    assigned = (part for part in node.body if isinstance(part, ast.Assign) and len(part.targets) == 1)
    return len(test.ops) == 1 and any(
        {ast.unparse(part.targets[0]), ast.unparse(part.value)} == sides for part in assigned
    )


def _unsettled(run: Interpreter, test: ast.expr) -> bool:
    """Whether a condition takes a remainder by something that is not known."""
    return any(_divides_by_unknown(run, each) for each in (test, *_stands_for(run, test)))


def _divides_by_unknown(run: Interpreter, test: ast.expr) -> bool:
    divisors: tuple[ast.expr, ...] | None = getattr(test, "_trainlint_divisors", None)
    if divisors is None:
        divisors = tuple(
            part.right
            for part in walk(test)
            if isinstance(part, ast.BinOp)
            and isinstance(part.op, ast.Mod)
            and isinstance(part.right, ast.Name | ast.Attribute | ast.Subscript)
        )
        test._trainlint_divisors = divisors  # type: ignore[attr-defined]
    return any(not isinstance(evaluate(run, divisor), Const) for divisor in divisors)


def _changes(run: Interpreter, test: ast.expr) -> bool:
    """Whether a condition reads what a loop of this body binds or counts (not `rank == 0`), or takes a remainder."""
    if _remainder(test) or _stands_for(run, test):
        return True
    body = _body(run)
    names: frozenset[str] | None = getattr(body, "_trainlint_counted", None)
    if names is None:
        found = (n.target for n in ast.walk(body) if isinstance(n, ast.For | ast.AsyncFor | ast.AugAssign))
        names = frozenset().union(*map(names_of, found))
        names |= _sums_of(body, names)
        body._trainlint_counted = names
    return not names.isdisjoint(names_of(test))


def _body(run: Interpreter) -> Any:
    """The tree of the function that runs, or of the module."""
    function = run.frame.function
    return function.node if function is not None else run.frame.module.source.tree


def _stands_for(run: Interpreter, test: ast.expr) -> list[ast.expr]:
    """Conditions with remainders that names in this one are given in the same body (`ready = (i + 1) % every == 0`)."""
    body = _body(run)
    named: dict[str, list[ast.expr]] | None = getattr(body, "_trainlint_remainders", None)
    if named is None:
        named = body._trainlint_remainders = {}
        assigned = (n for n in ast.walk(body) if isinstance(n, ast.Assign))
        for node in assigned:
            asks = isinstance(node.value, ast.Compare | ast.BoolOp | ast.UnaryOp) and _remainder(node.value)
            for target in node.targets if asks else ():
                if isinstance(target, ast.Name):
                    named.setdefault(target.id, []).append(node.value)
    return [each for name in sorted(names_of(test)) for each in named.get(name, ())] if named else []


def _sums_of(body: ast.AST, counted: frozenset[str]) -> frozenset[str]:
    """Names that a body gives to sums of what its loops count (`done = i + len(loader) * epoch`)."""
    assigned = (n for n in ast.walk(body) if isinstance(n, ast.Assign) and isinstance(n.value, ast.BinOp))
    return frozenset(
        name
        for node in assigned
        if not counted.isdisjoint(names_of(node.value)) and all(map(_is_arithmetic, ast.walk(node.value)))
        for target in node.targets
        if isinstance(target, ast.Name)
        for name in (target.id,)
    )


def _is_arithmetic(part: ast.AST) -> bool:
    """Whether a part of an expression is one of a sum of numbers, lengths among them."""
    if isinstance(part, ast.Call):
        return isinstance(part.func, ast.Name) and part.func.id in ("len", "int")
    plain = (ast.BinOp, ast.operator, ast.Name, ast.Attribute, ast.Constant, ast.expr_context)
    return isinstance(part, plain)


def _leaves_loop(run: Interpreter, flow: int) -> bool:
    """Whether a block that ends like this never comes to another pass of the loop that it stands in."""
    if flow & (Flow.FALLS | Flow.CONTINUES):
        return False
    return bool(flow & Flow.BREAKS) or len(run.passes) > run.frame_passes
