"""The command line of `--run` counts for the check that comes before it."""

from __future__ import annotations

from pathlib import Path

import pytest

from trainlint.engine import check_paths
from trainlint.settings import Settings

ARGPARSE = """
import argparse
import torch
from torch import nn

parser = argparse.ArgumentParser()
parser.add_argument("data", nargs="?", default="data")
parser.add_argument("--learning-rate", "--lr", type=float, default=0.001)
parser.add_argument("--verbose", action="store_true")
args, rest = parser.parse_known_args()
model = nn.Linear(4, 2)
optimizer = torch.optim.Adam(model.parameters(), lr=args.learning_rate)
for x, y in [(torch.randn(8, 4), torch.randint(0, 2, (8,)))] * 100:
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(x), y).backward()
    optimizer.step()
"""

HYDRA = """
import hydra
import torch
from torch import nn

@hydra.main(config_path="conf", config_name="config")
def main(cfg):
    model = nn.Linear(4, 2)
    optimizer = torch.optim.Adam(model.parameters(), lr=cfg.optim.lr)
    for x, y in [(torch.randn(8, 4), torch.randint(0, 2, (8,)))] * 100:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()

if __name__ == "__main__":
    main()
"""


def found(home: Path, arguments: tuple[str, ...]) -> set[str]:
    """Codes that are found in a script that is run with these words."""
    script = home / "train.py"
    settings = Settings(base=home, arguments={script.resolve(): arguments})
    return {f.code for f in check_paths([script], home, settings).findings}


@pytest.mark.parametrize(
    "words",
    [
        ("--lr", "10"),
        ("--lr=10",),
        ("--learn", "10"),
        ("--unknown", "1e-3", "--lr", "10"),
        ("--verbose", "there", "--lr", "10"),
    ],
)
def test_a_rate_on_the_command_line_counts(tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "train.py").write_text(ARGPARSE)
    assert "TL401" in found(tmp_path, words)


@pytest.mark.parametrize("words", [(), ("--verbose",), ("--lr", "0.002"), ("10",), ("--other", "10")])
def test_what_the_command_line_does_not_change_stays(tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "train.py").write_text(ARGPARSE)
    assert "TL401" not in found(tmp_path, words)


def test_overrides_of_hydra_count(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(HYDRA)
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "config.yaml").write_text("optim:\n  lr: 0.001\n")
    (tmp_path / "conf" / "fast.yaml").write_text("optim:\n  lr: 10.0\n")
    assert "TL401" not in found(tmp_path, ())
    assert "TL401" in found(tmp_path, ("optim.lr=10",))
    assert "TL401" in found(tmp_path, ("--config-name", "fast"))
    assert "TL401" not in found(tmp_path, ("--config-name=fast", "optim.lr=0.001"))
