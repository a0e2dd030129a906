"""`try`: the body is taken to succeed; handlers run for what they record."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from trainlint.facts.events import Branch
from trainlint.semantics.arms import Arm, Outcome, run_arms
from trainlint.semantics.flow import NOTHING, Flow

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


_IMPORT_ERRORS = {"ImportError", "ModuleNotFoundError"}


def _handler_names(handler: ast.ExceptHandler) -> set[str]:
    if handler.type is None:
        return set()
    parts = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return {p.id if isinstance(p, ast.Name) else getattr(p, "attr", "") for p in parts}


def execute_try(run: Interpreter, node: ast.Try) -> Outcome:
    """The body is taken to succeed. Handlers run for what they record; what they change stands only where the body
    cannot be left any other way than by an exception."""
    from trainlint.semantics.statements import execute_block

    spare = [h for h in node.handlers if _handler_names(h) & _IMPORT_ERRORS and _imports_local(run, h)]
    if spare and not _imports_local(run, node):
        arms = [Arm(node.body), *(Arm(h.body) for h in spare)]
        return Outcome(run_arms(run, node, arms, NOTHING, "except").flow)
    run.frame.tries += bool(node.handlers)
    outer, run.frame.failed = run.frame.failed, None
    returns = len(run.frame.returns)
    flow = execute_block(run, node.body)
    failed, run.frame.failed = run.frame.failed, outer
    run.frame.tries -= bool(node.handlers)
    taken = _handles(run, node, failed) if failed is not None else None
    if taken is not None:  # the body is sure to fail, and the program has an answer to that
        del run.frame.returns[returns:]
        if failed is not None and failed[2] < run.store.mark():
            run.store.take(failed[2])  # what the statements after it would have done
        _bind_error(run, taken)
        flow = execute_block(run, taken.body)
        last = execute_block(run, node.finalbody)
        return Outcome(flow if last & Flow.FALLS else last)
    handlers = [h for h in node.handlers if not _handler_names(h) & _IMPORT_ERRORS]
    if flow & ~Flow.RAISES:
        _imported_instead(run, node)
        if flow & Flow.FALLS and node.orelse:
            flow = (flow & ~Flow.FALLS) | execute_block(run, node.orelse)
        if flow & Flow.RAISES and handlers:  # a path that plainly raises: a handler goes on from there
            flow = (flow & ~Flow.RAISES) | _caught(run, node, handlers, bool(flow & Flow.FALLS))
        else:
            for number, handler in enumerate(handlers):
                _aside(run, node, handler, number)
            flow &= ~Flow.RAISES
    elif node.handlers:
        arms = [Arm(h.body, lambda h=h: _bind_error(run, h)) for h in node.handlers]  # type: ignore[misc]
        flow = run_arms(run, node, arms, NOTHING, "except").flow
    if node.finalbody:
        last = execute_block(run, node.finalbody)
        flow = flow if last & Flow.FALLS else last
    return Outcome(flow)


def _handles(run: Interpreter, node: ast.Try, failed: tuple[str, Any, int]) -> ast.ExceptHandler | None:
    """The handler for an exception that came under no further condition; None if it only raises another."""
    name, branches, _ = failed
    for handler in node.handlers:
        names = _handler_names(handler)
        if name in names or "Exception" in names or not names:
            leaves = any(isinstance(part, ast.Return) for part in ast.walk(handler))
            answers = leaves or not isinstance(handler.body[-1], ast.Raise)
            return handler if answers and branches == run.branches else None
    return None


def _imported_instead(run: Interpreter, node: ast.Try) -> None:
    """`from lib import merge`, `except ImportError: from lib.merge import concatenate`: a name that only the handler
    imports is the one that the program uses, if it uses it."""
    from trainlint.semantics.statements import execute_block

    for handler in node.handlers:
        if _handler_names(handler) & _IMPORT_ERRORS:
            for statement in handler.body:
                if isinstance(statement, (ast.Import, ast.ImportFrom)):
                    names = {(a.asname or a.name).split(".")[0] for a in statement.names}
                    if not names & run.frame.scope.vars.keys():
                        execute_block(run, [statement])


def _caught(run: Interpreter, node: ast.Try, handlers: Sequence[ast.ExceptHandler], falls: bool) -> int:
    """How handlers end that may have run; falls: the body may also have come to its end."""
    plain: list[ast.stmt] = [] if falls else [ast.Continue()]
    arms = [Arm(plain), *(Arm(h.body, lambda h=h: _bind_error(run, h)) for h in handlers)]  # type: ignore[misc]
    caught = run_arms(run, node, arms, NOTHING, "except").flow
    return caught if falls else caught & ~Flow.CONTINUES


def _imports_local(run: Interpreter, node: ast.Try | ast.ExceptHandler) -> bool:
    """Whether a block imports a module of the project (in place of one that is not installed, say)."""
    from trainlint.semantics.imports import local_module

    for part in node.body:
        if isinstance(part, ast.ImportFrom) and local_module(run, part.module or "", part.level) is not None:
            return True
        if isinstance(part, ast.Import) and any(local_module(run, a.name, 0) for a in part.names):
            return True
    return False


def _aside(run: Interpreter, node: ast.Try, handler: ast.ExceptHandler, number: int) -> None:
    """Run a handler for its events only."""
    from trainlint.semantics.statements import execute_block

    outer, mark = run.branches, run.store.mark()
    returns = len(run.frame.returns)
    location = run.frame.module.source.location(node)
    run.branches = (*outer, Branch(location, number + 1, "except", run.next_serial()))
    _bind_error(run, handler)
    execute_block(run, handler.body)
    run.branches = outer
    del run.frame.returns[returns:]
    run.store.take(mark)


def _bind_error(run: Interpreter, handler: ast.ExceptHandler) -> None:
    from trainlint.semantics import names
    from trainlint.semantics.values import Unknown

    if handler.name:
        names.assign(run, handler.name, Unknown("an exception"))
