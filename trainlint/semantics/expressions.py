"""Evaluation of expressions: one function a syntax node."""

from __future__ import annotations

import ast
from collections.abc import Callable
from types import NoneType
from typing import TYPE_CHECKING, Any

from trainlint.semantics import comprehensions, generators, leftovers, names, undecided
from trainlint.semantics.budget import CHECK_TIME
from trainlint.semantics.choices import in_arm
from trainlint.semantics.definitions import FunctionValue
from trainlint.semantics.formatted import joined
from trainlint.semantics.keys import distinct
from trainlint.semantics.mappings import keyword_arguments, merge
from trainlint.semantics.missing_keys import read_item
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue
from trainlint.semantics.values import Args, Const, SliceValue, Unknown, Value, extend
from trainlint.semantics.windows import chosen_window, has_twin, marked, width

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

OPERATOR_TEXT: dict[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**",
    ast.MatMult: "@", ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^", ast.LShift: "<<", ast.RShift: ">>",
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
    ast.USub: "-", ast.UAdd: "+", ast.Invert: "~",
}  # fmt: skip


def evaluate(run: Interpreter, node: ast.expr) -> Value:
    """The abstract value of an expression."""
    run.steps = steps = run.steps + 1
    if steps > run.limit or not steps & CHECK_TIME:
        run.check_budget()
    return HANDLERS.get(type(node), _other)(run, node)


def _other(run: Interpreter, node: ast.expr) -> Value:
    return Unknown(f"{type(node).__name__.lower()} expression")


def dotted(node: ast.expr) -> str:
    """`args.optim.lr` for a chain of names, attributes and constant keys; "" for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        base = dotted(node.value)
        return f"{base}.{node.attr}" if base else ""
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        base = dotted(node.value)
        return f"{base}[{node.slice.value!r}]" if base else ""
    return ""


def _constant(run: Interpreter, node: ast.Constant) -> Value:
    found: Const | None = getattr(node, "_trainlint_const", None)
    if found is None:  # immutable, and the tree belongs to one file: made once
        value = node.value
        plain = value is None or value is Ellipsis
        found = Const(value) if plain else Const(value, (run.place(node),))
        node._trainlint_const = found  # type: ignore[attr-defined]
    return found


def _name(run: Interpreter, node: ast.Name) -> Value:
    run.frame.at = node
    return names.lookup(run, node.id)


def hop(run: Interpreter, value: Value, node: ast.expr) -> Value:
    """A number or text that is read from an attribute or key: the place joins its chain of origins."""
    if type(value) is Const and value.origin and not isinstance(value.value, (bool, NoneType)):
        origin = extend(value.origin, run.frame.module.source.location(node), dotted(node))
        return value.with_origin(origin)
    return value


def _attribute(run: Interpreter, node: ast.Attribute) -> Value:
    base = evaluate(run, node.value)
    run.frame.at = node
    return hop(run, run.get_attr(base, node.attr), node)


def _subscript(run: Interpreter, node: ast.Subscript) -> Value:
    base = evaluate(run, node.value)
    key = evaluate(run, node.slice)
    run.frame.at = node
    size = width(node.slice, run.frame.body) if run.passes else None
    if size is None:
        found = hop(run, read_item(run, base, key), node)
        return chosen_window(run, base, key, found) if type(base) is ListValue and run.passes else found
    batch = run.takes(evaluate(run, size), examples=has_twin(node, run.frame.body))
    run.frame.at = node
    found = read_item(run, base, key)
    return found if batch is None or found is base else marked(found, batch)


def _slice(run: Interpreter, node: ast.Slice) -> Value:
    parts = [evaluate(run, p) if p is not None else None for p in (node.lower, node.upper, node.step)]
    return SliceValue(*parts)


def elements(run: Interpreter, nodes: list[ast.expr]) -> tuple[list[Value], bool]:
    """The values of a display or argument list with stars, and whether there may be more."""
    found: list[Value] = []
    more = False
    for node in nodes:
        if isinstance(node, ast.Starred):
            items = evaluate(run, node.value).iterate(run)
            # What is known of an open sequence (two passes of a loop) stands for all of it.
            found.extend(items.values or ([items.fresh()] if items.fresh is not None else []))
            more = more or not items.exact
        else:
            found.append(evaluate(run, node))
    return found, more


def _tuple(run: Interpreter, node: ast.Tuple) -> Value:
    found, more = elements(run, node.elts)
    first = next((i for i, part in enumerate(node.elts[:-1]) if isinstance(part, ast.Starred)), None)
    if more and first is not None:  # `(*x.shape, x.device)`: which element is where is not known
        found = [*found[:first], Unknown("an element beside starred ones")]
    return TupleValue(found, (), more)


def _list(run: Interpreter, node: ast.List) -> Value:
    found, more = elements(run, node.elts)
    return ListValue(found, (), more)


def _set(run: Interpreter, node: ast.Set) -> Value:
    found, more = elements(run, node.elts)
    return ListValue(distinct(found), (), more, kind="set")


def _dict(run: Interpreter, node: ast.Dict) -> Value:
    made = DictValue()
    for key_node, value_node in zip(node.keys, node.values, strict=True):
        value = evaluate(run, value_node)
        if key_node is None:
            merge(run, made, value)
        else:
            made.set_item(run, evaluate(run, key_node), value)
    return made


def _binary(run: Interpreter, node: ast.BinOp) -> Value:
    left, right = evaluate(run, node.left), evaluate(run, node.right)
    run.frame.at = node
    return run.operate(OPERATOR_TEXT[type(node.op)], left, right)


def _unary(run: Interpreter, node: ast.UnaryOp) -> Value:
    value = evaluate(run, node.operand)
    run.frame.at = node
    if isinstance(node.op, ast.Not):
        truth = value.truth(run)
        if truth is not None:
            return Const(not truth)
        hanging = undecided.test(run, value)
        negated = hanging.negated() if hanging is not None else leftovers.negated(value)
        return negated or undecided.Negated(value)
    op = OPERATOR_TEXT[type(node.op)]
    if isinstance(value, Const):
        try:
            result = {"-": lambda v: -v, "+": lambda v: +v, "~": lambda v: ~v}[op](value.value)
        except TypeError:
            return Unknown(f"{op}{value.describe()}")
        return Const(result, value.origin)
    return value.unary(run, op)


def _bool(run: Interpreter, node: ast.BoolOp) -> Value:
    stop = isinstance(node.op, ast.Or)
    possible: list[Value] = []
    for part in node.values:
        value = evaluate(run, part)
        truth = value.truth(run)
        if truth is stop:
            possible.append(value)
            break
        if truth is None or part is node.values[-1]:
            possible.append(value)
    if isinstance(possible[-1], Const) and possible[-1].value is stop:
        return possible[-1]  # `unknown() and False`: false, whatever the others are
    decided = leftovers.decisive(possible, stop)
    if decided is not None:
        return decided
    result = possible[0]
    for other in possible[1:]:
        result = run.join(result, other)
    return result


def _compare(run: Interpreter, node: ast.Compare) -> Value:
    left = evaluate(run, node.left)
    results: list[Value] = []
    for op, right_node in zip(node.ops, node.comparators, strict=True):
        right = evaluate(run, right_node)
        run.frame.at = node
        results.append(run.compare(op, left, right))
        left = right
    if len(results) == 1:
        return results[0]
    truths = [r.truth(run) for r in results]
    if False in truths:
        return Const(False)
    return Const(True) if all(truths) else Unknown("a comparison")


def _conditional(run: Interpreter, node: ast.IfExp) -> Value:
    test = evaluate(run, node.test)
    truth = test.truth(run)
    if truth is not None:
        with in_arm(run, test, ()):
            return evaluate(run, node.body if truth else node.orelse)
    made: dict[int, Value] = {}

    def arm(number: int, part: ast.expr) -> Value:
        made[number] = evaluate(run, part)
        return made[number]

    joined = run.branch(node.test, lambda: arm(0, node.body), lambda: arm(1, node.orelse))
    return undecided.choice(run, test, made) or leftovers.choose(run, made, joined, leftovers.first_run(test))


def call_args(run: Interpreter, node: ast.Call) -> Args:
    """The arguments of a call, stars expanded where their contents are known."""
    positional, more = elements(run, node.args)
    keywords: dict[str, Value] = {}
    for keyword in node.keywords:
        value = evaluate(run, keyword.value)
        if keyword.arg is not None:
            keywords[keyword.arg] = value
        else:
            named, open_ended = keyword_arguments(run, value)
            keywords.update(named)
            more = more or open_ended
    return Args(positional, keywords, more)


def _call(run: Interpreter, node: ast.Call) -> Value:
    if isinstance(node.func, ast.Name) and node.func.id == "super":
        return names.super_value(run, node)
    callee = evaluate(run, node.func)
    args = call_args(run, node)
    run.frame.at = node
    return run.call(callee, args)


def _lambda(run: Interpreter, node: ast.Lambda) -> Value:
    return make_function(run, node, "<lambda>")


def make_function(
    run: Interpreter, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, name: str
) -> FunctionValue:
    """The value of a definition; defaults are evaluated now, as Python does."""
    arguments = node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults: dict[str, Value] = {}
    if arguments.defaults:
        for argument, default in zip(positional[-len(arguments.defaults) :], arguments.defaults, strict=True):
            defaults[argument.arg] = evaluate(run, default)
    for argument, kw_default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if kw_default is not None:
            defaults[argument.arg] = evaluate(run, kw_default)
    frame = run.frame
    prefix = ""
    if frame.scope.kind == "class":
        prefix = f"{frame.scope.vars.get('__qualname__', Const('')).describe().strip(chr(39))}."
    return FunctionValue(node, frame.scope, frame.module, f"{prefix}{name}", defaults)


def _named(run: Interpreter, node: ast.NamedExpr) -> Value:
    value = evaluate(run, node.value)
    names.assign(run, node.target.id, value)
    return value


def _await(run: Interpreter, node: ast.Await) -> Value:
    return evaluate(run, node.value)


def _starred(run: Interpreter, node: ast.Starred) -> Value:
    return evaluate(run, node.value)


HANDLERS: dict[type[ast.AST], Callable[[Interpreter, Any], Value]] = {
    ast.Constant: _constant, ast.Name: _name, ast.Attribute: _attribute, ast.Subscript: _subscript,
    ast.Slice: _slice, ast.Tuple: _tuple, ast.List: _list, ast.Set: _set, ast.Dict: _dict,
    ast.BinOp: _binary, ast.UnaryOp: _unary, ast.BoolOp: _bool, ast.Compare: _compare,
    ast.IfExp: _conditional, ast.Call: _call, ast.Lambda: _lambda, ast.JoinedStr: joined,
    ast.NamedExpr: _named, ast.Await: _await, ast.Yield: generators.yielded, ast.YieldFrom: generators.yielded_from,
    ast.Starred: _starred,
    ast.ListComp: comprehensions.listing, ast.SetComp: comprehensions.listing,
    ast.GeneratorExp: comprehensions.listing, ast.DictComp: comprehensions.mapping,
}  # fmt: skip
