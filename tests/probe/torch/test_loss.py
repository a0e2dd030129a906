"""`--loss`: a loss of the user's own under plain gradient descent, with what is wrong with those that do not descend."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from trainlint.probe.loss.child import examine
from trainlint.probe.loss.session import probe_loss
from trainlint.probe.loss.target import BadTarget, parse_target
from trainlint.probe.loss.verdict import LossVerdict

pytest.importorskip("torch", reason="torch is not installed")
pytestmark = pytest.mark.torch

LOSSES = """
import torch
import torch.nn.functional as F
from torch import nn

class FocalLoss(nn.Module):
    def __init__(self, gamma=2.0):
        super().__init__()
        self.gamma = gamma
    def forward(self, logits, labels):
        ce = F.cross_entropy(logits, labels, reduction="none")
        return ((1 - torch.exp(-ce)) ** self.gamma * ce).mean()

class Weighted(nn.Module):
    def __init__(self, alpha, num_classes):
        super().__init__()
        self.alpha = alpha
    def forward(self, a, b):
        return self.alpha * F.mse_loss(a, b)

class PerClass(nn.Module):
    def __init__(self, num_classes):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(num_classes))
    def forward(self, a, b):
        return F.cross_entropy(a, b) + 0.01 * (self.weight ** 2).sum()

def summed_squares(p, t):
    return ((p - t) ** 2).sum()

def dice(pred, target):
    p = torch.sigmoid(pred)
    return 1 - (2 * (p * target).sum() + 1) / (p.sum() + target.sum() + 1)

def keras_order(y_true, y_pred):
    return -(y_true * torch.log_softmax(y_pred, 1)).sum(1).mean()

def of_probabilities(p, y):
    return -(y * torch.log(p) + (1 - y) * torch.log(1 - p)).mean()

def reversed_entropy(p, t):
    return -F.cross_entropy(p, t)

def missing_minus(p, t):
    return (t * torch.log_softmax(p, 1)).sum(1).mean()

def hard(p, t):
    return (p.argmax(1) != t).float().mean()

def rounded(p, t):
    return ((p.round() - t) ** 2).mean()

def a_number(p, t):
    return float(((p - t) ** 2).mean())

def unreduced(p, t):
    return (p - t) ** 2

def ignores_the_target(p, t):
    return (p ** 2).mean()

def root_of_zero(p, t):
    return torch.sqrt((p - p).abs()).mean() + ((p - t) ** 2).mean()

def of_three(a, b, c):
    return a.sum() + b.sum() + c.sum()

def raises(p, t):
    raise ValueError("not today")

def smoothness(x):
    return (x[1:] - x[:-1]).abs().mean()
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("losses") / "losses.py"
    path.write_text(LOSSES)
    return path


def verdict(file: Path, name: str) -> LossVerdict:
    return examine(parse_target(f"losses.py:{name}", file.parent))


DESCENDS = {
    "FocalLoss": "class indices",
    "FocalLoss(gamma=5)": "class indices",
    "Weighted(2.0, num_classes=3)": "",
    "PerClass": "class indices",
    "summed_squares": "",
    "dice": "",
    "keras_order": "one-hot",
    "of_probabilities": "",
    "smoothness": "",
}


@pytest.mark.parametrize("name", DESCENDS)
def test_a_sound_loss_descends_and_what_was_assumed_is_said(file: Path, name: str) -> None:
    found = verdict(file, name)
    assert found.descends, found.trial
    assert found.trial is not None
    assert DESCENDS[name] in found.trial.against
    assert found.trial.losses[-1] < found.trial.losses[0]


BROKEN = {
    "reversed_entropy": ("reversed", "its sign"),
    "missing_minus": ("reversed", "its sign"),
    "hard": ("no graph", "argmax"),
    "rounded": ("zero gradient", "zero everywhere"),
    "a_number": ("no graph", "a float, not a tensor"),
    "unreduced": ("not a scalar", "not one number"),
    "ignores_the_target": ("useless", "no better"),
    "root_of_zero": ("not finite", "not finite"),
    "raises": ("raises", "not today"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_loss_is_told_what_is_wrong_with_it(file: Path, name: str) -> None:
    found = verdict(file, name)
    assert not found.descends
    assert found.trial is not None
    word, reason = BROKEN[name]
    assert (found.trial.verdict, reason in found.trial.reason) == (word, True), found.trial


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("Weighted", "Weighted needs alpha: give them, as in --loss 'FILE.py:Weighted(alpha=...)'"),
        ("nothing_here", "is not there; it has FocalLoss"),
        ("of_three", "takes a, b, c"),
        ("FocalLoss(delta=1)", "raises TypeError"),
    ],
)
def test_a_loss_that_cannot_be_called_says_what_it_needs(file: Path, name: str, says: str) -> None:
    found = verdict(file, name)
    assert found.trial is None
    assert says in found.error


@pytest.mark.parametrize(
    "text", ["losses.py", "missing.py:F", "losses.py:", "losses.py:f(x)", "losses.py:1+1", "a-b:F"]
)
def test_what_names_no_loss_is_refused(file: Path, text: str) -> None:
    with pytest.raises(BadTarget):
        parse_target(text, file.parent)


def test_the_user_s_file_runs_isolated_and_leaves_no_trace(tmp_path: Path) -> None:
    (tmp_path / "helpers.py").write_text("from torch.nn.functional import mse_loss\n")
    (tmp_path / "own.py").write_text(
        "import socket\nfrom helpers import mse_loss\nopen('trace.txt', 'w').write('x')\n"
        "try:\n    socket.create_connection(('127.0.0.1', 80), 1)\nexcept PermissionError:\n    alone = True\n"
        "def loss(p, t):\n    assert alone\n    return mse_loss(p, t)\n"
    )
    found = probe_loss(parse_target("own.py:loss", tmp_path), tmp_path, sys.executable)
    assert found.descends, found.error
    assert sorted(path.name for path in tmp_path.iterdir()) == ["helpers.py", "own.py"]


def test_a_file_that_ends_the_process_is_no_failure_of_ours(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text("import os\nos._exit(7)\n")
    found = probe_loss(parse_target("own.py:loss", tmp_path), tmp_path, sys.executable)
    assert found.trial is None
    assert "ended with status 7" in found.error
