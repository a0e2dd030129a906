"""What is understood of a program must be so when Python runs it, whatever the unknown parts turn out to be."""

from __future__ import annotations

import random
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from tests.evaluation import evaluate
from tests.semantics.random_programs import Writer
from trainlint.semantics.objects import Instance
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue, UnionValue, may_be_missing
from trainlint.semantics.values import Const, Unknown, Value

SHOWN = ("a", "b", "c", "d", "xs", "ys", "t", "u", "s", "w", "p", "q")
PROGRAMS = 240
RUNS = 3


class TooLongError(Exception):
    pass


def unseen(seed: int) -> types.ModuleType:
    """A module of which the interpreter knows nothing."""
    drawn = random.Random(seed)
    module = types.ModuleType("unseen")
    module.flag = lambda i: drawn.random() < 0.5  # type: ignore[attr-defined]
    module.items = lambda i: [drawn.randint(-3, 9) for _ in range(drawn.randint(1, 3))]  # type: ignore[attr-defined]
    module.context = nullcontext  # type: ignore[attr-defined]
    return module


@contextmanager
def limited(lines: int) -> Iterator[None]:
    """Python may run so many lines."""

    left = lines

    def trace(*_: object) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            raise TooLongError
        return trace

    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(None)


def execute(text: str, seed: int) -> dict[str, Any] | None:
    """The names that the program leaves behind; None where it ends by an exception."""
    names: dict[str, Any] = {"__name__": "__main__"}
    with mock.patch.dict("sys.modules", {"unseen": unseen(seed)}):
        try:
            with limited(20_000):
                exec(compile(text, "program", "exec"), names)
        except Exception:
            return None
    return names


def holds(known: Value, actual: Any) -> bool:
    """Whether an abstract value stands for a real one."""
    if isinstance(known, Unknown):
        return True
    if isinstance(known, UnionValue):
        return any(holds(v, actual) for v in known.alternatives)
    if isinstance(known, Const):
        return type(known.value) is type(actual) and known.value == actual
    if isinstance(known, ListValue | TupleValue):
        if not isinstance(actual, list if isinstance(known, ListValue) else tuple):
            return False
        if known.open or any(map(may_be_missing, known.elements)):
            return True
        return len(known.elements) == len(actual) and all(map(holds, known.elements, actual))
    if isinstance(known, DictValue):
        keys = {k.value: v for k, v in known.cells.values() if isinstance(k, Const)}
        missing = set(actual) - set(keys)
        return (known.open or not missing) and all(holds(keys[k], actual[k]) for k in keys if k in actual)
    if isinstance(known, Instance):
        same = known.cls.describe() == type(actual).__name__
        return same and all(holds(v, getattr(actual, k)) for k, v in known.attrs.items())
    raise AssertionError(f"unexpected {type(known).__name__}")


def compare(directory: Path, text: str, runs: int) -> int:
    """How many of the real runs ended; fails where one of them contradicts what was understood."""
    found = None
    ended = 0
    for seed in range(runs):
        names = execute(text, seed)
        if names is None:
            continue
        found = found or evaluate(directory, text)
        ended += 1
        for name in SHOWN:
            known = found.names[name]
            shown = vars(names[name]) if hasattr(names[name], "__dict__") else names[name]
            assert holds(known, names[name]), f"{name} is {shown}, not {found[name]}; run {seed}:\n{text}"
    return ended


@pytest.mark.parametrize("start", range(0, PROGRAMS, 20))
@pytest.mark.parametrize("unknowns", [True, False], ids=["unknowns", "known"])
def test_what_is_known_is_so(tmp_path: Path, start: int, unknowns: bool) -> None:
    ended = 0
    for seed in range(start, start + 20):
        text = Writer(seed, unknowns).program()
        ended += compare(tmp_path.resolve(), text, RUNS if unknowns else 1)
    assert ended >= 10
