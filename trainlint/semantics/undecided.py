"""Truths that hang on which of several things another value is: `sampler is None` where a sampler was made in one arm of a
condition. Not known alone, they are known for each of them, so that what takes both can go through them together."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from trainlint.semantics.objects import Instance
from trainlint.semantics.sequences import UnionValue
from trainlint.semantics.values import Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


class Undecided(Unknown):
    """What `decide` says of `subject`, which is one of several values; None where it cannot tell."""

    __slots__ = ("decide", "subject")

    def __init__(self, why: str, subject: UnionValue, decide: Callable[[Value], bool | None]) -> None:
        super().__init__(why)
        self.subject = subject
        self.decide = decide

    def negated(self) -> Undecided:
        """`not value`"""
        decide = self.decide
        return Undecided(f"not {self.why}", self.subject, lambda value: _inverse(decide(value)))


class Negated(Unknown):
    """`not of`, where nothing is known of that."""

    __slots__ = ("of",)

    def __init__(self, of: Value) -> None:
        super().__init__(f"not {of.describe()}")
        self.of = of


def _inverse(truth: bool | None) -> bool | None:
    return None if truth is None else not truth


def test(run: Interpreter, value: Value) -> Undecided | None:
    """The truth of a value as a condition or behind `not`, where it hangs on which of several values something is."""
    if isinstance(value, Undecided):
        return value
    if isinstance(value, UnionValue) and any(isinstance(each, Instance) for each in value.alternatives):
        return Undecided(
            f"the truth of {value.describe()}", value, lambda alternative: alternative.truth(run)
        )
    return None


def choice(run: Interpreter, condition: Value, arms: dict[int, Value]) -> Undecided | None:
    """`True if condition else False`, or the other way round."""
    chosen = [arm.value if isinstance(arm, Const) else None for arm in (arms.get(0), arms.get(1))]
    found = test(run, condition) if chosen in ([True, False], [False, True]) else None
    return found.negated() if found is not None and chosen[0] is False else found


def given(value: Value, subject: Value, alternative: Value) -> bool | None:
    """The truth of `value` when `subject` is that alternative of it."""
    if isinstance(value, Undecided) and _same(value.subject, subject):
        return value.decide(alternative)
    return value.value if isinstance(value, Const) and isinstance(value.value, bool) else None


def opposite(one: Value, other: Value) -> bool:
    """Whether one is `not` of the other."""
    return any(isinstance(a, Negated) and a.of is b for a, b in ((one, other), (other, one)))


def _same(one: UnionValue, other: Value) -> bool:
    """Whether they are one of the same things: a condition on a name leaves the name with a new choice of what it was."""
    if not isinstance(other, UnionValue) or len(one.alternatives) != len(other.alternatives):
        return False
    return all(any(_is(a, b) for b in other.alternatives) for a in one.alternatives)


def _is(one: Value, other: Value) -> bool:
    none = all(isinstance(v, Const) and v.value is None for v in (one, other))
    return one is other or none
