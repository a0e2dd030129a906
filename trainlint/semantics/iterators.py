"""Values that are gone through one element after the other: ranges, iterators, and what works its elements out then."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from trainlint.facts.events import EventKind
from trainlint.semantics.amounts import Whole
from trainlint.semantics.outside import Native
from trainlint.semantics.values import Args, Const, Items, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LONGEST_RANGE = 64
"""Numbers of a `range` that are listed one by one."""


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
        from trainlint.semantics.builtin_iteration import make_next

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
        drawn(run, items)
        position: int | None = self.cells["position"]
        if not items.exact or position is None:
            return sample(items, 0)
        if position >= len(items.values):
            return None
        run.write(self.cells, "position", position + 1)
        return items.values[position]


def drawn(run: Interpreter, items: Items) -> None:
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
