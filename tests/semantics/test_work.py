"""What evaluations cost, counted in steps and comparisons, so that no clock decides."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.evaluation import evaluate
from trainlint.semantics import sameness
from trainlint.semantics.budget import MAX_STEPS_LOOP, MAX_STEPS_WHILE
from trainlint.semantics.sequences import UnionValue
from trainlint.semantics.values import Const


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by one for each value that is compared with others."""
    count: list[int] = []
    original = sameness._mark

    def mark(value: object) -> object:
        count.append(1)
        return original(value)  # type: ignore[arg-type]

    monkeypatch.setattr(sameness, "_mark", mark)
    return count


def queue(size: int) -> str:
    """A list of dictionaries that a condition takes from in each pass, so that its elements shift in one branch only."""
    return f"""
    import sys

    queue = [{{"number": k}} for k in range({size})]
    taken = 0
    while queue:
        for kind in ("a", "b", "c"):
            if kind in sys.argv:
                queue.pop(0)
            else:
                queue.append({{"number": 0}})
        taken += 1
    """


def test_joining_lists_whose_elements_have_shifted_compares_each_element_with_few(
    tmp_path: Path, compared: list[int]
) -> None:
    work = []
    for size in (20, 40):
        compared.clear()
        evaluate(tmp_path, queue(size))
        work.append(len(compared))
    assert 0 < work[1] < 2.5 * work[0], work


def test_alternatives_that_add_nothing_leave_the_very_value(tmp_path: Path) -> None:
    found = evaluate(
        tmp_path,
        """
        import sys
        from torch import nn

        first, second = nn.ReLU(), nn.Tanh()
        one = first if "one" in sys.argv else second
        other = second if "other" in sys.argv else one
        """,
    )
    one, other = found.names["one"], found.names["other"]
    assert isinstance(one, UnionValue) and isinstance(other, UnionValue)
    assert {id(v) for v in one.alternatives} == {id(v) for v in other.alternatives}
    assert found.names["first"] in one.alternatives


def test_distinct_values_keep_their_order_and_end_at_the_limit() -> None:
    values = [Const(1), Const(True), Const(1.0), Const(1), Const("a"), Const("a")]
    found = sameness.distinct(values, 4)
    assert found == [values[0], values[1], values[2], values[4]]
    assert sameness.distinct(values, 3) is None


def test_a_while_loop_that_computes_does_not_use_up_the_steps_of_its_program(tmp_path: Path) -> None:
    text = """
    from collections import deque
    import torch

    table = {f"key{k}": k for k in range(60)}
    todo = deque(range(60))
    rows = []
    while todo:
        row = todo.popleft()
        for key, value in table.items():
            rows.append((row, key, value * 2 + row))
    optimizer = torch.optim.SGD([torch.zeros(3, requires_grad=True)], lr=0.3)
    rate = optimizer.param_groups[0]["lr"]
    """
    found = evaluate(tmp_path, text)
    assert found.steps < 3 * MAX_STEPS_WHILE
    assert found.names["rows"].open  # type: ignore[attr-defined]
    assert found["row"] == "<unknown>"
    assert [o.lr.value for o in found.program.optimizers] == [0.3]


def test_a_long_known_sequence_is_followed_to_its_end_where_it_builds_layers(tmp_path: Path) -> None:
    text = """
    from torch import nn

    def build(width):
        parts = []
        for part in range(50):
            for other in range(14):
                width = width + part * other - part * other
            parts.append(nn.Linear(width, width))
        return nn.Sequential(*parts)

    nets = [build(width) for width in (8, 16, 32)]
    count = sum(1 for p in nets[2].parameters())
    """
    found = evaluate(tmp_path, text)
    assert found.steps > MAX_STEPS_LOOP
    layers = [m for m in found.program.modules if m.qualname == "torch.nn.Linear"]
    assert [m.options["out_features"].value for m in layers] == [8] * 50 + [16] * 50 + [32] * 50
