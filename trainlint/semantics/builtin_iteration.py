"""Built-in functions that iterate. What they make of a data loader still counts as drawing from that loader."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from trainlint.facts.events import EventKind
from trainlint.semantics.amounts import Whole
from trainlint.semantics.joins import optional
from trainlint.semantics.list_methods import sort_values
from trainlint.semantics.objects import Instance
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import ListValue, TupleValue, UnionValue, listed, may_be_missing, present
from trainlint.semantics.values import Args, Const, Items, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LONGEST_RANGE = 64
"""Numbers of a `range` that are listed one by one."""
_NONE = Const(None)


class IterableValue(Value):
    """Something whose elements are worked out when it is iterated (`enumerate`, `zip`, `map`, ...)."""

    __slots__ = ("compute", "name")

    def __init__(self, name: str, compute: Callable[[Interpreter], Items]) -> None:
        super().__init__()
        self.name = name
        self.compute = compute

    def describe(self) -> str:
        return self.name

    def iterate(self, run: Interpreter) -> Items:
        return self.compute(run)

    def truth(self, run: Interpreter) -> bool | None:
        return True

    def types(self) -> tuple[str, ...] | None:
        return (self.name, "object")


class NextOnes(IterableValue):
    """The next elements of an iterator, so many at most: `islice(iterator, size)`."""

    __slots__ = ("size",)

    def __init__(self, name: str, compute: Callable[[Interpreter], Items], size: Value) -> None:
        super().__init__(name, compute)
        self.size = size


class RangeValue(Value):
    """`range(...)`: the numbers if all bounds are known. An index of a longer range is 0, then not known."""

    __slots__ = ("count", "numbers", "start", "step")

    def __init__(self, numbers: range | None, start: Value, step: Value | None = None,
                 count: Value | None = None) -> None:  # fmt: skip
        super().__init__()
        self.numbers, self.start, self.step, self.count = numbers, start, step, count

    def describe(self) -> str:
        return "range"

    def length(self, run: Interpreter) -> int | None:
        if self.numbers is None or abs(self.numbers.stop - self.numbers.start) > 10**15:
            return None
        return len(self.numbers)

    def truth(self, run: Interpreter) -> bool | None:
        return bool(self.numbers) if self.numbers is not None else None

    def iterate(self, run: Interpreter) -> Items:
        n = self.length(run)
        if self.numbers is not None and n is not None and n <= LONGEST_RANGE:
            return Items(
                [Const(i) for i in self.numbers],
                exact=True,
                over="range",
                length=n,
                step=self.step,
                count=self.count,
            )
        begin = self.start.value if isinstance(self.start, Const) and self.step is None else None
        later = Whole("an index of a range", least=begin if type(begin) is int else None)
        return Items([self.start, later], False, "range", n, step=self.step, count=self.count)

    def get_item(self, run: Interpreter, key: Value) -> Value:
        if self.numbers is not None and isinstance(key, Const) and isinstance(key.value, int):
            n = self.length(run)
            if n is not None and -n <= key.value < n:
                return Const(self.numbers[key.value])
        return Whole("an index of a range")

    def binary(self, run: Interpreter, op: str, other: Value, reflected: bool) -> Value | None:
        if op == "in" and self.numbers is not None and isinstance(other, Const):
            return Const(isinstance(other.value, int) and other.value in self.numbers)
        return None

    def types(self) -> tuple[str, ...] | None:
        return ("range", "object")


class IteratorValue(Value):
    """`iter(x)`. `cells["position"]`: how many elements were taken."""

    __slots__ = ("cells", "source")

    def __init__(self, source: Value) -> None:
        super().__init__()
        self.source = source
        self.cells: dict[str, Any] = {"position": 0}

    def describe(self) -> str:
        return f"iterator of {self.source.describe()}"

    def iterate(self, run: Interpreter) -> Items:
        items = self.source.iterate(run)
        if not items.exact:
            return items
        rest = items.values[self.cells["position"] or 0 :]
        return Items(rest, True, items.over, len(rest), items.target)

    def get_attr(self, run: Interpreter, name: str) -> Value:
        """`it.__next__()`, and `it.next()` of Python 2, which iterators over loaders kept."""
        if name in ("__next__", "next"):
            return Native(f"iterator.{name}", lambda r, args: make_next(r, Args([self])))
        return (
            Native("iterator.__iter__", lambda r, args: self)
            if name == "__iter__"
            else super().get_attr(run, name)
        )

    def take(self, run: Interpreter) -> Value | None:
        """The next element; None at the end."""
        items = self.source.iterate(run)
        _drawn(run, items)
        position: int | None = self.cells["position"]
        if not items.exact or position is None:
            return sample(items, 0)
        if position >= len(items.values):
            return None
        run.write(self.cells, "position", position + 1)
        return items.values[position]


def _drawn(run: Interpreter, items: Items) -> None:
    """An element was taken: from a loader, and by a generator that passes it on, perhaps."""
    if items.target is not None:
        run.event(EventKind.DRAW, items.target)
        run.frame.yields_target = run.frame.yields_target or items.target


def sample(items: Items, number: int) -> Value:
    """The element of a pass, or one that stands for it."""
    if items.exact and items.values:
        return items.values[min(number, len(items.values) - 1)]
    if items.fresh is not None and (number or not items.values):
        return items.fresh()
    return items.values[min(number, len(items.values) - 1)] if items.values else Unknown("an element")


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
    return RangeValue(None, start, given[2] if len(given) == 3 and not args.open else None)


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
    items = argument(args, "sorted()").iterate(run)
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
    _drawn(run, items)
    return default if items.exact and not items.values else sample(items, 0)


FUNCTIONS: dict[str, Callable[[Interpreter, Args], Value]] = {
    "range": make_range, "xrange": make_range, "enumerate": make_enumerate, "zip": make_zip, "map": make_map, "filter": make_filter,
    "sorted": make_sorted, "reversed": make_reversed, "iter": make_iter, "next": make_next,
    "aiter": make_iter, "anext": make_next,
}  # fmt: skip
