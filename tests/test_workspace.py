"""Checking a project again after each edit gives what a fresh check gives, and evaluates no more than it must."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import trainlint.run
from trainlint.engine import Result, check_paths
from trainlint.model import Finding
from trainlint.semantics.budget import Interrupted
from trainlint.settings import Settings
from trainlint.workspace import Workspace

SEQUENCES = int(os.environ.get("TRAINLINT_SEQUENCES", "25"))
"""Random sequences of edits; the full measure is 200."""

FILES = {
    "conf/run.yaml": "seed: 1\noptim:\n  lr: 0.01\n  clip: 1.0\nmodel:\n  width: 32\n",
    "nets.py": """\
import torch
from torch import nn

from helpers import scale


class Net(nn.Module):
    def __init__(self, width=32, act=nn.ReLU):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(8, width), act(), nn.Linear(width, width), act())
        self.head = nn.Linear(width, 2)

    def forward(self, x):
        return self.head(self.body(scale(x)))
""",
    "helpers.py": "import torch\n\nRATE = 0.01\n\n\ndef scale(x):\n    return x / 2.0\n\n\ndef seed(value):\n    torch.manual_seed(value)\n",
    "engine.py": """\
import torch
from torch import nn


def train_epoch(model, criterion, optimizer, loader, clip=1.0):
    model.train()
    for x, y in loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimizer.step()


@torch.no_grad()
def evaluate(model, criterion, loader):
    model.eval()
    return [criterion(model(x), y).item() for x, y in loader]
""",
    "train.py": """\
import torch
import yaml
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from engine import evaluate, train_epoch
from helpers import seed
from nets import Net

with open("conf/run.yaml") as file:
    config = yaml.safe_load(file)
seed(config["seed"])
model = Net(config["model"]["width"])
optimizer = torch.optim.Adam(model.parameters(), lr=config["optim"]["lr"])
data = TensorDataset(torch.randn(640, 8), torch.randint(0, 2, (640,)))
loader = DataLoader(data, batch_size=32, shuffle=True)
for epoch in range(10):
    train_epoch(model, nn.CrossEntropyLoss(), optimizer, loader, config["optim"]["clip"])
    print(evaluate(model, nn.CrossEntropyLoss(), loader))
""",
    "other.py": """\
import torch

from helpers import RATE
from nets import Net

model = Net(act=torch.nn.GELU)
optimizer = torch.optim.SGD(model.parameters(), lr=RATE)
for step in range(100):
    loss = model(torch.randn(4, 8)).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
""",
    "notes.ipynb": (
        '{"cells": [{"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": null, '
        '"source": ["import torch\\n", "from nets import Net\\n", "model = Net(64)\\n"]}], '
        '"metadata": {"language_info": {"name": "python"}}, "nbformat": 4, "nbformat_minor": 5}'
    ),
}
LINES = (
    "import torch", "from helpers import RATE, scale", "optimizer.step()", "optimizer.zero_grad()", "loss.backward()",
    "    loss.backward()", "        optimizer.step()", "        pass", "def scale(x):", "    return x", "RATE = 50.0", "  lr: 50.0",
    "  lr: 1e-3", "lr: 1", "x = (", "'''", "# trainlint: ignore", "model = Net(act=torch.nn.Sigmoid)  # trainlint: ignore[TL601]", "if __name__ == '__main__':", "    model.eval()", "",
    "model = torch.nn.Sequential(torch.nn.Linear(8, 8), torch.nn.Sigmoid(), torch.nn.Linear(8, 8), torch.nn.Sigmoid())",
)  # fmt: skip
ORIGINAL = "the original"
BEFORE = "the text of some steps before"


def write(root: Path) -> None:
    for name, text in FILES.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text)


def told(result: Result) -> list[Finding]:
    """What a user would see."""
    return result.findings


def fresh(root: Path, buffers: dict[Path, bytes]) -> Result:
    workspace = Workspace(root, Settings(base=root))
    workspace.buffers.update(buffers)
    return workspace.check()


edits = st.tuples(
    st.sampled_from([name for name in FILES if not name.endswith(".ipynb")] + ["new.py"]),
    st.one_of(
        st.tuples(st.just("insert"), st.integers(0, 25), st.sampled_from(LINES)),
        st.tuples(st.just("replace"), st.integers(0, 25), st.sampled_from(LINES)),
        st.tuples(st.just("delete"), st.integers(0, 25), st.just("")),
        st.tuples(st.just("move"), st.integers(0, 25), st.just("")),
        st.tuples(st.sampled_from([ORIGINAL, BEFORE, "close"]), st.just(0), st.just("")),
    ),
    st.sampled_from(["check", "check", "check", "quick", "interrupt", "none"]),
)


def edited(text: str, kind: str, line: int, new: str) -> str:
    lines = text.split("\n")
    at = min(line, len(lines) - 1)
    if kind == "insert":
        lines.insert(at, new)
    elif kind == "replace":
        lines[at] = new
    elif kind == "delete":
        del lines[at]
    elif kind == "move":
        lines.insert(min(at + 1, len(lines)), lines.pop(at))
    return "\n".join(lines)


@pytest.mark.slow
@given(st.lists(edits, min_size=2, max_size=8))
@settings(max_examples=SEQUENCES, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_sequence_of_edits_ends_as_a_fresh_start_would(
    tmp_path_factory: pytest.TempPathFactory, sequence: list[tuple[str, tuple[str, int, str], str]]
) -> None:
    root = tmp_path_factory.mktemp("project")
    write(root)
    workspace = Workspace(root, Settings(base=root))
    workspace.check()
    texts = {name: [text] for name, text in FILES.items()}
    for name, (kind, line, new), then in sequence:
        history = texts.setdefault(name, [""])
        if kind == "close":
            workspace.close(root / name)
            history.append(FILES.get(name, ""))
        else:
            text = {ORIGINAL: FILES.get(name, ""), BEFORE: history[max(len(history) - 3, 0)]}.get(
                kind, edited(history[-1], kind, line, new)
            )
            history.append(text)
            workspace.open(root / name, text.encode())
        if then == "quick":
            workspace.quick(root / name)
        elif then == "interrupt":
            steps = iter(range(10**9))
            with contextlib.suppress(Interrupted):
                workspace.check(lambda: next(steps) > line)  # noqa: B023
        if then != "none":
            assert told(workspace.check()) == told(fresh(root, workspace.buffers))
    assert told(workspace.check()) == told(fresh(root, workspace.buffers))


@pytest.fixture
def project(tmp_path: Path) -> Workspace:
    write(tmp_path)
    workspace = Workspace(tmp_path, Settings(base=tmp_path))
    workspace.check()
    return workspace


def change(workspace: Workspace, name: str, old: str, new: str) -> Path:
    path = workspace.root / name
    text = workspace.buffers.get(path, FILES[name].encode()).decode()
    assert old in text
    workspace.open(path, text.replace(old, new).encode())
    return path


def evaluated(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The programs that the next check evaluates."""
    found: set[str] = set()
    real = trainlint.run.evaluate_file

    def noted(project, source, *rest):  # type: ignore[no-untyped-def]
        found.add(source.display)
        return real(project, source, *rest)

    monkeypatch.setattr(trainlint.run, "evaluate_file", noted)
    workspace.check()
    return found


def codes(result: Result | None) -> set[tuple[str, str]]:
    assert result is not None
    return {(f.code, str(f.location)) for f in result.findings}


def test_it_finds_what_a_check_of_the_directory_finds(project: Workspace) -> None:
    change(project, "conf/run.yaml", "0.01", "50.0")
    (project.root / "conf" / "run.yaml").write_bytes(project.buffers[project.root / "conf" / "run.yaml"])
    found = told(project.check())
    assert found == check_paths([project.root], project.root, Settings(base=project.root)).findings
    assert "TL401" in {f.code for f in found}


def test_only_programs_that_look_at_a_file_are_evaluated_again(
    project: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(project, "other.py", "range(100)", "range(50)")
    assert evaluated(project, monkeypatch) == {"other.py"}
    change(project, "conf/run.yaml", "width: 32", "width: 64")
    assert evaluated(project, monkeypatch) == {"train.py"}
    change(project, "helpers.py", "2.0", "3.0")
    assert evaluated(project, monkeypatch) >= {"train.py", "other.py", "helpers.py", "nets.py", "notes.ipynb"}
    assert evaluated(project, monkeypatch) == set()


def test_an_edit_that_changes_nothing_evaluates_nothing(project: Workspace) -> None:
    assert not project.open(project.root / "train.py", FILES["train.py"].encode())


def test_an_unsaved_config_is_what_the_script_reads(project: Workspace) -> None:
    change(project, "conf/run.yaml", "0.01", "50.0")
    assert ("TL401", "train.py:14") in codes(project.check())
    project.close(project.root / "conf/run.yaml")
    assert not codes(project.check())


def test_a_new_file_is_found_by_those_that_import_it(project: Workspace) -> None:
    change(project, "other.py", "from helpers import RATE", "from rates import RATE")
    assert not codes(project.check())
    project.open(project.root / "rates.py", b"RATE = 5000.0\n")
    assert "TL401" in {code for code, _ in codes(project.check())}


def test_an_interrupted_check_is_made_good_by_the_next(project: Workspace) -> None:
    change(project, "helpers.py", "RATE = 0.01", "RATE = 5000.0")
    with pytest.raises(Interrupted):
        project.check(lambda: True)
    assert told(project.check()) == told(fresh(project.root, project.buffers))
    assert "TL401" in {f.code for f in project.check().findings}


def test_a_broken_file_keeps_the_findings_of_the_others(project: Workspace) -> None:
    change(project, "conf/run.yaml", "0.01", "50.0")
    change(project, "other.py", "for step in", "for step im")
    found = codes(project.check())
    assert {("TL401", "train.py:14"), ("TL000", "other.py:8")} <= found


class TestQuick:
    @pytest.fixture(autouse=True)
    def impatient(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("trainlint.workspace.QUICK", 0.0)

    def test_one_program_shows_what_an_edit_means(
        self, project: Workspace, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = change(project, "engine.py", "        optimizer.zero_grad()\n", "")
        first = project.quick(path)
        assert codes(first) == {("TL001", "engine.py:9")} == codes(project.check())
        change(
            project,
            "engine.py",
            "        loss.backward()\n",
            "        optimizer.zero_grad()\n        loss.backward()\n",
        )
        assert codes(project.quick(path)) == set() == codes(project.check())

    def test_findings_of_programs_that_wait_move_with_their_lines(self, project: Workspace) -> None:
        change(project, "engine.py", "        optimizer.zero_grad()\n", "")
        project.check()
        path = change(
            project, "engine.py", "from torch import nn\n", "from torch import nn\n\n# three\n# lines\n"
        )
        assert codes(project.quick(path)) == {("TL001", "engine.py:12")} == codes(project.check())

    def test_a_config_is_judged_by_the_scripts_that_read_it(self, project: Workspace) -> None:
        path = change(project, "conf/run.yaml", "0.01", "50.0")
        assert ("TL401", "train.py:14") in codes(project.quick(path)) == codes(project.check())
        change(project, "conf/run.yaml", "seed: 1\n", "seed: 1\n# three\n\n")
        moved = project.quick(path)
        assert moved is not None
        (finding,) = [f for f in moved.findings if f.code == "TL401"]
        assert ("conf/run.yaml", 5) in {(p.location.path, p.location.line) for p in finding.related}
        change(project, "conf/run.yaml", "50.0", "0.01")
        assert codes(project.quick(path)) == set() == codes(project.check())
