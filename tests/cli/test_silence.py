"""`--explain-silence`: what was not known, and which rules it kept silent."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Trainlint

UNKNOWN_RATE = """\
import argparse
import torch
from torch import nn
from engine import fit
from data import loader

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, required=True)
args = parser.parse_args()
net = nn.Sequential(nn.Linear(10, 10), nn.ReLU(), nn.Linear(10, 3))
optimizer = torch.optim.SGD(net.parameters(), lr=args.lr)
for x, y in loader:
    loss = nn.functional.cross_entropy(net(x), y)
    loss.backward()
    fit(net, optimizer)
    optimizer.step()
"""


def test_a_rate_that_is_not_known_names_the_rules_that_asked_for_it(
    tmp_path: Path, trainlint: Trainlint
) -> None:
    (tmp_path / "train.py").write_text(UNKNOWN_RATE, encoding="utf-8")
    result = trainlint("check", "--explain-silence", "train.py")
    assert result.exit_code == 0
    told = [line for line in result.stdout.splitlines() if "lr of torch.optim.SGD" in line]
    assert len(told) == 1
    assert "train.py:11" in told[0]
    assert "--lr" in told[0]
    assert "TL401" in told[0]
    assert "TL001" not in told[0]


def test_what_went_into_unseen_code_names_the_rules_about_absences(
    tmp_path: Path, trainlint: Trainlint
) -> None:
    (tmp_path / "train.py").write_text(UNKNOWN_RATE, encoding="utf-8")
    result = trainlint("check", "--explain-silence", "train.py")
    assert any("not followed" in line and "TL001" in line for line in result.stdout.splitlines())


def test_findings_are_the_same(tmp_path: Path, trainlint: Trainlint) -> None:
    known = UNKNOWN_RATE.replace("required=True", "default=50.0").replace("    fit(net, optimizer)\n", "")
    (tmp_path / "train.py").write_text(known, encoding="utf-8")
    plain = trainlint("check", "--output-format", "json", "train.py")
    told = trainlint("check", "--output-format", "json", "--explain-silence", "train.py")
    assert [finding["code"] for finding in json.loads(plain.stdout)] == ["TL401", "TL001"]
    assert told.stdout == plain.stdout
    assert told.exit_code == plain.exit_code == 1
    assert "lr of torch.optim.SGD" not in told.stderr
    assert "no loader" in told.stderr


def test_only_rules_that_run_are_named(tmp_path: Path, trainlint: Trainlint) -> None:
    (tmp_path / "train.py").write_text(UNKNOWN_RATE, encoding="utf-8")
    result = trainlint("check", "--explain-silence", "--select", "TL402", "train.py")
    assert "TL402" in result.stdout
    assert "TL401" not in result.stdout
