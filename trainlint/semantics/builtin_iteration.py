"""Built-in functions that iterate. What they make of a data loader still counts as drawing from that loader."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from trainlint.semantics.amounts import Usual, Whole
from trainlint.semantics.iterators import IterableValue, IteratorValue, RangeValue, drawn, sample
from trainlint.semantics.joins import optional
from trainlint.semantics.list_methods import sort_values
from trainlint.semantics.objects import Instance
from trainlint.semantics.sequences import ListValue, TupleValue, UnionValue, listed, may_be_missing, present
from trainlint.semantics.truths import keeps_files
from trainlint.semantics.values import Args, Const, Items, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_NONE = Const(None)


def argument(args: Args, why: str) -> Value:
    """The first argument."""
    return args.positional[0] if args.positional else Unknown(why)


def make_range(run: Interpreter, args: Args) -> Value:
    """`range(stop)`, `range(start, stop)`, `range(start, stop, step)`"""
    given = args.positional
    start: Value = given[0] if len(given) > 1 else Const(0)
    known = [v.value for v in given if isinstance(v, Const)]
    if not args.open and 1 <= len(given) <= 3 and len(known) == len(given):
        if not all(isinstance(n, int) for n in known) or (len(known) == 3 and known[2] == 0):
            return Unknown("range() of what is no integer")
        step = given[2] if len(given) > 2 else None
        return RangeValue(range(*known), start, step, given[0] if len(given) == 1 else None)
    usual = given[0] if len(given) == 1 and isinstance(given[0], Usual) else None
    return RangeValue(None, start, given[2] if len(given) == 3 and not args.open else None, usual)


def mapped(items: Items, change: Callable[[int, Value], Value]) -> Items:
    """The same passes over changed elements. change gets the number of the pass and the element."""
    passes = iter(range(10**9))

    def fresh() -> Value:
        number = next(passes)
        assert items.fresh is not None
        return change(number, items.fresh())

    def changed(number: int, value: Value) -> Value:
        return optional(change(number, present(value))) if may_be_missing(value) else change(number, value)

    values = [changed(i, v) for i, v in enumerate(items.values)]
    kept = fresh if items.fresh else None
    return Items(values, items.exact, items.over, items.length, items.target, kept, items.step)


def make_enumerate(run: Interpreter, args: Args) -> Value:
    """`enumerate(iterable, start=0)`: the first index is known, and all of a known sequence."""
    bound = args.bind("iterable", "start")
    source, start = bound.get("iterable", Unknown("enumerate()")), bound.get("start", Const(0))

    def compute(r: Interpreter) -> Items:
        items = source.iterate(r)
        first = start.value if isinstance(start, Const) and isinstance(start.value, int) else None

        def pair(number: int, value: Value) -> Value:
            known = first is not None and (items.exact or number == 0)
            known = known and not any(map(may_be_missing, items.values[:number]))
            index = Const((first or 0) + number) if known else Whole("an index of enumerate()", least=first)
            return TupleValue([index, value])

        return mapped(items, pair)

    return IterableValue("enumerate", compute)


def make_zip(run: Interpreter, args: Args) -> Value:
    """`zip(*iterables)`, as long as the shortest one that is known.

    The rows of `zip(*samples)` for a list of unknown length are tuples of unknown length.
    """
    sources = list(args.positional)

    def compute(r: Interpreter) -> Items:
        parts = [s.iterate(r) for s in sources]
        if not parts or (args.open and not all(p.exact for p in parts)):
            return Items([Unknown("an element of zip()")], exact=False, over="unknown")
        parts = [_loose(p) if any(map(may_be_missing, p.values)) else p for p in parts]
        if all(p.exact for p in parts):
            rows = [TupleValue(row, open=args.open) for row in zip(*(p.values for p in parts), strict=False)]
            return Items(list(rows), True, parts[0].over, len(rows), parts[0].target)
        return parallel(parts)

    return IterableValue("zip", compute)


def _loose(items: Items) -> Items:
    """Items some of which may not be there: which one stands at a place is not known."""
    return Items([Unknown("an element that may be left out")], exact=False, over=items.over)


def parallel(parts: Sequence[Items]) -> Items:
    """Passes that draw one element from each; some of the sources are not fully known."""
    passes = iter(range(10**9))
    order = ("loader", "dataset", "unknown", "range", "sequence")
    main = min((p for p in parts if not p.exact), key=lambda p: order.index(p.over) if p.over in order else 9)
    lengths = [p.length for p in parts if p.length is not None]
    length = min(lengths) if len(lengths) == len(parts) else None

    def fresh() -> Value:
        number = next(passes)
        return TupleValue([sample(p, number) for p in parts])

    return Items([], False, main.over, length, main.target, fresh, main.step)


def make_map(run: Interpreter, args: Args) -> Value:
    """`map(function, *iterables)`"""
    if len(args.positional) < 2 or args.open:
        run.escape_args(args, "map")
        return Unknown("map()")
    function, *sources = args.positional
    rows = sources[0] if len(sources) == 1 else make_zip(run, Args(sources))

    def compute(r: Interpreter) -> Items:
        def apply(number: int, value: Value) -> Value:
            several = len(sources) > 1 and isinstance(value, TupleValue)
            given = list(value.elements) if several and isinstance(value, TupleValue) else [value]
            return r.call(function, Args(given))

        return mapped(rows.iterate(r), apply)

    return IterableValue("map", compute)


def make_filter(run: Interpreter, args: Args) -> Value:
    """`filter(function, iterable)`: elements for which the function is known to be false are left out."""
    if len(args.positional) != 2:
        return Unknown("filter()")
    function, source = args.positional

    def compute(r: Interpreter) -> Items:
        items = source.iterate(r)
        none = isinstance(function, Const)
        truths = [(v if none else r.call(function, Args([v]))).truth(r) for v in items.values]
        kept = [v for v, t in zip(items.values, truths, strict=True) if t is not False]
        exact = items.exact and None not in truths
        return Items(kept, exact, items.over, len(kept) if exact else None, items.target, items.fresh)

    return IterableValue("filter", compute)


def make_sorted(run: Interpreter, args: Args) -> Value:
    """`sorted(iterable, key=None, reverse=False)`"""
    source = argument(args, "sorted()")
    items = source.iterate(run)
    ordered, certain = sort_values(run, items.values, args.keywords)
    return listed(ordered, items) if certain else ListValue(ordered, open=True)


def make_reversed(run: Interpreter, args: Args) -> Value:
    """`reversed(sequence)`"""
    source = argument(args, "reversed()")

    def compute(r: Interpreter) -> Items:
        items = source.iterate(r)
        values: list[Value] = items.values[::-1] if items.exact else [Unknown("an element")]
        return Items(values, items.exact, items.over, items.length, items.target, items.fresh)

    return IterableValue("reversed", compute)


def make_iter(run: Interpreter, args: Args) -> Value:
    """`iter(iterable)`: what the object's own `__iter__` gives, where it has one."""
    source = argument(args, "iter()")
    if isinstance(source, Const) and isinstance(source.value, int | float | None):
        run.frame.fails("TypeError", run)
        return Unknown(f"iter() of {source.describe()}")
    own = source.cls if isinstance(source, Instance) else None
    if own is not None and run.class_attribute(own, "__iter__") is not None:
        source = run.call_method(source, "__iter__")
        if isinstance(source, Instance) and run.class_attribute(source.cls, "__next__") is not None:
            return source
    return IteratorValue(source)


def make_next(run: Interpreter, args: Args) -> Value:
    """`next(iterator, default)`"""
    source = argument(args, "next()")
    default = args.positional[1] if len(args.positional) > 1 else Unknown("next() at the end")
    if isinstance(source, UnionValue):
        return run.each(source, lambda v: make_next(run, Args([v, *args.positional[1:]])))
    if isinstance(source, IteratorValue):
        found = source.take(run)
        return found if found is not None else default
    if isinstance(source, ListValue) and source.kind == "generator" and not source.open:
        if not source.elements:
            return default
        run.write(source.cells, "elements", source.elements[1:])
        return source.elements[0] if source.elements else default
    if hasattr(source, "attrs"):
        return run.call_method(source, "__next__")
    items = source.iterate(run)
    drawn(run, items)
    return default if items.exact and not items.values else sample(items, 0)


FUNCTIONS: dict[str, Callable[[Interpreter, Args], Value]] = {
    "range": make_range, "xrange": make_range, "enumerate": make_enumerate, "zip": make_zip, "map": keeps_files(make_map),
    "filter": keeps_files(make_filter), "sorted": keeps_files(make_sorted), "reversed": keeps_files(make_reversed), "iter": make_iter, "next": make_next,
    "aiter": make_iter, "anext": make_next,
}  # fmt: skip
