"""Built-in functions that make one value of many: len, sum, min, max, any, all."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from trainlint.facts.graph import Op
from trainlint.semantics.amounts import Counted, Real, Usual, Whole, extreme, is_number
from trainlint.semantics.builtin_iteration import argument
from trainlint.semantics.iterators import sample
from trainlint.semantics.list_methods import sort_values
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.truths import LeftCount, LeftFiles, Leftover
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


def make_len(run: Interpreter, args: Args) -> Value:
    """`len(x)`"""
    source = argument(args, "len()")
    if isinstance(source, Counted):
        return Usual(f"length of {source.describe()}", Const(source.usual))
    if isinstance(source, LeftFiles):
        return LeftCount()
    n = source.length(run)
    return Const(n) if n is not None else Whole(f"length of {source.describe()}", least=0)


def make_sum(run: Interpreter, args: Args) -> Value:
    """`sum(iterable, start=0)`: of tensors, a chain of additions."""
    bound = args.bind("iterable", "start")
    items = bound.get("iterable", Unknown("sum()")).iterate(run)
    values = items.values if items.exact or items.values else [sample(items, 0)]
    total = bound.get("start", Const(0))
    if not items.exact and not any(isinstance(v, Tensor) for v in values):
        return Unknown("a sum of elements that are not all known")
    for value in values:
        empty = isinstance(total, Const) and total.value == 0 and not total.origin
        total = value if empty and isinstance(value, Tensor) else run.operate("+", total, value)
    return total


def _extreme(name: str) -> Callable[[Interpreter, Args], Value]:
    def handler(run: Interpreter, args: Args) -> Value:
        values, exact = list(args.positional), not args.open
        if len(values) == 1 and isinstance(values[0], LeftFiles):
            if "default" in args.keywords:
                return args.keywords["default"]
            run.frame.fails("ValueError", run)
        if len(values) == 1:
            items = values[0].iterate(run)
            values, exact = items.values, items.exact
            if isinstance(args.positional[0], Tensor):
                return run.call_method(args.positional[0], name)
        if any(isinstance(v, Tensor) for v in values):
            nodes = tuple(v.node for v in values if isinstance(v, Tensor))
            first = next(v for v in values if isinstance(v, Tensor))
            return first.make(run.node(Op.REDUCE, name, nodes))
        if exact and not values:
            return args.keywords.get("default", Unknown(f"{name} of nothing"))
        options = {k: v for k, v in args.keywords.items() if k == "key"}
        ordered, certain = sort_values(run, values, options)
        if not exact or not certain or not ordered:
            usual = extreme(name, values) if exact and not options else None
            numbers = exact and not options and all(is_number(v) for v in values)
            why = f"{name} of values that are not all known"
            return usual or (Real(why) if numbers else Unknown(why))
        return ordered[0] if name == "min" else ordered[-1]

    return handler


def _truths(run: Interpreter, args: Args, stop: bool) -> Value:
    source = argument(args, "any()")
    if isinstance(source, LeftFiles):
        return Leftover(first=not stop, own=True)
    items = source.iterate(run)
    truths = [v.truth(run) for v in items.values]
    if items.exact and stop in truths:
        return Const(stop)
    if not items.exact or None in truths:
        return Unknown("any()" if stop else "all()")
    return Const(not stop)


FUNCTIONS: dict[str, Callable[[Interpreter, Args], Value]] = {
    "len": make_len, "sum": make_sum, "min": _extreme("min"), "max": _extreme("max"),
    "any": lambda run, args: _truths(run, args, True), "all": lambda run, args: _truths(run, args, False),
}  # fmt: skip
