"""What tuples, lists, sets and deques do: attributes, items and operators."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from trainlint.facts.events import EventKind
from trainlint.semantics.definitions import ClassValue
from trainlint.semantics.joins import join
from trainlint.semantics.keys import key_of
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sameness import distinct, same
from trainlint.semantics.scalars import const_binary, percent_format
from trainlint.semantics.sequences import (
    DictValue,
    ListValue,
    TupleValue,
    UnionValue,
    at_index,
    may_be_missing,
)
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, SliceValue, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LONGEST_KNOWN = 4096
"""Elements of a sequence that are kept apart; longer ones are open, so that `[0] * 10**9` costs nothing."""
SAMPLES = 6
"""Different elements among which an unknown index may choose before the result counts as not known."""

Sequential = TupleValue | ListValue
ListMethod = Callable[["Interpreter", ListValue, Args], Value]


def equal(a: Value, b: Value, seen: dict[tuple[int, int], bool | None] | None = None) -> bool | None:
    """Whether two values are equal; None where that is not known. seen: pairs of sequences that were compared."""
    if isinstance(a, Const) and isinstance(b, Const):
        return bool(a.value == b.value)
    if isinstance(a, Sequential) and isinstance(b, Sequential):
        seen, pair = {} if seen is None else seen, (id(a), id(b))
        if pair not in seen:  # sequences that share parts, or hold themselves, are compared part by part once
            seen[pair] = None
            seen[pair] = _equal_parts(a, b, seen)
        return seen[pair]
    if isinstance(a, (Unknown, UnionValue, Tensor)) or isinstance(b, (Unknown, UnionValue, Tensor)):
        return None
    if same(a, b):
        return True
    if isinstance(a, Instance) and isinstance(b, Instance):
        answers = (library.equals(a, b) for library in a.library_classes())
        return next((answer for answer in answers if answer is not None), None)
    if all(isinstance(value, (LibraryClass, ClassValue)) for value in (a, b)):
        return False
    plain = (Const, TupleValue, ListValue, DictValue)
    if isinstance(a, plain) != isinstance(b, plain) and (_is_none(a) or _is_none(b)):
        return False
    kinds = [next((k for k in plain if isinstance(v, k)), None) for v in (a, b)]
    return False if None not in kinds and kinds[0] is not kinds[1] else None


def _equal_parts(a: Sequential, b: Sequential, seen: dict[tuple[int, int], bool | None]) -> bool | None:
    if a.open or b.open:
        return None
    if a.types() != b.types() or len(a.elements) != len(b.elements):
        return False
    parts = [equal(x, y, seen) for x, y in zip(a.elements, b.elements, strict=True)]
    return False if False in parts else None if None in parts else True


def _is_none(value: Value) -> bool:
    return isinstance(value, Const) and value.value is None


def any_of(elements: Sequence[Value], why: str) -> Value:
    """One of these, where nothing says which."""
    found = distinct(elements, SAMPLES)
    if not found or any(isinstance(e, Unknown) for e in found):
        return Unknown(why)
    return found[0] if len(found) == 1 else UnionValue(found)


# -- items


def sequence_item(
    elements: tuple[Value, ...], open: bool, key: Value, cls: type[TupleValue | ListValue]
) -> Value:
    """`sequence[key]` for integers and slices.

    An unknown index chooses one of the elements. In an open sequence an element counts only up to the
    first one that stands for any number of others.
    """
    if isinstance(key, SliceValue):
        return _slice(elements, open, key, cls)
    if isinstance(key, UnionValue):
        found = [sequence_item(elements, open, k, cls) for k in key.alternatives]
        return any_of(found, "an element at an unknown index")
    if not isinstance(key, Const) or not isinstance(key.value, int):
        if open and elements and _alike(elements):
            return elements[0]
        found = [*elements, Unknown("more elements")] if open else list(elements)
        return any_of(found, "an element at an unknown index")
    index = key.value
    if not open and any(map(may_be_missing, elements)):
        return any_of(at_index(elements, index), "an element after one that may be missing")
    if not open:
        if -len(elements) <= index < len(elements):
            return elements[index]
        return Unknown(f"index {index} lies outside a sequence of {len(elements)}")
    if 0 <= index < len(elements) and not any(isinstance(e, Unknown) for e in elements[: index + 1]):
        return elements[index]
    if elements and _alike(elements):
        return elements[-1] if index < 0 else elements[0]
    return Unknown("an element of a sequence that is not fully known")


def _alike(elements: tuple[Value, ...]) -> bool:
    """Whether the elements are samples of one thing (tensors of a loop, rows of them), so that any will do."""
    if all(isinstance(e, Tensor) for e in elements):
        return True
    rows = [e.elements for e in elements if isinstance(e, Sequential) and e.elements and not e.open]
    return len(rows) == len(elements) and len({len(r) for r in rows}) == 1 and all(map(_alike, rows))


def _slice(
    elements: tuple[Value, ...], open: bool, key: SliceValue, cls: type[TupleValue | ListValue]
) -> Value:
    bounds: list[int | None] = []
    for bound in (key.lower, key.upper, key.step):
        if bound is None or _is_none(bound):
            bounds.append(None)
        elif isinstance(bound, Const) and isinstance(bound.value, int):
            bounds.append(bound.value)
        else:
            return cls(elements, open=True)
    lower, upper, step = bounds
    if step == 0:
        return Unknown("a slice with step 0")
    if not open:
        certain = not any(map(may_be_missing, _outside(elements, lower, upper)))
        return cls(elements[lower:upper:step], open=not certain)
    forward = (step or 1) > 0 and (lower or 0) >= 0
    if forward and upper is not None and 0 <= upper <= len(elements):
        return cls(elements[lower:upper:step])
    return cls(elements[lower:] if forward else elements, open=True)


def _outside(elements: Sequence[Value], lower: int | None, upper: int | None) -> Sequence[Value]:
    """The elements whose presence decides what a slice holds: those that its bounds count."""
    counted: list[Value] = []
    for bound in (lower, upper):
        if bound is not None:
            counted += elements[:bound] if bound >= 0 else elements[bound:]
    return counted


def set_list_item(run: Interpreter, self: ListValue, key: Value, value: Value) -> None:
    """`list[key] = value`; with an unknown index each element may have become the value."""
    elements = self.elements
    if isinstance(key, Const) and isinstance(key.value, int) and -len(elements) <= key.value < len(elements):
        index = key.value % len(elements)
        run.write(self.cells, "elements", (*elements[:index], value, *elements[index + 1 :]))
    elif isinstance(key, SliceValue):
        run.write(self.cells, "elements", (Unknown("a slice that was assigned to"),))
        run.write(self.cells, "open", True)
    else:
        run.write(self.cells, "elements", tuple(join(run, e, value) for e in elements) or (value,))
        if not elements:
            run.write(self.cells, "open", True)


# -- operators


def sequence_binary(
    run: Interpreter, self: Sequential, op: str, other: Value, reflected: bool
) -> Value | None:
    """Operators with a tuple, list, set or deque on one side."""
    if op == "in":
        return _membership(self, other)
    if op in ("==", "!="):
        answer = equal(self, other)
        return None if answer is None else Const(answer == (op == "=="))
    if op == "%" and reflected and isinstance(other, Const) and isinstance(self, TupleValue):
        return percent_format(other, list(self.elements))
    kind = self.kind if isinstance(self, ListValue) else "tuple"
    if kind in ("set", "frozenset") and isinstance(self, ListValue) and isinstance(other, ListValue):
        left, right = (other, self) if reflected else (self, other)
        name = {"|": "union", "&": "intersection", "-": "difference", "^": "symmetric_difference"}.get(op)
        return None if name is None else _combine(left, [right], name)
    if op == "*":
        return _repeat(self, other)
    if op == "+":
        return _concatenate(self, other, reflected)
    if op in ("<", "<=", ">", ">=") and isinstance(other, Sequential):
        return _order(self, op, other, reflected)
    return None


def _order(self: Sequential, op: str, other: Sequential, reflected: bool) -> Value | None:
    left, right = (other, self) if reflected else (self, other)
    if left.open or right.open or not all(isinstance(e, Const) for e in (*left.elements, *right.elements)):
        return Unknown("a comparison of sequences")
    pair = [Const(tuple(e.value for e in v.elements if isinstance(e, Const))) for v in (left, right)]
    return const_binary(op, pair[0], pair[1])


def _make(like: Sequential, elements: Sequence[Value], open: bool) -> Sequential:
    open = open or len(elements) > LONGEST_KNOWN
    elements = elements[:LONGEST_KNOWN]
    if isinstance(like, TupleValue):
        return TupleValue(elements, like.origin, open)
    return ListValue(elements, like.origin, open, like.kind)


def _membership(self: Sequential, item: Value) -> Value:
    answers = [equal(item, e) for e in self.elements]
    if True in answers:
        return Const(True)
    known = not self.open and None not in answers
    return Const(False) if known else Unknown("membership in a sequence")


def _repeat(self: Sequential, count: Value) -> Value | None:
    if isinstance(count, Const) and isinstance(count.value, int):
        n = max(int(count.value), 0)
        if n * len(self.elements) > LONGEST_KNOWN:
            return _make(self, self.elements, True)
        return _make(self, self.elements * n, self.open and n > 0)
    return _make(self, self.elements, True) if isinstance(count, Unknown) else None


def _concatenate(self: Sequential, other: Value, reflected: bool) -> Value | None:
    if isinstance(other, Sequential):
        left, right = (other, self) if reflected else (self, other)
        return _make(left, (*left.elements, *right.elements), left.open or right.open)
    if isinstance(other, Unknown):
        parts = (other, *self.elements) if reflected else (*self.elements, other)
        return _make(self, parts, True)
    return None


# -- attributes


def tuple_attribute(run: Interpreter, self: TupleValue, name: str) -> Value:
    """count and index of a tuple."""
    if name in ("index", "count"):
        return Native(f"tuple.{name}", lambda r, args: _find(self, name, args))
    return Unknown(f"tuple.{name}")


def list_attribute(run: Interpreter, self: ListValue, name: str) -> Value:
    """A method of a list, set or deque."""
    from trainlint.semantics.list_methods import METHODS

    method = METHODS.get(name)
    if method is None:
        return Unknown(f"{self.kind}.{name}")
    return Native(f"{self.kind}.{name}", lambda r, args: method(r, self, args))


def _find(self: Sequential, name: str, args: Args) -> Value:
    if len(args.positional) != 1 or args.open:
        return Unknown(f"{name} with bounds")
    answers = [equal(args.positional[0], e) for e in self.elements]
    if name == "count":
        return Const(answers.count(True)) if None not in answers and not self.open else Unknown("count()")
    first = next((i for i, a in enumerate(answers) if a is not False), None)
    return Const(first) if first is not None and answers[first] else Unknown("index()")


def _combine(first: ListValue, others: Sequence[ListValue], name: str) -> ListValue:
    """The set operation of this name; open where membership is not certain."""
    elements = list(first.elements)
    open = first.open
    for other in others:
        keys = {key_of(e) for e in other.elements}
        mine = {key_of(e) for e in elements}
        uncertain = other.open or None in keys or None in mine
        if name == "union":
            elements += [e for e in other.elements if key_of(e) is None or key_of(e) not in mine]
            open = open or uncertain
        elif name == "intersection":
            elements = elements if uncertain else [e for e in elements if key_of(e) in keys]
            open = open or uncertain
        else:
            rest = [e for e in elements if key_of(e) not in keys or key_of(e) is None]
            added = [e for e in other.elements if key_of(e) not in mine]
            elements = [*rest, *(added if name == "symmetric_difference" else ())]
            open = open or uncertain
    return ListValue(elements, first.origin, open, first.kind)


def note_kept(run: Interpreter, value: Value, how: str) -> None:
    """A tensor that a list keeps, pass after pass, may keep its graph alive."""
    if run.passes and isinstance(value, Tensor) and value.parameter is None:
        node = value.node
        run.event(EventKind.ACCUMULATE, node, name="", attached=node.attached, how=how)
