"""Arithmetic on constants: what Python computes, or unknown; never long to compute, never an exception."""

from __future__ import annotations

import operator
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trainlint.model import Location, Place
from trainlint.semantics.scalars import LONGEST_TEXT, WIDEST_INTEGER, const_binary, const_unary, string_item
from trainlint.semantics.values import Const, SliceValue, Unknown

OPERATORS = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "//": operator.floordiv,
    "%": operator.mod, "**": operator.pow, "<<": operator.lshift, ">>": operator.rshift, "&": operator.and_,
    "|": operator.or_, "^": operator.xor, "==": operator.eq, "!=": operator.ne, "<": operator.lt, ">=": operator.ge,
}  # fmt: skip
SMALL = st.one_of(
    st.integers(-40, 40), st.floats(-1e6, 1e6), st.text("ab%", max_size=4), st.booleans(), st.none()
)


@given(st.sampled_from(sorted(OPERATORS)), SMALL, SMALL)
def test_small_operands_give_what_python_gives(op: str, left: Any, right: Any) -> None:
    found = const_binary(op, Const(left), Const(right))
    try:
        expected = OPERATORS[op](left, right)
    except (TypeError, ValueError, ArithmeticError):
        assert isinstance(found, Unknown)
    else:
        assert isinstance(found, Unknown) or found.value == expected or found.value != found.value  # type: ignore[attr-defined]


HUGE = st.one_of(
    st.integers(-(10**400), 10**400), st.floats(), st.text(max_size=3000), st.binary(max_size=3000), st.none()
)


@settings(deadline=None)
@given(st.sampled_from([*sorted(OPERATORS), "in"]), HUGE, HUGE)
def test_huge_operands_stay_within_bounds(op: str, left: Any, right: Any) -> None:
    start = time.perf_counter()
    found = const_binary(op, Const(left), Const(right))
    assert time.perf_counter() - start < 1
    if isinstance(found, Const) and isinstance(found.value, int):
        assert found.value.bit_length() <= WIDEST_INTEGER
    if isinstance(found, Const) and isinstance(found.value, str | bytes):
        assert len(found.value) <= 2 * LONGEST_TEXT


@given(st.sampled_from(["-", "+", "~", "not"]), HUGE)
def test_unary_operators_never_raise(op: str, value: Any) -> None:
    assert isinstance(const_unary(op, Const(value)), Const | Unknown)


def test_the_left_origin_wins_and_the_right_one_fills_in() -> None:
    here, there = (Place(Location("a.py", n)) for n in (1, 2))
    assert const_binary("*", Const(2, (here,)), Const(3, (there,))).origin == (here,)
    assert const_binary("*", Const(2), Const(3, (there,))).origin == (there,)


@pytest.mark.parametrize(
    ("lower", "upper", "step"), [(1, None, None), (None, -1, None), (None, None, -1), (0, 9, 2)]
)
def test_slices_of_text(lower: int | None, upper: int | None, step: int | None) -> None:
    parts = [None if part is None else Const(part) for part in (lower, upper, step)]
    found = string_item(Const("abcdef"), SliceValue(*parts))
    assert isinstance(found, Const)
    assert found.value == "abcdef"[lower:upper:step]
