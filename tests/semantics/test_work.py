"""What evaluations cost, counted in steps and comparisons, so that no clock decides."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from tests.evaluation import UNKNOWN, evaluate
from trainlint.engine import check_paths
from trainlint.facts.program import Program
from trainlint.libraries import all_libraries
from trainlint.semantics import running, sameness
from trainlint.semantics.budget import (
    MAX_STEPS_ALONE,
    MAX_STEPS_LOOP,
    MAX_STEPS_RECURSION,
    MAX_STEPS_WHILE,
)
from trainlint.semantics.programs import evaluate_file
from trainlint.semantics.project import Project
from trainlint.semantics.sequences import UnionValue
from trainlint.semantics.sources import Sources
from trainlint.semantics.values import Const
from trainlint.source.files import SourceReader


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


def test_a_while_loop_whose_end_is_no_longer_known_runs_once_more(tmp_path: Path) -> None:
    text = """
    import sys
    import torch
    from unseen import wrap

    class Wrapper:
        def __init__(self, inner):
            self.inner = inner

    part, depth, layers = Wrapper(Wrapper(wrap(sys.argv))), 0, []
    while hasattr(part, "inner"):
        part = part.inner
        depth += 1
        layers.append(depth)
    optimizer = torch.optim.SGD([torch.zeros(3, requires_grad=True)], lr=0.3)
    """
    found = evaluate(tmp_path, text)
    assert found.steps < 150
    assert (found["part"], found["depth"]) == (UNKNOWN, UNKNOWN)
    assert found["layers"][:2] == [1, 2] and found.names["layers"].open  # type: ignore[attr-defined]
    assert [o.lr.value for o in found.program.optimizers] == [0.3]


def test_objects_that_start_others_of_their_kind_in_several_ways_end(tmp_path: Path) -> None:
    kinds = ["Worker", "Server", "Client", "Proxy"]
    classes = "\n".join(
        f"""
    class {kind}:
        def __init__(self, jobs, mode):
            self.net = nn.Linear(4, 4)
            self.table = [(a, b) for a in range(12) for b in range(12)]
            for job in jobs:
                start(jobs, mode)
                start(jobs, mode + job)
        """
        for kind in kinds
    )
    text = f"""
    import sys
    import torch
    from torch import nn
    {classes}
    def start(jobs, mode):
        if mode == sys.argv[1]:
            return Worker(jobs, mode)
        if mode == sys.argv[2]:
            return Server(jobs, mode)
        return Client(jobs, mode) if mode == sys.argv[3] else Proxy(jobs, mode)

    started = start([sys.argv[4], sys.argv[5]], sys.argv[6])
    optimizer = torch.optim.SGD([torch.zeros(3, requires_grad=True)], lr=0.3)
    """
    found = evaluate(tmp_path, text)
    assert found.steps < 4 * MAX_STEPS_RECURSION
    assert found.program.complete
    assert [o.lr.value for o in found.program.optimizers] == [0.3]


def test_a_network_is_walked_to_its_end_by_a_function_that_calls_itself(tmp_path: Path) -> None:
    text = """
    from torch import nn

    def freeze(part, depth):
        for name, child in part.named_children():
            steps = [k * depth for k in range(4)]
            freeze(child, depth + 1)
        for parameter in part.parameters(recurse=False):
            parameter.requires_grad = False

    net = nn.Sequential(*[nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 4)) for _ in range(50)])
    freeze(net, 0)
    trained = [p.requires_grad for p in net.parameters()]
    """
    found = evaluate(tmp_path, text)
    assert found["trained"] == [False] * 200


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


def evaluate_all(directory: Path, files: dict[str, str]) -> list[Program]:
    """Check a folder of these files; its programs, in the order in which they were evaluated."""
    for name, text in files.items():
        (directory / name).write_text(dedent(text).lstrip("\n"))
    result = check_paths(["."], directory)
    assert not result.failures, result.failures[0]
    return result.programs


BASE = """
    from torch import nn


    class Base(nn.Module):
        def describe(self):
            found = []
            for number in range(60):
                for other in range(60):
                    found.append((number, other, number * other))
            return found
    """
CHILD = """
    from base import Base
    from torch import nn


    class {name}(Base):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(4, 1)

        def forward(self, x):
            return self.fc(x)
    """


def test_an_inherited_method_that_only_computes_is_followed_for_one_subclass(tmp_path: Path) -> None:
    children = {f"{name}.py": CHILD.format(name=name.title()) for name in ("first", "second", "third")}
    programs = evaluate_all(tmp_path, {"base.py": BASE, **children})
    cut = [p.entry for p in programs for gap in p.gaps if gap.what.endswith(".describe")]
    assert len(cut) == 1, cut
    assert [p.complete for p in programs] == [True] * len(programs)


def test_a_network_of_many_layers_is_built_to_its_end_when_its_class_is_run_alone(tmp_path: Path) -> None:
    text = """
    from torch import nn


    class Block(nn.Module):
        def __init__(self, width):
            super().__init__()
            for number in range(width):
                width = width + number - number
            self.fc = nn.Linear(width, width)


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.blocks = nn.ModuleList([Block(48) for _ in range(60)])
            self.more = nn.ModuleList([nn.ModuleList([Block(48) for _ in range(60)]) for _ in range(5)])
    """
    (program,) = evaluate_all(tmp_path, {"net.py": text})
    assert program.steps > MAX_STEPS_ALONE
    assert program.complete and not program.gaps


def test_a_program_that_takes_too_long_is_cut_off_and_said_so_and_is_no_fault_of_the_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "MAX_SECONDS", -1.0)  # the clock has run out when it starts
    found = evaluate(tmp_path, "total = 0\n" + "total = total + 1\n" * 20_000)
    assert not found.program.failures
    assert not found.program.complete
    assert ["longer than" in gap.why for gap in found.program.gaps] == [True]


def test_a_program_that_ends_within_an_arm_keeps_the_networks_of_the_other_arms_whole(tmp_path: Path) -> None:
    text = """
        import torch
        from elsewhere import kind
        from torch import nn

        class Net(nn.Module):
            def __init__(self, width):
                super().__init__()
                self.inner = nn.Sequential(nn.Linear(4, width), nn.ReLU())
                self.last = nn.Linear(width, 1)

        if kind == "small":
            net = Net(8)
        else:
            net = Net(64)
            for first in range(60):
                nn.Identity()
                for second in range(60):
                    for third in range(60):
                        width = first * second - third
        """
    (tmp_path / "train.py").write_text(dedent(text))
    sources = Sources(SourceReader([tmp_path], tmp_path))
    source = sources.get(tmp_path / "train.py")
    program = evaluate_file(Project(sources, source.path), source, all_libraries()).program
    assert not program.complete
    networks = [module for module in program.roots if module.children]
    assert [module.qualname for module in networks] == ["Net", "Net"]
    assert all(list(module.children) == ["inner", "last"] for module in networks)


def test_networks_that_nothing_calls_are_tried_though_functions_run_alone_took_a_lot(tmp_path: Path) -> None:
    body = "    x = nn.functional.relu(net(x)) + net(x * 2)\n" * 300
    heavy = "\n".join(f"def prepare_{number}(x):\n    net = nn.Linear(2, 2)\n{body}" for number in range(20))
    layers = """
    from torch import nn

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Linear(4, 8)
            self.norm = nn.BatchNorm1d(8)

        def forward(self, x):
            return self.norm(self.first(x))
    """
    (tmp_path / "layers.py").write_text(dedent(layers))
    text = f"from layers import Net\nfrom torch import nn\n\n\ndef build():\n    return Net()\n\n\n{heavy}"
    (tmp_path / "networks.py").write_text(text)
    sources = Sources(SourceReader([tmp_path], tmp_path))
    source = sources.get(tmp_path / "networks.py")
    program = evaluate_file(Project(sources, source.path), source, all_libraries()).program
    assert any("more steps" in gap.why for gap in program.gaps), "the file is meant to be too large"
    built = [module for module in program.roots if module.qualname == "Net"]
    assert built and any(program.calls_of(module) for module in built)
