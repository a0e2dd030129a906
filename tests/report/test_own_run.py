"""What `trainlint facts` leaves out: what was only run alone, and what a choice that is not known may have made."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from trainlint.cli import main

SCRIPT = """\
import torch
from torch import nn

def unused(net):
    return torch.optim.Adagrad(net.parameters(), lr=0.5)

net = nn.Linear(3, 1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(10):
    loss = net(torch.randn(4, 3)).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
CHOICE = """\
import argparse
import torch
from torch import nn

parser = argparse.ArgumentParser()
parser.add_argument("--optimizer", required=True)
args = parser.parse_args()
table = {"sgd": torch.optim.SGD, "rmsprop": torch.optim.RMSprop}
net = nn.Linear(3, 1)
optimizer = table[args.optimizer](net.parameters(), lr=0.1)
"""


def document(tmp_path: Path, text: str) -> dict[str, Any]:
    (tmp_path / "train.py").write_text(text, encoding="utf-8")
    arguments = ["facts", "--isolated", "--output-format", "json", str(tmp_path / "train.py")]
    (found,) = json.loads(CliRunner().invoke(main, arguments).stdout)
    return dict(found)


def test_a_function_that_the_script_never_calls_adds_nothing(tmp_path: Path) -> None:
    assert [each["name"] for each in document(tmp_path, SCRIPT)["optimizers"]] == ["torch.optim.SGD"]


def test_without_a_run_that_trains_functions_count(tmp_path: Path) -> None:
    found = document(tmp_path, SCRIPT.split("net = nn")[0])["optimizers"]
    assert [(each["name"], each["lr"]) for each in found] == [("torch.optim.Adagrad", 0.5)]


def test_one_of_several_optimizers_has_no_name_but_the_rate_that_all_have(tmp_path: Path) -> None:
    (found,) = document(tmp_path, CHOICE)["optimizers"]
    assert found["name"] is None
    assert found["lr"] == 0.1
    assert [place["line"] for place in found["lr_origin"]] == [10]
