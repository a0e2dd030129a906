"""What a run shows of a finding: confirmed on a program that has the fault, not reproduced on one that has not, and neither where
the run could not have shown it. The findings are made by hand: what static analysis says is tested elsewhere."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from trainlint.model import Evidence, Finding, Level, Location
from trainlint.probe.script.command import parse_command
from trainlint.probe.script.session import Probed, probe_program

pytest.importorskip("torch", reason="torch is not installed")
pytestmark = pytest.mark.torch

BEGIN = """
import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
"""

FAULTY = (
    BEGIN
    + """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(8, 32)  # TL802
        self.norm = nn.BatchNorm1d(32)
        self.second = nn.Linear(32, 32)
        self.unused = nn.Linear(32, 32)  # TL016
        self.drop = nn.Dropout(0.5)
        self.norm2 = nn.BatchNorm1d(32)
        self.head = nn.Linear(32, 4)

    def forward(self, x):
        x = self.drop(torch.sigmoid(self.norm(self.first(x))))  # TL601
        x = torch.sigmoid(self.norm2(self.second(x)))  # TL803
        return self.head(x)

net = Net()
optimizer = torch.optim.SGD(net.parameters(), lr=50.0)  # TL401
x, y = 100 * torch.randn(4, 8), torch.randint(4, (4,))
while True:
    loss = F.cross_entropy(F.softmax(net(x), dim=1), y)  # TL201
    loss.backward()
    optimizer.step()  # TL001
    nn.utils.clip_grad_norm_(net.parameters(), 1.0)  # TL704
    with torch.no_grad():
        net(x)  # TL006
"""
)

HEALTHY = (
    BEGIN
    + """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(8, 32, bias=False)  # TL802
        self.norm = nn.BatchNorm1d(32)
        self.second = nn.Linear(32, 32)
        self.unused = nn.Linear(32, 32)  # TL016
        self.drop = nn.Dropout(0.5)
        self.norm2 = nn.BatchNorm1d(32)
        self.head = nn.Linear(32, 4)

    def forward(self, x):
        x = F.relu(self.norm(self.first(x)))  # TL601
        x = F.relu(self.norm2(self.second(x) + self.unused(x)))  # TL803
        return self.head(self.drop(x))

net = Net()
optimizer = torch.optim.SGD(net.parameters(), lr=0.05)  # TL401
x, y = torch.randn(64, 8), torch.randint(4, (64,))
while True:
    net.train()
    optimizer.zero_grad(set_to_none=False)
    loss = F.cross_entropy(net(x), y)  # TL201
    loss.backward()
    nn.utils.clip_grad_norm_(net.parameters(), 1.0)  # TL704
    optimizer.step()  # TL001
    net.eval()
    with torch.no_grad():
        net(x)  # TL006
"""
)


def findings_of(code: str) -> list[Finding]:
    """A finding at each line that names a rule."""
    return [
        Finding(line.split("# ")[1], "", Level.WARNING, "", Location("train.py", number, end_line=number))
        for number, line in enumerate(code.splitlines(), 1)
        if "# TL" in line
    ]


def probed(directory: Path, code: str, steps: int = 12, findings: list[Finding] | None = None) -> Probed:
    (directory / "train.py").write_text(code)
    found = findings_of(code) if findings is None else findings
    command = parse_command("python train.py", directory, sys.executable)
    return probe_program(command, directory, found, steps=steps, seconds=60)


def verdicts(run: Probed) -> dict[str, Evidence]:
    return {f.code: f.probe for f in run.findings if f.probe is not None}


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Evidence]:
    return verdicts(probed(tmp_path_factory.mktemp("faulty"), FAULTY))


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Evidence]:
    return verdicts(probed(tmp_path_factory.mktemp("healthy"), HEALTHY))


CODES = ("TL001", "TL006", "TL016", "TL201", "TL401", "TL601", "TL704", "TL802")


@pytest.mark.parametrize("code", [*CODES, "TL803"])
def test_a_fault_is_confirmed_with_numbers(faulty: dict[str, Evidence], code: str) -> None:
    assert faulty[code].verdict == "confirmed", faulty[code]
    assert any(letter.isdigit() for letter in faulty[code].detail) or code == "TL201"


@pytest.mark.parametrize("code", CODES)
def test_where_the_fault_is_not_the_finding_is_not_reproduced(
    healthy: dict[str, Evidence], code: str
) -> None:
    assert healthy[code].verdict == "not reproduced", healthy[code]


def test_a_rate_that_an_argument_changed_is_not_reproduced(tmp_path: Path) -> None:
    code = HEALTHY.replace("lr=0.05", "lr=50.0 if torch.__version__ == '' else 0.05")
    assert verdicts(probed(tmp_path, code))["TL401"].detail.startswith("SGD ran at a rate of up to 0.05")


def test_what_the_run_did_not_come_to_is_inconclusive(tmp_path: Path) -> None:
    code = HEALTHY.replace("    net.eval()\n", "    if loss > 1e9:\n      net.eval()\n").replace(
        "    with torch.no_grad():\n        net(x)", "    if loss > 1e9:\n        net(x)"
    )
    evidence = verdicts(probed(tmp_path, code))["TL006"]
    assert evidence.verdict == "inconclusive"
    assert "not executed" in evidence.detail


def test_evaluation_that_is_never_reached_is_inconclusive(tmp_path: Path) -> None:
    code = HEALTHY.replace("    net.eval()\n    with torch.no_grad():\n        net(x)  # TL006\n", "")
    finding = Finding("TL006", "", Level.WARNING, "", Location("train.py", 5, end_line=5))
    evidence = verdicts(probed(tmp_path, code, findings=[finding]))["TL006"]
    assert evidence.verdict == "inconclusive"
    assert "--steps" in evidence.detail


REGRESSION = (
    BEGIN
    + """
net = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 1))
nn.init.constant_(net[0].bias, -3.0)  # TL614
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
criterion = nn.MSELoss()
while True:
    x = torch.randn(32, 8)
    y = SCALE * torch.randn(32, 1)
    optimizer.zero_grad()
    loss = criterion(net(SCALE * x), y)  # TL502
    loss.backward()
    optimizer.step()
"""
)


def test_raw_targets_and_dead_units_are_told_in_numbers(tmp_path: Path) -> None:
    raw = probed(tmp_path, REGRESSION.replace("SCALE", "1.0"))
    found = verdicts(raw)
    assert found["TL614"].verdict == "confirmed"
    assert found["TL614"].flagged is not None and found["TL614"].fixed is not None
    assert found["TL614"].flagged > found["TL614"].fixed + 0.2
    assert found["TL502"].verdict == "not reproduced"
    assert any(symptom.startswith("units that give zero") for symptom in raw.symptoms)
    scaled = verdicts(probed(tmp_path, REGRESSION.replace("SCALE", "500.0")))
    assert scaled["TL502"].verdict == "confirmed"


def test_a_loss_that_is_not_finite_is_told(tmp_path: Path) -> None:
    code = BEGIN + (
        "net = nn.Linear(4, 1)\noptimizer = torch.optim.SGD(net.parameters(), lr=1e6)\nwhile True:\n"
        "    optimizer.zero_grad()\n    loss = (net(torch.randn(8, 4)) ** 2).mean()\n    loss.backward()\n    optimizer.step()\n"
    )
    run = probed(tmp_path, code, steps=30)
    assert any("inf" in symptom or "nan" in symptom for symptom in run.symptoms), run.symptoms
