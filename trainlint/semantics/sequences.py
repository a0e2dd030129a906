"""Tuples, lists, dictionaries, and unions of alternatives as abstract values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from trainlint.semantics.store import Cells, Entries
from trainlint.semantics.values import Args, Const, Items, Origin, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter
    from trainlint.semantics.watching import Watcher


def may_be_missing(value: Value) -> bool:
    """Whether a condition may have left this element of a list out."""
    return isinstance(value, UnionValue) and any(getattr(a, "absent", False) for a in value.alternatives)


def listed(values: Sequence[Value], items: Items, origin: Origin = (), kind: str = "list") -> ListValue:
    """A list of what iterating gave: empty, perhaps, where it gave samples of something that is not known at all."""
    made = ListValue(values, origin, not items.exact, kind)
    if items.maybe_empty:
        made.cells["samples"] = len(values)
    return made


def present(value: Value) -> Value:
    """The element as it is where it is there."""
    if not may_be_missing(value):
        return value
    assert isinstance(value, UnionValue)
    kept = [a for a in value.alternatives if not getattr(a, "absent", False)]
    return kept[0] if len(kept) == 1 else UnionValue(kept)


def at_index(elements: Sequence[Value], index: int) -> list[Value]:
    """What may stand at an index from the front (from 0) or the back (from -1), with elements that may be missing."""
    if index < 0:
        return at_index(elements[::-1], -index - 1)
    found: list[Value] = []
    missing = 0
    for position, element in enumerate(elements):
        if position >= index and position - index <= missing:
            found.append(present(element))
        missing += may_be_missing(element)
        if position >= index and missing == 0:
            break
    return found


class TupleValue(Value):
    """A tuple. open: there may be more elements than are known."""

    __slots__ = ("elements", "open")

    def __init__(self, elements: Sequence[Value], origin: Origin = (), open: bool = False) -> None:
        super().__init__(origin)
        self.elements = tuple(elements)
        self.open = open

    def get_attr(self, run: Interpreter, name: str) -> Value:
        from trainlint.semantics.containers import tuple_attribute

        return tuple_attribute(run, self, name)

    def get_item(self, run: Interpreter, key: Value) -> Value:
        from trainlint.semantics.containers import sequence_item

        return sequence_item(self.elements, self.open, key, TupleValue)

    def iterate(self, run: Interpreter) -> Items:
        from trainlint.semantics.windows import window_of

        target = window_of(self.elements)
        return Items(list(self.elements), exact=not self.open, length=self.length(run), target=target)

    def truth(self, run: Interpreter) -> bool | None:
        return True if self.elements else (None if self.open else False)

    def length(self, run: Interpreter) -> int | None:
        return None if self.open else len(self.elements)

    def binary(self, run: Interpreter, op: str, other: Value, reflected: bool) -> Value | None:
        from trainlint.semantics.containers import sequence_binary

        return sequence_binary(run, self, op, other, reflected)

    def types(self) -> tuple[str, ...] | None:
        return ("tuple", "object")


class ListValue(Value):
    """A list (or set, deque: `kind`). It has identity; `cells` holds elements (a tuple) and open (a bool).

    `cells["samples"]`: how many of its first elements stand for any number of them, and for none too: it was made of
    something of which not even one element is known (`sorted(folder.glob("*.pt"))`).
    """

    __slots__ = ("cells", "kind")

    def __init__(
        self, elements: Sequence[Value] = (), origin: Origin = (), open: bool = False, kind: str = "list"
    ) -> None:
        super().__init__(origin)
        self.kind = kind
        self.cells: dict[str, Any] = Cells({"elements": tuple(elements), "open": open})

    @property
    def elements(self) -> tuple[Value, ...]:
        elements: tuple[Value, ...] = self.cells["elements"]
        return elements

    @property
    def open(self) -> bool:
        return bool(self.cells["open"])

    def get_attr(self, run: Interpreter, name: str) -> Value:
        from trainlint.semantics.containers import list_attribute

        return list_attribute(run, self, name)

    def get_item(self, run: Interpreter, key: Value) -> Value:
        from trainlint.semantics.containers import sequence_item

        return sequence_item(self.elements, self.open, key, ListValue)

    def set_item(self, run: Interpreter, key: Value, value: Value) -> None:
        from trainlint.semantics.containers import set_list_item

        set_list_item(run, self, key, value)

    def iterate(self, run: Interpreter) -> Items:
        from trainlint.semantics.several import list_items

        return list_items(run, self)

    def truth(self, run: Interpreter) -> bool | None:
        sure = self.elements[self.cells.get("samples", 0) :]
        if sure:
            return None if all(map(may_be_missing, sure)) else True
        return None if self.open or self.elements else False

    def length(self, run: Interpreter) -> int | None:
        if any(map(may_be_missing, self.elements)):
            return None
        size: int | None = self.cells.get("size") if self.open else len(self.elements)
        return size

    def binary(self, run: Interpreter, op: str, other: Value, reflected: bool) -> Value | None:
        from trainlint.semantics.containers import sequence_binary

        return sequence_binary(run, self, op, other, reflected)

    def types(self) -> tuple[str, ...] | None:
        return (self.kind, "object")


SHARED = "filled by unseen code"
"""Key of a list's cells or a mapping's state: a function that unseen code has fills it (see shared_containers)."""
BY_OTHERS = "by others"


class DictValue(Value):
    """A dictionary. It has identity; `cells` maps key_of(key) to (key value, value), where a key may be missing of which
    a condition decides; `state["open"]`: there may be more keys (`BY_OTHERS`: in a run that somebody else starts; who goes
    through all of them meets none of these). watcher: told what code does with it (configs note which keys are used)."""

    __slots__ = ("cells", "state", "watcher")

    def __init__(self, entries: Mapping[Any, tuple[Value, Value]] | None = None, origin: Origin = (),
                 open: bool = False) -> None:  # fmt: skip
        super().__init__(origin)
        self.cells: dict[Any, tuple[Value, Value]] = Entries(entries or {})
        self.state: dict[str, Any] = {"open": open}
        self.watcher: Watcher | None = None

    @classmethod
    def of(cls, values: Mapping[str, Value], origin: Origin = (), open: bool = False) -> DictValue:
        """A dictionary with text keys."""
        return cls({k: (Const(k), v) for k, v in values.items()}, origin, open)

    @property
    def open(self) -> bool:
        return bool(self.state["open"])

    @property
    def lists_more(self) -> bool:
        """Whether going through it may meet keys that are not known."""
        return self.state["open"] is True

    def as_given(self) -> DictValue:
        """What `**self` and `update(self)` hand on."""
        return self

    def has_attr(self, name: str) -> bool | None:
        """Whether there is an attribute of this name, where the keys are attributes too; None if that is not known."""
        return None

    def strings(self) -> dict[str, Value]:
        """The entries with text keys, for someone who may use each of them."""
        if self.watcher is not None:
            self.watcher.whole()
        return {k: v for k, (_, v) in self.cells.items() if isinstance(k, str)}

    def get_attr(self, run: Interpreter, name: str) -> Value:
        from trainlint.semantics.mappings import dict_attribute

        return dict_attribute(run, self, name)

    def get_item(self, run: Interpreter, key: Value) -> Value:
        from trainlint.semantics.mappings import dict_item

        return dict_item(run, self, key, None)

    def set_item(self, run: Interpreter, key: Value, value: Value) -> None:
        from trainlint.semantics.mappings import set_dict_item

        set_dict_item(run, self, key, value)

    def iterate(self, run: Interpreter) -> Items:
        if self.watcher is not None:
            self.watcher.whole()
        return Items([k for k, _ in self.cells.values()], exact=not self.lists_more, length=self.length(run))

    def truth(self, run: Interpreter) -> bool | None:
        if self.cells:
            return None if all(may_be_missing(k) for k, _ in self.cells.values()) else True
        return None if self.open else False

    def length(self, run: Interpreter) -> int | None:
        return (
            None if self.open or any(may_be_missing(k) for k, _ in self.cells.values()) else len(self.cells)
        )

    def binary(self, run: Interpreter, op: str, other: Value, reflected: bool) -> Value | None:
        from trainlint.semantics.mappings import dict_binary

        return dict_binary(run, self, op, other, reflected)

    def types(self) -> tuple[str, ...] | None:
        return ("dict", "object")


class UnionValue(Value):
    """One of a few alternatives: a condition that is not known decides."""

    __slots__ = ("alternatives",)

    def __init__(self, alternatives: Sequence[Value]) -> None:
        super().__init__()
        self.alternatives = tuple(alternatives)

    def describe(self) -> str:
        return " or ".join(a.describe() for a in self.alternatives[:3])

    def get_attr(self, run: Interpreter, name: str) -> Value:
        return run.each(self, lambda v: v.get_attr(run, name))

    def set_attr(self, run: Interpreter, name: str, value: Value) -> None:
        def assign(target: Value) -> Value:
            target.set_attr(run, name, value)
            return Const(None)

        run.each(self, assign)

    def call(self, run: Interpreter, args: Args) -> Value:
        return run.each(self, lambda v: run.call(v, args))

    def get_item(self, run: Interpreter, key: Value) -> Value:
        return run.each(self, lambda v: v.get_item(run, key))

    def set_item(self, run: Interpreter, key: Value, value: Value) -> None:
        def assign(target: Value) -> Value:
            target.set_item(run, key, value)
            return Const(None)

        run.each(self, assign)

    def iterate(self, run: Interpreter) -> Items:
        from trainlint.semantics.several import drawn_from_one, position_by_position

        found = [v.iterate(run) for v in self.alternatives if not _is_none(v)]
        if len(found) == 1:
            return found[0]
        if found and all(i.exact for i in found):
            return position_by_position(run, found)
        if found and all(i.target is not None for i in found):
            return drawn_from_one(run, found)
        return Items([v for items in found for v in items.values[:2]], exact=False, over="unknown")

    def truth(self, run: Interpreter) -> bool | None:
        truths = {v.truth(run) for v in self.alternatives}
        return truths.pop() if len(truths) == 1 else None

    def length(self, run: Interpreter) -> int | None:
        lengths = {v.length(run) for v in self.alternatives}
        return lengths.pop() if len(lengths) == 1 else None

    def binary(self, run: Interpreter, op: str, other: Value, reflected: bool) -> Value | None:
        if reflected:
            return run.each(self, lambda v: run.operate(op, other, v))
        return run.each(self, lambda v: run.operate(op, v, other))

    def unary(self, run: Interpreter, op: str) -> Value:
        return run.each(self, lambda v: v.unary(run, op))

    def enter(self, run: Interpreter) -> Value:
        return run.each(self, lambda v: v.enter(run))

    def leave(self, run: Interpreter) -> None:
        for value in self.alternatives:
            value.leave(run)


def _is_none(value: Value) -> bool:
    return isinstance(value, Const) and value.value is None
