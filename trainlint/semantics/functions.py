"""Calls of the program's own functions: binding arguments, running the body, collecting results."""

from __future__ import annotations

import ast
from types import NoneType
from typing import TYPE_CHECKING

from trainlint.semantics import leftovers
from trainlint.semantics.budget import MAX_DEPTH, MAX_STEPS_CHEAP, STEPS_OF_CHEAP
from trainlint.semantics.definitions import Deferred, FunctionValue, Omitted
from trainlint.semantics.generators import generated
from trainlint.semantics.mappings import of_arguments
from trainlint.semantics.objects import Instance
from trainlint.semantics.purity import (
    MOST_IN_VAIN,
    Known,
    Spent,
    add,
    can_be_kept,
    is_fixed,
    keep,
    key_of_call,
    places,
    reads_more,
    stands,
    use,
)
from trainlint.semantics.recursion import escape_deeper, goes_deep, most_steps, recurs, sees_another_network
from trainlint.semantics.running import Entered
from trainlint.semantics.scope import Frame, FunctionShape, Scope
from trainlint.semantics.sequences import TupleValue, may_be_missing, present
from trainlint.semantics.symbols import Unseen
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value, extend

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


def shape_of(node: ast.AST) -> FunctionShape:
    """What a body declares; kept on the syntax tree, which outlives single programs."""
    found: FunctionShape | None = getattr(node, "_trainlint_shape", None)
    if found is None:
        found = FunctionShape(node)
        node._trainlint_shape = found  # type: ignore[attr-defined]
    return found


def bind(run: Interpreter, function: FunctionValue, args: Args) -> dict[str, Value]:
    """The local variables with which the body starts."""
    arguments = function.node.args
    positional = [a.arg for a in (*arguments.posonlyargs, *arguments.args)]
    here = run.here
    local: dict[str, Value] = {}

    def passed(name: str, value: Value) -> Value:
        if type(value) is Const and value.origin and not isinstance(value.value, (bool, NoneType)):
            return value.with_origin(extend(value.origin, here, name))
        return run.symbols.recognise(run, function, name, value) if isinstance(value, Unseen) else value

    for name, value in zip(positional, args.positional, strict=False):
        if type(value) is not Omitted:
            local[name] = passed(name, value)
    if arguments.vararg is not None:
        local[arguments.vararg.arg] = TupleValue(args.positional[len(positional) :], (), args.open)
    keyword_only = [a.arg for a in arguments.kwonlyargs]
    extra: dict[str, Value] = {}
    for name, value in args.keywords.items():
        if name in positional or name in keyword_only:
            if type(value) is not Omitted:
                local[name] = passed(name, value)
        else:
            extra[name] = value
    if arguments.kwarg is not None:
        named = {*positional, *keyword_only, *extra}
        for name in [n for n in function.defaults if n not in named]:
            run.impure += 1  # a decorator's: options of a command line that only `**kwargs` takes
            extra[name] = function.defaults[name]
        local[arguments.kwarg.arg] = of_arguments(extra, args.open)
    for name in (*positional, *keyword_only):
        if name not in local:
            default = function.defaults.get(name)
            if isinstance(default, Deferred):
                default = default.make(run)
                run.impure += 1
            if args.open:
                local[name] = Unknown(f"argument {name} may come from an unknown * or **")
            else:
                given = default is not None and type(default) is not Omitted
                local[name] = default if given else Unknown(f"argument {name} is missing")  # type: ignore[assignment]
                run.impure += given and not is_fixed(default)  # type: ignore[arg-type]
    for name in [n for n, v in args.keywords.items() if may_be_missing(v) and n in local]:
        local[name] = _or_default(run, function, name, present(local[name]))
    return local


def _or_default(run: Interpreter, function: FunctionValue, name: str, value: Value) -> Value:
    """An argument of which a condition decides whether it is given."""
    default = function.defaults.get(name)
    if isinstance(default, Deferred):
        default = default.make(run)
    if default is None or type(default) is Omitted:
        return value
    run.impure += not is_fixed(default)
    return run.join(value, default)


def call(run: Interpreter, function: FunctionValue, args: Args) -> Value:
    """What a local function returns; see `purity` for calls whose result is known from an earlier one."""
    key = key_of_call(run, function, args) if run.vain.get(function.node, 0) < MOST_IN_VAIN else None
    if key is None:
        if run.tally is not None and reads_more(function):
            run.impure += 1
        return _follow(run, function, args, None)
    known = run.results.get(key)
    if known is not None and stands(run, known):
        use(run, key, known)
        run.vain[function.node] = run.vain.get(function.node, 0) - 1
        return known.result
    outer, run.tally = run.tally, {}
    impure, steps, given = run.impure, run.steps, set(places(args.values()))
    recorded = len(run.program.gaps), run.recorded()
    try:
        result = _follow(run, function, args, given)
        pure = run.impure == impure and recorded == (len(run.program.gaps), run.recorded())
        kept = pure and can_be_kept(result, given)
        if kept:
            keep(run, key, Known(result, run.steps - steps, run.tally))
        run.vain[function.node] = run.vain.get(function.node, 0) + (-1 if kept else 1)
        return result
    finally:
        own, run.tally = run.tally, outer
        if outer is not None:
            add(outer, own)


def _follow(run: Interpreter, function: FunctionValue, args: Args, given: set[int] | None) -> Value:
    """Run a local function and join what it returns. given: takes the places of its parameters' origins."""
    if function.node in run.left_out:
        run.impure += 1
        run.escape_args(args, function.qualname)
        return Unknown(f"{function.qualname} takes more steps than the program may")
    most = most_steps(run, function, args)
    if run.depth >= MAX_DEPTH or recurs(run, function, args) or goes_deep(run, function, args, most):
        run.impure += 1
        escape_deeper(run, function, args)
        return Unknown(f"recursion of {function.qualname}")
    spent = run.spent.get(function.node, 0)
    times = run.times[function.node] = run.times.get(function.node, 0) + 1
    cheap = spent <= min(times * STEPS_OF_CHEAP, MAX_STEPS_CHEAP)
    over = spent > most and not cheap and not sees_another_network(run, function, args, most)
    if over or run.steps > run.decorated_by:
        run.impure += 1
        _escape_once(run, function, args)
        return Unknown(f"{function.qualname} takes more steps than it may")
    started, shown, loaded = run.steps, run.shown() + run.prepared, run.loading
    outermost = function.node not in run.entered
    if outermost:
        run.entered[function.node] = Entered(started, len(run.program.modules), shown)
    try:
        result = _enter(run, function, args, given)
    finally:
        if outermost:
            run.entered.pop(function.node, None)
            run.steps_of[function.node] = run.steps_of.get(function.node, 0) + run.steps - started
    if isinstance(result, Instance):
        run.makers.add(function.node)
    if run.shown() + run.prepared != shown:  # what records training is not limited here
        run.spent.pop(function.node, None)
        run.followed.pop(function.node, None)
    else:
        now = spent + run.steps - started - (run.loading - loaded)
        if run.tally is not None:
            add(run.tally, {function.node: Spent(function.module, now - run.spent.get(function.node, 0))})
        run.spent[function.node] = now
        if now > most:
            seen = {id(v): v for v in args.values() if isinstance(v, Instance)}
            run.followed[function.node] = {**run.followed.get(function.node, {}), **seen}
    return result


def _enter(run: Interpreter, function: FunctionValue, args: Args, given: set[int] | None) -> Value:
    """Bind the arguments and run the body, within the context managers that decorate it."""
    shape = shape_of(function.node)
    local = bind(run, function, args)
    if given is not None:
        given.update(places(local.values()))
    scope = Scope("function", function.scope, local)
    scope.globals, scope.nonlocals = shape.globals, shape.nonlocals
    frame = Frame(function.module, scope, function)
    for wrapper in function.wrappers:
        run.impure += 1
        wrapper.enter(run)
    result = run_body(run, function, frame, shape)
    for wrapper in reversed(function.wrappers):
        wrapper.leave(run)
    return result


def names_bound_by(run: Interpreter, function: FunctionValue, given: dict[str, Value]) -> dict[str, Value]:
    """The local variables of a function at its end, without its parameters: where a library reads options from them.

    given: values of parameters by name.
    """
    local = bind(run, function, Args([], given))
    parameters = dict(local)
    scope, shape = Scope("function", function.scope, local), shape_of(function.node)
    scope.globals, scope.nonlocals = shape.globals, shape.nonlocals
    run.impure += 1
    run_body(run, function, Frame(function.module, scope, function), shape)
    return {name: v for name, v in scope.vars.items() if parameters.get(name) is not v}


def _escape_once(run: Interpreter, function: FunctionValue, args: Args) -> None:
    """What goes into a function that is no longer followed may be changed there; told once for each object in each pass
    and branch, for such functions are called on every module of a network, with the whole network each time."""
    if (
        run.module_call is not None
    ):  # what a forward pass does to its modules was seen when it was followed before
        for value in args.values():
            if isinstance(value, Tensor) and value.parameter is None:
                run.escape(value, function.qualname)
        return
    done = run.followed.get(function.node, {})
    for value in args.values():
        if id(value) in done:  # what the function does to it was seen, and recorded nothing
            continue
        size = len(value.attrs) if isinstance(value, Instance) else None
        key = (id(value), function.node, size, run.passes, run.branches, run.root)
        if size is None or key not in run.escaped:
            run.escaped[key] = value
            run.escape(value, function.qualname)


def run_body(run: Interpreter, function: FunctionValue, frame: Frame, shape: FunctionShape) -> Value:
    """Execute the body in a frame of its own."""
    from trainlint.semantics.expressions import evaluate
    from trainlint.semantics.flow import Flow
    from trainlint.semantics.statements import execute_block

    node = function.node
    recorded = len(run.program.events)
    run.reach(node, function.module)
    run.push(frame, node)
    try:
        if isinstance(node, ast.Lambda):
            return evaluate(run, node.body)
        flow = execute_block(run, node.body)
    finally:
        run.pop()
    if shape.is_generator:
        return generated(function, frame, run.program.events[recorded:])
    results = [*frame.returns, (Const(None), False)] if flow & Flow.FALLS else frame.returns
    if not results and flow & Flow.RAISES:
        if frame.raised:  # a `try` around the call has an answer, or one around the caller
            run.impure += 1
            run.frame.fails(frame.raised, run)
        return Unknown(f"{function.qualname} always raises")
    if not results:
        return Const(None)
    return leftovers.returned(run, results)
