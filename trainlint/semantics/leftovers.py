"""Conditions on what earlier runs may have left behind: a checkpoint to go on from, a cache, a saved configuration.

Both arms are run, as for any condition that is not known. What stands in a file that a first run does not find must not
hide what the program says itself, though: where the arms meet, what is known in the arm of a first run stays.

The number of devices is a condition of the same kind. Of its arms, that of one device settles everything: what is said of a
training (its batch size, its rate) is said for one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any

from trainlint.facts.graph import Init
from trainlint.semantics.joins import join_state
from trainlint.semantics.mappings import as_dict
from trainlint.semantics.sameness import same
from trainlint.semantics.sequences import TupleValue, UnionValue
from trainlint.semantics.store import LACKS, MISSING
from trainlint.semantics.truths import Leftover, NoneAtFirst, OnOneDevice
from trainlint.semantics.values import Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter
    from trainlint.semantics.store import Changes


@dataclass(frozen=True)
class FirstRun:
    """The arm of a condition that a first run takes. alone: what it makes of things holds, whatever the other makes."""

    arm: int
    own: bool
    alone: bool = False

    def skips(self, arm: int) -> bool:
        """Whether only a run takes this arm that finds what the program itself left behind."""
        return self.own and arm != self.arm


def negated(value: Value) -> Value | None:
    """`not value`, where that is a truth of this kind."""
    if isinstance(value, OnOneDevice):
        return OnOneDevice(not value.first)
    return Leftover(not value.first, value.own) if isinstance(value, Leftover) else None


def decisive(values: list[Value], stop: bool) -> Value | None:
    """What decides `a and b` (stop: False) or `a or b` (True) in a first run, whatever the others are."""
    return next((v for v in values if isinstance(v, Leftover) and v.first is stop), None)


def first_run(test: Value) -> FirstRun | None:
    """The arm of `if test:` that a first run takes; None where it may take either."""
    if isinstance(test, NoneAtFirst):
        return FirstRun(1, own=True)
    if not isinstance(test, Leftover):
        return None
    return FirstRun(0 if test.first else 1, test.own, isinstance(test, OnOneDevice))


def merge(run: Interpreter, arms: list[tuple[int, Changes]], first: FirstRun | None) -> None:
    """Bring in the changes of a condition's arms, by number."""
    if first is None or first.arm not in (number for number, _ in arms):
        run.store.merge([changes for _, changes in arms], run.join_state)
        return
    ordered = sorted(arms, key=lambda arm: arm[0] != first.arm)
    run.store.merge([changes for _, changes in ordered], lambda a, b: _settled(run, a, b, first))


def choose(run: Interpreter, made: dict[int, Value], joined: Value, first: FirstRun | None) -> Value:
    """The value of `a if test else b`, of the values of its arms by number; joined: where no arm is preferred."""
    if first is None or len(made) != 2:
        return joined
    found: Value = _settled(run, made[first.arm], made[1 - first.arm], first)
    return found


def returned(run: Interpreter, results: list[tuple[Value, bool]]) -> Value:
    """What a function returns, of what each of its `return` gives, and whether only a run comes there that finds what the
    program itself left behind."""
    result = reduce(run.join, [value for value, later in results if not later] or [v for v, _ in results])
    if isinstance(result, Const) and result.value is None:
        joined = reduce(run.join, [value for value, _ in results])
        later = any(later for _, later in results)
        return NoneAtFirst(joined.alternatives) if later and isinstance(joined, UnionValue) else joined
    if all(later for _, later in results):
        return result
    for value, later in results:
        if later:
            result = _of_first(run, result, value, own=True)
    return result


def _settled(run: Interpreter, mine: Any, other: Any, first: FirstRun) -> Any:
    return mine if first.alone else _of_first(run, mine, other, first.own)


def _of_first(run: Interpreter, mine: Any, other: Any, own: bool) -> Any:
    if other is LACKS or (mine is LACKS and own):
        return mine
    if own and (isinstance(mine, bool) or _was_added_to(mine, other)):
        return mine
    if isinstance(mine, Value) and not isinstance(mine, Unknown) and isinstance(other, Value):
        if isinstance(mine, Const) and mine.value is None:  # what a first run is still to make
            return mine if own else join_state(run, mine, other)
        if own and as_dict(mine) is not None and as_dict(other) is not None:  # settings that were saved
            return mine
        pairs = _pairs(mine, other)
        if pairs is not None:
            return TupleValue([_of_first(run, a, b, own) for a, b in pairs])
        possible = getattr(other, "alternatives", (other,))
        if all(isinstance(each, Unknown) or same(each, mine) for each in possible):
            return mine
    return join_state(run, mine, other)


def _was_added_to(mine: Any, other: Any) -> bool:
    """Whether `other` holds the elements of the list `mine`, and behind them what a later run finds; or how weights started,
    and what a later run loads into them."""
    if mine is MISSING and isinstance(other, tuple) and all(isinstance(each, Init) for each in other):
        return bool(other)
    if not isinstance(mine, tuple) or not isinstance(other, tuple) or len(other) <= len(mine):
        return False
    alike = all(a is b for a, b in zip(mine, other, strict=False))
    return alike and all(isinstance(element, Value | Init) for element in other)


def _pairs(one: Value, other: Value) -> list[tuple[Value, Value]] | None:
    """The elements of two tuples of so many elements; None for anything else."""
    if not isinstance(one, TupleValue) or not isinstance(other, TupleValue) or one.open or other.open:
        return None
    alike = len(one.elements) == len(other.elements)
    return list(zip(one.elements, other.elements, strict=True)) if alike else None
