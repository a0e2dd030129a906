"""`if`, `match` and `try`: a known condition takes one arm; otherwise every arm is tried and the ends joined (`arms.py`)."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from trainlint.semantics import guards, leftovers
from trainlint.semantics.amounts import Once
from trainlint.semantics.arms import Arm, Outcome, run_arms
from trainlint.semantics.choices import in_arm
from trainlint.semantics.exceptions import execute_try
from trainlint.semantics.expressions import evaluate
from trainlint.semantics.flow import Flow, Rest
from trainlint.semantics.narrowing import narrowings
from trainlint.semantics.values import Const

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


def execute(run: Interpreter, node: ast.If | ast.Match | ast.Try, rest: Rest) -> Outcome:
    """Run a compound statement; `rest` is what follows it in its block."""
    if isinstance(node, ast.If):
        return _if(run, node, rest)
    if isinstance(node, ast.Match):
        from trainlint.semantics.matching import match

        return match(run, node, rest)
    return execute_try(run, node)


def _if(run: Interpreter, node: ast.If, rest: Rest) -> Outcome:
    from trainlint.semantics.statements import execute_block

    test = evaluate(run, node.test)
    truth = test.truth(run)
    if truth and guards.may_guard(run, node):
        mark, recorded = run.store.mark(), run.recorded()
        flow = execute_block(run, node.body)
        if flow != Flow.RAISES or run.recorded() != recorded:
            return Outcome(flow)
        run.store.take(mark)
        guards.pass_by(run, node.test)
        return Outcome(execute_block(run, node.orelse))
    if truth is False and guards.may_refuse(run, node):
        return _refused(run, node)
    if truth is False and guards.is_wanted(run, node):
        guards.pass_by(run, node.test)
        return Outcome(execute_block(run, node.body))
    if truth is not None:
        body = node.body if truth else node.orelse
        if rest and _may_return(body):  # what follows then belongs to the arm that does not
            return Outcome(execute_block(run, [*body, *rest.statements()]), took_rest=True)
        if type(test) is not Const or not test.origin:
            return Outcome(execute_block(run, body))
        with in_arm(run, test, body):
            return Outcome(execute_block(run, body))
    taken, left = narrowings(run, node.test)
    first = leftovers.first_run(test)
    arms = [Arm(node.body, taken), Arm(node.orelse, left)]
    return run_arms(run, node, arms, rest, "if", first, isinstance(test, Once))


def _may_return(body: list[ast.stmt]) -> bool:
    """Whether a condition directly within a block may end the function. Kept on the condition."""
    return any(isinstance(stmt, ast.If) and _returns(stmt) for stmt in body)


def _returns(node: ast.If) -> bool:
    found: bool | None = getattr(node, "_trainlint_returns", None)
    if found is None:
        inner = [*node.body, *node.orelse]
        found = any(isinstance(s, ast.Return) or (isinstance(s, ast.If) and _returns(s)) for s in inner)
        node._trainlint_returns = found  # type: ignore[attr-defined]
    return found


def _refused(run: Interpreter, node: ast.If) -> Outcome:
    """`if args.distributed: ... else: raise NotImplementedError(...)`: the program is for those who set the flag."""
    from trainlint.semantics.statements import execute_block

    mark, recorded = run.store.mark(), run.recorded()
    flow = execute_block(run, node.orelse)
    if flow != Flow.RAISES or run.recorded() != recorded:
        return Outcome(flow)
    run.store.take(mark)
    guards.pass_by(run, node.test, absent=True)
    refused = evaluate(run, node.test).truth(run) is False
    return Outcome(flow) if refused else Outcome(execute_block(run, node.body))
