"""Measures the commit hook: three changed files (a module, a script, a config) in a repository of 2,000 files.

The repository is made here: packages of networks, data sets and helpers, scripts with a config each, and code and configs
that have nothing to do with training. The hook's command runs as pre-commit runs it, on the names of the changed files.

    python benchmarks/hook.py [--files 2000] [--runs 9] [--limit 0.6]

Prints medians, and ends with status 1 where the hook takes longer than the limit. `cpu` is what an idle core would take.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
from pathlib import Path

import click
from realcode import process

SHARE = {"net": 0.1, "data": 0.05, "script": 0.05, "config": 0.05, "other": 0.6, "settings": 0.15}
"""Kinds of files, and how many of all are of each; other: code without training, settings: configs of other tools."""

NET = """\
import torch
from torch import nn

from lab.common.layers import activation


class Net{n}(nn.Module):
    def __init__(self, features, width=64, depth=4, dropout=0.1):
        super().__init__()
        layers = []
        for i in range(depth):
            layers += [nn.Linear(features if i == 0 else width, width), activation(), nn.Dropout(dropout)]
        self.body = nn.Sequential(*layers)
        self.head = nn.Linear(width, 10)

    def forward(self, x):
        return self.head(self.body(x.flatten(1)))
"""
LAYERS = """\
from torch import nn


def activation():
    return nn.ReLU()
"""
DATA = """\
import torch
from torch.utils.data import DataLoader, TensorDataset


def loaders_{n}(batch_size):
    data = TensorDataset(torch.randn(1000, 32), torch.randint(0, 10, (1000,)))
    return DataLoader(data, batch_size=batch_size, shuffle=True)
"""
SCRIPT = """\
import argparse

import torch
import yaml
from torch import nn

from lab.data.data_{data} import loaders_{data}
from lab.nets.net_{net} import Net{net}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", default="conf/run_{n}.yaml")
    args = parser.parse_args()
    with open(args.config) as file:
        config = yaml.safe_load(file)
    model = Net{net}(32, **config["model"])
    optimizer = torch.optim.AdamW(model.parameters(), lr=config["optim"]["lr"])
    criterion = nn.CrossEntropyLoss()
    for epoch in range(config["epochs"]):
        model.train()
        for x, y in loaders_{data}(config["batch_size"]):
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()


if __name__ == "__main__":
    main()
"""
CONFIG = "model:\n  width: 64\n  depth: 4\n\noptim:\n  lr: {lr}\n\nbatch_size: 32\nepochs: 10\n"
OTHER = '''\
"""Reports, part {n}."""

import json
import logging
from pathlib import Path

from tools.report_{before} import table as earlier

log = logging.getLogger(__name__)


def table(rows, *, title=""):
    """Rows as text."""
    width = max((len(str(cell)) for row in rows for cell in row), default=0)
    lines = [" | ".join(str(cell).ljust(width) for cell in row) for row in rows]
    return "\\n".join([title, *lines])


def read(path):
    path = Path(path)
    if not path.exists():
        log.warning("%s is missing", path)
        return []
    return [line.split(",") for line in path.read_text().splitlines()]


''' + "".join(
    f"def column_{i}(rows):\n    return [row[{i}] for row in rows if len(row) > {i}]\n\n\n" for i in range(30)
)
SETTINGS = "name: service-{n}\nreplicas: 2\nports: [80{n:02d}]\nenv:\n  - name: LEVEL\n    value: info\n"


def make(root: Path, files: int) -> list[Path]:
    """The repository; returns the changed files: a network, the script that uses it, and its config."""
    counts = {kind: int(share * files) for kind, share in SHARE.items()}
    texts: dict[str, str] = {"lab/common/layers.py": LAYERS}
    texts |= {f"lab/nets/net_{n}.py": NET.format(n=n) for n in range(counts["net"])}
    texts |= {f"lab/data/data_{n}.py": DATA.format(n=n) for n in range(counts["data"])}
    for n in range(counts["script"]):
        texts[f"scripts_{n % 7}/train_{n}.py"] = SCRIPT.format(
            n=n, net=n % counts["net"], data=n % counts["data"]
        )
        texts[f"conf/run_{n}.yaml"] = CONFIG.format(lr=0.001)
    texts |= {f"tools/report_{n}.py": OTHER.format(n=n, before=max(n - 1, 0)) for n in range(counts["other"])}
    texts |= {
        f"deploy/part_{n % 9}/service_{n}.yaml": SETTINGS.format(n=n % 90) for n in range(counts["settings"])
    }
    texts["conf/run_7.yaml"] = CONFIG.format(lr=0.5)
    for name, text in texts.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (root / ".git").mkdir()
    return [Path("lab/nets/net_7.py"), Path("scripts_0/train_7.py"), Path("conf/run_7.yaml")]


@click.command()
@click.option("--files", default=2000)
@click.option("--runs", default=9)
@click.option("--limit", default=0.6, help="Seconds that the hook may take.")
def main(files: int, runs: int, limit: float) -> None:
    """Make the repository, run the hook, print what it took."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed trainlint has its byte code
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        changed = make(root, files)
        there = sum(path.is_file() for path in root.rglob("*"))
        python = [sys.executable, "-m", "trainlint"]
        commands = {
            "a bare interpreter": [sys.executable, "-c", "pass"],
            "trainlint --version": [*python, "--version"],
            "the hook": [*python, "check", "--changed", *map(str, changed)],
        }
        outcomes: dict[str, list[process.Outcome]] = {name: [] for name in commands}
        for number in range(runs + 1):
            for name, command in commands.items():
                outcome = process.run(command, root, 120.0)
                if outcome.status != (1 if name == "the hook" else 0):
                    raise click.ClickException(f"{name}: status {outcome.status}: {outcome.errors[-800:]}")
                if number:
                    outcomes[name].append(outcome)
        click.echo(f"{there:,} files, {len(changed)} changed, medians of {runs} runs")
        for name, found in outcomes.items():
            seconds, cpu = (statistics.median(getattr(o, what) for o in found) for what in ("seconds", "cpu"))
            click.echo(f"{name:<22} {seconds:6.2f} s  {cpu:6.2f} s cpu")
        taken = statistics.median(o.seconds for o in outcomes["the hook"])
    sys.exit(int(taken > limit))


if __name__ == "__main__":
    main()
