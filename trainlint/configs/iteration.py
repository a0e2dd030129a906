"""itertools: elements are worked out when they are drawn, so that loaders stay loaders."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING

from trainlint.semantics.builtin_iteration import mapped
from trainlint.semantics.iterators import IterableValue, IteratorValue, NextOnes, sample
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import ListValue, TupleValue
from trainlint.semantics.values import Args, Const, Items, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LIBRARY = TableLibrary("itertools", usual={"itertools": "itertools"})
LIBRARIES = [LIBRARY]
_NONE = Const(None)
MOST_COMBINATIONS = 4096
"""Rows of a product or of combinations that are listed."""


def _lazy(name: str) -> Callable[[Callable[[Interpreter, Args], Items]], None]:
    """Register a function of itertools whose elements are worked out on iteration."""

    def register(compute: Callable[[Interpreter, Args], Items]) -> None:
        def handler(run: Interpreter, args: Args) -> Value:
            return IterableValue(name, lambda r: compute(r, args))

        LIBRARY.function(f"itertools.{name}")(handler)

    return register


def _joined(run: Interpreter, sources: list[Value]) -> Items:
    parts = [s.iterate(run) for s in sources]
    if all(p.exact for p in parts):
        values = [v for p in parts for v in p.values]
        return Items(values, True, "sequence", len(values))
    main = next(p for p in parts if not p.exact)
    values = [v for p in parts for v in p.values]
    return Items(values, False, main.over, None, main.target, main.fresh)


class ChainFunction(Native):
    """itertools.chain, whose `from_iterable` takes the iterables from one."""

    __slots__ = ()

    def get_attr(self, run: Interpreter, name: str) -> Value:
        return (
            Native("itertools.chain.from_iterable", _from_iterable)
            if name == "from_iterable"
            else Unknown(name)
        )


def _chain(run: Interpreter, args: Args) -> Value:
    def compute(r: Interpreter) -> Items:
        found = _joined(r, args.positional)
        found.exact = found.exact and not args.open
        return found

    return IterableValue("chain", compute)


def _from_iterable(run: Interpreter, args: Args) -> Value:
    source = args.positional[0] if args.positional else Unknown("chain()")

    def compute(r: Interpreter) -> Items:
        outer = source.iterate(r)
        values = outer.values or [sample(outer, 0)]
        found = _joined(r, values if outer.values or not outer.exact else [])
        found.exact = found.exact and outer.exact
        return found

    return IterableValue("chain", compute)


LIBRARY.entries["itertools.chain"] = ChainFunction("itertools.chain", _chain)


def _rows(run: Interpreter, args: Args, combine: Callable[[list[list[Value]]], list[Value]]) -> Items:
    parts = [v.iterate(run) for v in args.positional]
    size = 1
    for part in parts:
        size *= max(len(part.values), 1)
    if not all(p.exact for p in parts) or size > MOST_COMBINATIONS or args.open:
        row = [sample(p, 0) for p in parts]
        return Items([TupleValue(row, open=args.open)] if row else [Unknown("a row")], False, "unknown")
    rows = combine([p.values for p in parts])
    return Items(rows, True, "sequence", len(rows))


@_lazy("product")
def _product(run: Interpreter, args: Args) -> Items:
    if "repeat" in args.keywords:
        return Items([Unknown("a row of product()")], False, "unknown")
    return _rows(run, args, lambda parts: [TupleValue(row) for row in itertools.product(*parts)])


@_lazy("zip_longest")
def _zip_longest(run: Interpreter, args: Args) -> Items:
    fill = args.keywords.get("fillvalue", _NONE)
    return _rows(
        run, args, lambda parts: [TupleValue(r) for r in itertools.zip_longest(*parts, fillvalue=fill)]
    )


def _choose(
    name: str, function: Callable[[list[Value], int], itertools.combinations[tuple[Value, ...]]]
) -> None:
    def compute(run: Interpreter, args: Args) -> Items:
        count = (
            args.positional[1].value
            if len(args.positional) > 1 and isinstance(args.positional[1], Const)
            else None
        )
        items = args.positional[0].iterate(run) if args.positional else None
        if (
            items is None
            or not items.exact
            or not isinstance(count, int)
            or len(items.values) > 12
            or count < 0
        ):
            return Items([Unknown(f"a row of {name}()")], False, "unknown")
        rows: list[Value] = [
            TupleValue(r) for r in itertools.islice(function(items.values, count), MOST_COMBINATIONS)
        ]
        return Items(rows, len(rows) < MOST_COMBINATIONS, "sequence", None)

    _lazy(name)(compute)


_choose("combinations", itertools.combinations)


@_lazy("pairwise")
def _pairwise(run: Interpreter, args: Args) -> Items:
    items = args.positional[0].iterate(run) if args.positional else Items([], True)
    if not items.exact:
        return Items([Unknown("a pair")], False, items.over)
    pairs: list[Value] = [TupleValue(p) for p in itertools.pairwise(items.values)]
    return Items(pairs, True, "sequence", len(pairs))


@_lazy("repeat")
def _repeat(run: Interpreter, args: Args) -> Items:
    bound = args.bind("object", "times")
    value, times = bound.get("object", _NONE), bound.get("times")
    if isinstance(times, Const) and isinstance(times.value, int) and times.value <= MOST_COMBINATIONS:
        return Items([value] * times.value, True, "sequence", max(times.value, 0))
    return Items([value], False, "while")


@_lazy("count")
def _count(run: Interpreter, args: Args) -> Items:
    start = args.positional[0] if args.positional else Const(0)
    return Items([start, Unknown("a count")], False, "while")


@_lazy("cycle")
def _cycle(run: Interpreter, args: Args) -> Items:
    items = args.positional[0].iterate(run) if args.positional else Items([], True)
    return Items(items.values, False, items.over, None, items.target, items.fresh)


@LIBRARY.function("itertools.islice")
def _islice(run: Interpreter, args: Args) -> Value:
    if len(args.positional) == 2 and isinstance(args.positional[0], IteratorValue):
        return NextOnes("islice", lambda r: _slice(r, args), args.positional[1])
    return IterableValue("islice", lambda r: _slice(r, args))


def _slice(run: Interpreter, args: Args) -> Items:
    if not args.positional:
        return Items([Unknown("an element")], False, "unknown")
    source, *bounds = args.positional
    items = source.iterate(run)
    known = [
        b.value for b in bounds if isinstance(b, Const) and (b.value is None or isinstance(b.value, int))
    ]
    if len(known) == len(bounds) and known and not any(k is not None and k < 0 for k in known):
        if items.exact:
            values = list(itertools.islice(items.values, *known))
            return Items(values, True, items.over, len(values), items.target)
        limit = known[0] if len(known) == 1 else known[1]
        return Items(items.values, False, items.over, limit or items.length, items.target, items.fresh)
    return Items(items.values, False, items.over, None, items.target, items.fresh)


@_lazy("accumulate")
def _accumulate(run: Interpreter, args: Args) -> Items:
    bound = args.bind("iterable", "func", "initial=")
    items = bound.get("iterable", _NONE).iterate(run)
    if not items.exact:
        return Items([Unknown("a running total")], False, items.over, items.length)
    values = [bound["initial"]] if "initial" in bound else []
    for value in items.values:
        if not values:
            values.append(value)
        elif "func" in bound:
            values.append(run.call(bound["func"], Args([values[-1], value])))
        else:
            values.append(run.operate("+", values[-1], value))
    return Items(values, True, items.over, len(values))


@_lazy("starmap")
def _starmap(run: Interpreter, args: Args) -> Items:
    if len(args.positional) != 2:
        return Items([Unknown("an element")], False, "unknown")
    function, source = args.positional

    def apply(number: int, row: Value) -> Value:
        items = row.iterate(run)
        return run.call(function, Args(items.values if items.exact else [], {}, not items.exact))

    return mapped(source.iterate(run), apply)


@LIBRARY.function("itertools.tee")
def _tee(run: Interpreter, args: Args) -> Value:
    return TupleValue([args.positional[0]] * 2) if args.positional else ListValue((), open=True)
