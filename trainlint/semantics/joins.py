"""Joining the values that two branches leave behind."""

from __future__ import annotations

from operator import is_
from typing import TYPE_CHECKING, Any

from trainlint.facts.graph import Op
from trainlint.semantics.amounts import Real, Usual, Whole, usual_of
from trainlint.semantics.budget import MAX_ALTERNATIVES
from trainlint.semantics.one_of_many import OneOfMany, one_of
from trainlint.semantics.sameness import DEEPEST, distinct, same
from trainlint.semantics.sequences import TupleValue, UnionValue
from trainlint.semantics.store import LACKS, MISSING
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


_PLAIN = (Unknown, Whole, Real, Usual)


def join_state(run: Interpreter, a: Any, b: Any) -> Any:
    """Join two contents of one slot of the state: values, or bookkeeping of libraries."""
    if a is b:
        return a
    if a is MISSING or b is MISSING:
        # A name that only one branch sets is used, later, by code that relies on it being set.
        return b if a is MISSING else a
    if a is LACKS or b is LACKS:
        key, value = b if a is LACKS else a
        return (optional(key), value)
    if isinstance(a, Value) and isinstance(b, Value):
        return join(run, a, b)
    if isinstance(a, tuple) and isinstance(b, tuple):
        return _join_tuples(run, a, b)
    if isinstance(a, bool | None) and isinstance(b, bool | None):
        return a if a == b else None  # a switch that one branch leaves unknown
    if isinstance(a, (list, dict, set)) or isinstance(b, (list, dict, set)):
        return b
    node_a, node_b = a, b
    if hasattr(node_a, "op") and hasattr(node_b, "op") and hasattr(node_a, "inputs"):
        return _join_nodes(run, node_a, node_b)
    return a if a == b else (b if a is None else a)


def _join_tuples(run: Interpreter, a: tuple[Any, ...], b: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(a) == len(b):
        parts = tuple(x if x is y else join_state(run, x, y) for x, y in zip(a, b, strict=True))
        return a if all(map(is_, parts, a)) else parts
    short, long = (a, b) if len(a) < len(b) else (b, a)
    if all(x is y for x, y in zip(short, long, strict=False)):
        # The longer branch appended: those elements may be missing.
        return (*short, *(optional(x) for x in long[len(short) :]))
    if not all(isinstance(x, Value) for x in long) or any(hasattr(x, "attrs") for x in long):
        # Layers: `[pool]` for one element of a table, `[conv, norm, act]` for another. The longer way is looked at.
        return long
    both = zip(short, long, strict=False)
    return (*(join_state(run, x, y) for x, y in both), *(optional(x) for x in long[len(short) :]))


def optional(value: Any) -> Any:
    """A value of a list that may not be there."""
    if isinstance(value, (Tensor, Absent)) or not isinstance(value, Value):
        return value
    if isinstance(value, UnionValue) and any(isinstance(v, Absent) for v in value.alternatives):
        return value
    return UnionValue((*_alternatives(value), Absent()))


class Absent(Unknown):
    """The alternative in which a list's element was never appended; calling it passes the input through."""

    __slots__ = ()
    absent = True

    def __init__(self) -> None:
        super().__init__("an element that a condition may leave out")

    def call(self, run: Interpreter, args: Any) -> Value:
        values = args.values()
        return values[0] if values else Unknown(self.why)


def _alternatives(value: Value) -> tuple[Value, ...]:
    return value.alternatives if isinstance(value, UnionValue) else (value,)


def _usually(a: Value, b: Value) -> Usual | None:
    """The number that both usually are: what one arm divides by the number of processes, and the other leaves as it is."""
    first, second = usual_of(a), usual_of(b)
    if first is None or second is None or first.value != second.value:
        return None
    return a if isinstance(a, Usual) else b if isinstance(b, Usual) else None


def join(run: Interpreter, a: Value, b: Value, depth: int = 0) -> Value:
    """A value that is one of the two: `a` itself where `b` adds nothing, so that joining again is quick."""
    if same(a, b):
        return a
    for value, other in ((a, b), (b, a)):
        if isinstance(value, OneOfMany):
            more = one_of((value, *_alternatives(other))) if value.classes else value
            return value if more.classes == value.classes else more
    if isinstance(a, Usual) or isinstance(b, Usual):
        usually = _usually(a, b)
        if usually is not None:
            return usually
    if type(a) in _PLAIN and type(b) in _PLAIN:
        both = isinstance(a, Real) and isinstance(b, Real)
        return Real(a.describe()) if both else Unknown(a.describe())
    if isinstance(a, Tensor) and isinstance(b, Tensor) and a.parameter is None and b.parameter is None:
        return _join_tensors(run, a, b)
    tuples = isinstance(a, TupleValue) and isinstance(b, TupleValue) and depth <= DEEPEST
    if tuples and len(a.elements) == len(b.elements):  # type: ignore[attr-defined]
        return _join_pairwise(run, a, b, depth)  # type: ignore[arg-type]
    found = distinct((*_alternatives(a), *_alternatives(b)), MAX_ALTERNATIVES)
    if found is None:
        return one_of((*_alternatives(a), *_alternatives(b)))
    if len(found) == 1:
        return found[0]
    if isinstance(a, UnionValue) and len(found) == len(a.alternatives):
        return a
    return UnionValue(found)


def _join_pairwise(run: Interpreter, a: TupleValue, b: TupleValue, depth: int) -> TupleValue:
    pairs = zip(a.elements, b.elements, strict=True)
    return TupleValue([join(run, x, y, depth + 1) for x, y in pairs], a.origin, a.open or b.open)


def _join_nodes(run: Interpreter, a: Any, b: Any) -> Any:
    parts = (part for node in (a, b) for part in (node.inputs if node.op is Op.JOIN else (node,)))
    inputs = {id(part): part for part in parts}.values()  # each once, in their order
    shape = a.shape if a.shape == b.shape else None
    attached = a.attached or b.attached
    return run.node(Op.JOIN, "join", tuple(inputs), shape=shape, attached=attached)


def _join_tensors(run: Interpreter, a: Tensor, b: Tensor) -> Value:
    if a.node is b.node:
        return a
    return Tensor(_join_nodes(run, a.node, b.node), a.flavor)
