"""Methods of lists, sets and deques."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from trainlint.semantics.containers import (
    LONGEST_KNOWN,
    ListMethod,
    _combine,
    _find,
    equal,
    note_kept,
    sequence_item,
)
from trainlint.semantics.keys import key_of
from trainlint.semantics.sequences import SHARED, ListValue, TupleValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_NONE = Const(None)
_SORTABLE = (int, float, str)


def replace(run: Interpreter, self: ListValue, elements: Sequence[Value], open: bool | None = None) -> Value:
    """Give the list other elements. Returns None, as the methods do."""
    run.write(self.cells, "elements", tuple(elements[:LONGEST_KNOWN]))
    if len(elements) > LONGEST_KNOWN:
        open = True
    if open is not None and open != self.open:
        run.write(self.cells, "open", open)
    return _NONE


def _append(run: Interpreter, self: ListValue, args: Args) -> Value:
    for value in args.positional[:1]:
        note_kept(run, value, "append")
        replace(run, self, (*self.elements, value))
    return _NONE


def _append_left(run: Interpreter, self: ListValue, args: Args) -> Value:
    for value in args.positional[:1]:
        note_kept(run, value, "append")
        replace(run, self, (value, *self.elements))
    return _NONE


def _extend(run: Interpreter, self: ListValue, args: Args) -> Value:
    for value in args.positional[:1]:
        items = value.iterate(run)
        more = list(items.values)
        if not items.exact:
            more = [*more, *([items.fresh()] if items.fresh and not more else ()), Unknown("more elements")]
        for element in more:
            note_kept(run, element, "append")
        replace(run, self, (*self.elements, *more), self.open or not items.exact)
    return _NONE


def _extend_left(run: Interpreter, self: ListValue, args: Args) -> Value:
    for value in args.positional[:1]:
        items = value.iterate(run)
        replace(run, self, (*reversed(items.values), *self.elements), self.open or not items.exact)
    return _NONE


def _insert(run: Interpreter, self: ListValue, args: Args) -> Value:
    if len(args.positional) < 2:
        return _NONE
    index, value = args.positional[:2]
    elements = self.elements
    if isinstance(index, Const) and isinstance(index.value, int) and not self.open:
        at = slice(None, index.value), slice(index.value, None)
        return replace(run, self, (*elements[at[0]], value, *elements[at[1]]))
    return replace(run, self, (*elements, value), True)


def _pop(run: Interpreter, self: ListValue, args: Args) -> Value:
    if self.kind == "set":
        return sequence_item(self.elements, True, Unknown("any"), ListValue)
    index = args.positional[0] if args.positional else Const(-1)
    return _take(run, self, index)


def _pop_left(run: Interpreter, self: ListValue, args: Args) -> Value:
    return _take(run, self, Const(0))


def _take(run: Interpreter, self: ListValue, index: Value) -> Value:
    found = sequence_item(self.elements, self.open, index, ListValue)
    elements = self.elements
    if isinstance(index, Const) and isinstance(index.value, int) and not self.open:
        if -len(elements) <= index.value < len(elements):
            at = index.value % len(elements)
            replace(run, self, (*elements[:at], *elements[at + 1 :]))
    else:
        replace(run, self, elements, True)
    return found


def _remove(run: Interpreter, self: ListValue, args: Args) -> Value:
    for value in args.positional[:1]:
        answers = [equal(value, e) for e in self.elements]
        at = next((i for i, a in enumerate(answers) if a is not False), None)
        if at is not None:
            certain = answers[at] is True
            elements = self.elements
            replace(
                run,
                self,
                (*elements[:at], *elements[at + 1 :]) if certain else elements,
                self.open or not certain,
            )
    return _NONE


def _clear(run: Interpreter, self: ListValue, args: Args) -> Value:
    return replace(run, self, (), SHARED in self.cells)


def _copy(run: Interpreter, self: ListValue, args: Args) -> Value:
    return ListValue(self.elements, self.origin, self.open, self.kind)


def _reverse(run: Interpreter, self: ListValue, args: Args) -> Value:
    return replace(run, self, tuple(reversed(self.elements)))


def _sort(run: Interpreter, self: ListValue, args: Args) -> Value:
    ordered, certain = sort_values(run, self.elements, args.keywords)
    return replace(run, self, ordered, self.open or not certain)


def sort_values(
    run: Interpreter, elements: Sequence[Value], options: dict[str, Value]
) -> tuple[list[Value], bool]:
    """The elements in order (key and reverse honoured), and whether that order is known."""
    key = options.get("key", _NONE)
    keys = list(elements) if isinstance(key, Const) else [run.call(key, Args([e])) for e in elements]
    backwards = options.get("reverse", Const(False)).truth(run)
    plain = [_plain_key(k) for k in keys]
    if backwards is None or any(p is None for p in plain):
        return _unordered(elements)
    try:
        order = sorted(range(len(plain)), key=plain.__getitem__, reverse=backwards)
    except TypeError:  # numbers and texts together
        return _unordered(elements)
    return [elements[i] for i in order], True


def _plain_key(key: Value) -> Any:
    """What is compared: a number, a text, or a sequence of those; None if it is not known."""
    if isinstance(key, Const) and isinstance(key.value, _SORTABLE):
        return key.value
    if (
        isinstance(key, TupleValue | ListValue)
        and not key.open
        and getattr(key, "kind", "list") in ("list", "tuple")
    ):
        parts = [_plain_key(part) for part in key.elements]
        return None if any(part is None for part in parts) else tuple(parts)
    return None


def _unordered(elements: Sequence[Value]) -> tuple[list[Value], bool]:
    if len(elements) < 2:
        return list(elements), True
    return [Unknown("an order that is not known"), *elements], False


def _rotate(run: Interpreter, self: ListValue, args: Args) -> Value:
    steps = args.positional[0] if args.positional else Const(1)
    if isinstance(steps, Const) and isinstance(steps.value, int) and self.elements and not self.open:
        at = -steps.value % len(self.elements)
        return replace(run, self, (*self.elements[at:], *self.elements[:at]))
    return replace(run, self, self.elements, True)


def _add(run: Interpreter, self: ListValue, args: Args) -> Value:
    for value in args.positional[:1]:
        key = key_of(value)
        if key is None or key not in {key_of(e) for e in self.elements}:
            replace(run, self, (*self.elements, value))
    return _NONE


def _as_set(run: Interpreter, value: Value) -> ListValue:
    if isinstance(value, ListValue):
        return value
    items = value.iterate(run)
    return ListValue(items.values, open=not items.exact, kind="set")


def _operation(name: str, in_place: bool) -> ListMethod:
    def method(run: Interpreter, self: ListValue, args: Args) -> Value:
        result = _combine(self, [_as_set(run, v) for v in args.positional], name)
        return replace(run, self, result.elements, result.open) if in_place else result

    return method


def _subset(run: Interpreter, small: ListValue, large: ListValue) -> Value:
    answers = [any(equal(e, o) for o in large.elements) for e in small.elements]
    if small.open or large.open or not all(isinstance(e, Const) for e in (*small.elements, *large.elements)):
        return Unknown("a comparison of sets")
    return Const(all(answers))


METHODS: dict[str, ListMethod] = {
    "append": _append,
    "appendleft": _append_left,
    "extend": _extend,
    "extendleft": _extend_left,
    "insert": _insert,
    "pop": _pop,
    "popleft": _pop_left,
    "remove": _remove,
    "discard": _remove,
    "clear": _clear,
    "copy": _copy,
    "reverse": _reverse,
    "sort": _sort,
    "rotate": _rotate,
    "add": _add,
    "index": lambda run, self, args: _find(self, "index", args),
    "count": lambda run, self, args: _find(self, "count", args),
    "union": _operation("union", False),
    "intersection": _operation("intersection", False),
    "difference": _operation("difference", False),
    "symmetric_difference": _operation("symmetric_difference", False),
    "update": _operation("union", True),
    "intersection_update": _operation("intersection", True),
    "difference_update": _operation("difference", True),
    "issubset": lambda run, self, args: _subset(run, self, _as_set(run, args.positional[0])),
    "issuperset": lambda run, self, args: _subset(run, _as_set(run, args.positional[0]), self),
}
