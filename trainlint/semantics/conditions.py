"""`if`, `match` and `try`: a known condition takes one arm; otherwise every arm is tried and the ends joined."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trainlint.facts.events import Branch
from trainlint.semantics import guards, leftovers
from trainlint.semantics.choices import in_arm
from trainlint.semantics.expressions import evaluate
from trainlint.semantics.flow import NOTHING, Flow, Rest
from trainlint.semantics.joins import join
from trainlint.semantics.sequences import UnionValue
from trainlint.semantics.values import Const, Value

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


def execute(run: Interpreter, node: ast.If | ast.Match | ast.Try, rest: Rest) -> Outcome:
    """Run a compound statement; `rest` is what follows it in its block."""
    if isinstance(node, ast.If):
        return _if(run, node, rest)
    if isinstance(node, ast.Match):
        from trainlint.semantics.matching import match

        return match(run, node, rest)
    return _try(run, node, rest)


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
        if type(test) is not Const or not test.origin:
            return Outcome(execute_block(run, body))
        with in_arm(run, test, body):
            return Outcome(execute_block(run, body))
    taken, left = narrowings(run, node.test)
    first = leftovers.first_run(test)
    return run_arms(run, node, [Arm(node.body, taken), Arm(node.orelse, left)], rest, "if", first)


def _refused(run: Interpreter, node: ast.If) -> Outcome:
    """`if args.distributed: ... else: raise NotImplementedError(...)`: the program is for those who set the flag."""
    from trainlint.semantics.statements import execute_block

    mark, recorded = run.store.mark(), run.recorded()
    flow = execute_block(run, node.orelse)
    if flow != Flow.RAISES or run.recorded() != recorded:
        return Outcome(flow)
    run.store.take(mark)
    guards.pass_by(run, node.test)
    refused = evaluate(run, node.test).truth(run) is False
    return Outcome(flow) if refused else Outcome(execute_block(run, node.body))


def run_arms(
    run: Interpreter,
    node: ast.AST,
    arms: list[Arm],
    rest: Rest,
    kind: str,
    first: leftovers.FirstRun | None = None,
) -> Outcome:
    """Try every arm from the same state. Where only some fall through, these take the rest of the block along.

    first: the arm of a run that finds nothing on the disk, if that is known.
    """
    from trainlint.semantics.statements import execute_block

    location = run.frame.module.source.location(node)
    serial = run.next_serial()
    outer = run.branches
    flows: list[int] = []
    changes = []
    varies = isinstance(node, ast.If) and _changes(run, node.test)
    once = varies and isinstance(node, ast.If) and _equates(node.test)
    unsettled = isinstance(node, ast.If) and _unsettled(run, node.test)
    for number, arm in enumerate(arms):
        mark = run.store.mark()
        later = first is not None and first.skips(number)
        run.branches = (
            *outer,
            Branch(location, number, kind, serial, once and number == 0, unsettled, varies, later),
        )
        arm.prepare()
        flow = execute_block(run, arm.body)
        flows.append(flow)
        if _leaves_loop(run, flow):
            run.program.leaving.add((serial, number))
        changes.append(run.store.take(mark))
    run.branches = outer
    falling = [k for k, flow in enumerate(flows) if flow & Flow.FALLS]
    leaving = [k for k, flow in enumerate(flows) if not flow & Flow.FALLS and flow & ~Flow.RAISES]
    if not falling or not leaving or not rest:
        numbered = list(enumerate(changes))
        leftovers.merge(run, [(k, c) for k, c in numbered if flows[k] & ~Flow.RAISES] or numbered, first)
        total = Flow.NONE
        for flow in flows:
            total |= flow
        return Outcome(total)
    mark = run.store.mark()
    leftovers.merge(run, [(k, changes[k]) for k in falling], first)
    later = first is not None and first.skips(falling[0])
    run.branches = (*outer, Branch(location, falling[0], kind, serial, varies=varies, later=later))
    flow = execute_block(run, rest.statements())
    run.branches = outer
    after = run.store.take(mark)
    leftovers.merge(run, [(falling[0], after), *((k, changes[k]) for k in leaving)], first)
    for k in (*falling, *leaving):
        flow |= flows[k] & ~Flow.FALLS
    return Outcome(flow, took_rest=True)


def _equates(test: ast.expr) -> bool:
    """Whether a condition is an equality of two things, and no remainder (`step % 100 == 0`)."""
    if isinstance(test, ast.BoolOp):
        return (any if isinstance(test.op, ast.And) else all)(_equates(v) for v in test.values)
    if not isinstance(test, ast.Compare) or not all(isinstance(op, ast.Eq) for op in test.ops):
        return False
    return not any(isinstance(part, ast.Mod) for part in ast.walk(test))


def _unsettled(run: Interpreter, test: ast.expr) -> bool:
    """Whether a condition takes a remainder by something that is not known."""
    divisors: tuple[ast.expr, ...] | None = getattr(test, "_trainlint_divisors", None)
    if divisors is None:
        divisors = tuple(
            part.right
            for part in ast.walk(test)
            if isinstance(part, ast.BinOp)
            and isinstance(part.op, ast.Mod)
            and isinstance(part.right, ast.Name | ast.Attribute | ast.Subscript)
        )
        test._trainlint_divisors = divisors  # type: ignore[attr-defined]
    return any(not isinstance(evaluate(run, divisor), Const) for divisor in divisors)


def _changes(run: Interpreter, test: ast.expr) -> bool:
    """Whether a condition reads what a loop of this body binds or counts (not `rank == 0`)."""
    function = run.frame.function
    body: Any = function.node if function is not None else run.frame.module.source.tree
    names: frozenset[str] | None = getattr(body, "_trainlint_counted", None)
    if names is None:
        found = (n.target for n in ast.walk(body) if isinstance(n, ast.For | ast.AsyncFor | ast.AugAssign))
        names = frozenset(n.id for target in found for n in ast.walk(target) if isinstance(n, ast.Name))
        body._trainlint_counted = names
    return any(isinstance(n, ast.Name) and n.id in names for n in ast.walk(test))


def _leaves_loop(run: Interpreter, flow: int) -> bool:
    """Whether a block that ends like this never comes to another pass of the loop that it stands in."""
    if flow & (Flow.FALLS | Flow.CONTINUES):
        return False
    return bool(flow & Flow.BREAKS) or len(run.passes) > run.frame_passes


def narrowings(run: Interpreter, test: ast.expr) -> tuple[Callable[[], None], Callable[[], None]]:
    """What each arm knows: the alternatives of a union for which the test can be true, and can be false."""
    target = _union_in(run, test)
    if target is None:
        return (lambda: None), (lambda: None)
    variables, key, union = target
    kept: dict[bool, list[Value]] = {True: [], False: []}
    for value in union.alternatives:
        mark = run.store.mark()
        run.write(variables, key, value)
        with run.silenced():
            truth = evaluate(run, test).truth(run)
        run.store.take(mark)
        for side in (True, False):
            if truth is not (not side):
                kept[side].append(value)

    def narrow(side: bool) -> None:
        found = kept[side]
        if found and len(found) < len(union.alternatives):
            joined = found[0]
            for other in found[1:]:
                joined = join(run, joined, other)
            run.write(variables, key, joined)

    return (lambda: narrow(True)), (lambda: narrow(False))


def _union_in(run: Interpreter, test: ast.expr) -> tuple[dict[str, Value], str, UnionValue] | None:
    """The first name or `self.attribute` in the test that holds a union, with the place that holds it."""
    variables = run.frame.scope.vars
    for name, attribute in _operands(test):
        base = variables.get(name)
        if attribute is None:
            if isinstance(base, UnionValue):
                return variables, name, base
            continue
        attrs: dict[str, Value] = getattr(base, "attrs", {})
        found = attrs.get(attribute)
        if isinstance(found, UnionValue):
            return attrs, attribute, found
    return None


def _operands(test: ast.expr) -> tuple[tuple[str, str | None], ...]:
    """The names and `name.attribute` pairs of a test, outermost first; none for one with many calls. Kept on the
    syntax tree: tests are evaluated again and again."""
    kept: tuple[tuple[str, str | None], ...] | None = getattr(test, "_trainlint_operands", None)
    if kept is not None:
        return kept
    parts = list(ast.walk(test))
    found: list[tuple[str, str | None]] = []
    if sum(isinstance(part, ast.Call) for part in parts) <= 2:
        for part in parts:
            if isinstance(part, ast.Name):
                found.append((part.id, None))
            elif isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name):
                found.append((part.value.id, part.attr))
    test._trainlint_operands = kept = tuple(found)  # type: ignore[attr-defined]
    return kept


_IMPORT_ERRORS = {"ImportError", "ModuleNotFoundError"}


def _handler_names(handler: ast.ExceptHandler) -> set[str]:
    if handler.type is None:
        return set()
    parts = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return {p.id if isinstance(p, ast.Name) else getattr(p, "attr", "") for p in parts}


def _try(run: Interpreter, node: ast.Try, rest: Rest) -> Outcome:
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


def _handles(run: Interpreter, node: ast.Try, failed: tuple[str, Any]) -> ast.ExceptHandler | None:
    """The handler for an exception that came under no further condition; None if it only raises another."""
    name, branches = failed
    for handler in node.handlers:
        names = _handler_names(handler)
        if name in names or "Exception" in names or not names:
            answers = not isinstance(handler.body[-1], ast.Raise)
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
