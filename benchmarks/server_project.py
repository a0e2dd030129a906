"""A project of 200 Python files as people lay them out, for the benchmark of the server: 40 scripts that share models, data
sets, helpers and an engine, ten configs, a script of 1,000 lines and a module of 1,000 lines that every script imports."""

from __future__ import annotations

from pathlib import Path

MODELS, DATASETS, HELPERS, SCRIPTS, CONFIGS = 80, 40, 34, 40, 10
LINES = 1_000

MODEL = '''\
"""Network {n}."""

import torch
from torch import nn

from lab.helpers.helper_{helper:02d} import scale_{helper}


class Block{n}(nn.Module):
    def __init__(self, width, drop=0.1):
        super().__init__()
        self.first = nn.Linear(width, width)
        self.norm = nn.BatchNorm1d(width)
        self.second = nn.Linear(width, width)
        self.drop = nn.Dropout(drop)

    def forward(self, x):
        y = torch.relu(self.norm(self.first(x)))
        return x + self.second(self.drop(y))


class Net{n}(nn.Module):
    def __init__(self, inputs=20, width={width}, depth={depth}, classes=4):
        super().__init__()
        self.stem = nn.Linear(inputs, width)
        self.blocks = nn.ModuleList([Block{n}(width) for _ in range(depth)])
        self.head = nn.Linear(width, classes)

    def forward(self, x):
        x = torch.relu(self.stem(scale_{helper}(x)))
        for block in self.blocks:
            x = block(x)
        return self.head(x)
'''

DATASET = '''\
"""Data set {n}."""

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset


class Table{n}(Dataset):
    def __init__(self, path, train=True):
        table = np.loadtxt(path, delimiter=",", skiprows=1)
        cut = int(0.8 * len(table))
        rows = table[:cut] if train else table[cut:]
        self.x = torch.tensor((rows[:, :-1] - rows[:, :-1].mean(0)) / rows[:, :-1].std(0), dtype=torch.float32)
        self.y = torch.tensor(rows[:, -1], dtype=torch.long)

    def __len__(self):
        return len(self.x)

    def __getitem__(self, index):
        return self.x[index], self.y[index]


def loaders_{n}(path, batch_size):
    train = DataLoader(Table{n}(path), batch_size=batch_size, shuffle=True)
    return train, DataLoader(Table{n}(path, train=False), batch_size=batch_size)
'''

HELPER = '''\
"""Helpers {n}."""

import torch


def scale_{n}(x):
    return x / (1.0 + {n} / 100)


def seed_{n}(value):
    torch.manual_seed(value)
    return value


def describe_{n}(model):
    return sum(p.numel() for p in model.parameters() if p.requires_grad)
'''

SCRIPT = '''\
"""Experiment {n}."""

import argparse

import torch
import yaml
from torch import nn

from lab.data.table_{data:02d} import loaders_{data}
from lab.engine import evaluate, make_optimizer, train_epoch
from lab.helpers.helper_{helper:02d} import describe_{helper}, seed_{helper}
from lab.models.net_{model:02d} import Net{model}


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", default="conf/run_{config:02d}.yaml")
    parser.add_argument("--data", default="data.csv")
    parser.add_argument("--epochs", type=int, default={epochs})
    return parser.parse_args()


def main():
    args = parse()
    with open(args.config) as file:
        config = yaml.safe_load(file)
    seed_{helper}(config["seed"])
    model = Net{model}(width=config["model"]["width"])
    print(describe_{helper}(model))
    optimizer = make_optimizer(model, config["optim"])
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=args.epochs)
    train, valid = loaders_{data}(args.data, config["batch"])
    criterion = nn.CrossEntropyLoss()
    for epoch in range(args.epochs):
        loss = train_epoch(model, criterion, optimizer, train, clip=config["optim"]["clip"])
        schedule.step()
        print(epoch, loss, evaluate(model, criterion, valid))


if __name__ == "__main__":
    main()
'''

ENGINE = '''\
"""The loop that all experiments share."""

import torch
from torch import nn


def make_optimizer(model, options):
    if options["name"] == "sgd":
        return torch.optim.SGD(model.parameters(), lr=options["lr"], momentum=0.9)
    return torch.optim.AdamW(model.parameters(), lr=options["lr"], weight_decay=options["decay"])


def train_epoch(model, criterion, optimizer, loader, clip=1.0):
    model.train()
    total = 0.0
    for x, y in loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimizer.step()
        total += loss.item()
    return total / len(loader)


@torch.no_grad()
def evaluate(model, criterion, loader):
    model.eval()
    return sum(criterion(model(x), y).item() for x, y in loader) / len(loader)
'''

PART = '''

class Part{n}(nn.Module):
    """A part that this file collects."""

    def __init__(self, width=32, classes={classes}):
        super().__init__()
        self.inner = nn.Sequential(nn.Linear(16, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU())
        self.head = nn.Linear(width, classes)

    def forward(self, x):
        return self.head(self.inner(x))


def metric_{n}(outputs, labels, top=1):
    """How often one of the first answers is right."""
    ranked = outputs.topk(top, dim=1).indices
    hits = (ranked == labels.unsqueeze(1)).any(dim=1)
    return hits.float().mean().item()


def report_{n}(values, width={classes}):
    """A line of a table."""
    cells = []
    for name, value in sorted(values.items()):
        if isinstance(value, float):
            cells.append(f"{{name}} {{value:.3f}}")
        else:
            cells.append(f"{{name}} {{value}}")
    return " | ".join(cell.ljust(width) for cell in cells)
'''

CONFIG = "seed: {n}\nbatch: {batch}\nmodel:\n  width: {width}\noptim:\n  name: {name}\n  lr: {rate}\n  decay: 0.01\n  clip: 1.0\n"


def write_project(root: Path) -> tuple[Path, Path]:
    """Write the project; its long script and its long module."""
    lab = root / "lab"
    for folder in (lab, lab / "models", lab / "data", lab / "helpers", root / "conf"):
        folder.mkdir(parents=True)
        if folder.name != "conf":
            (folder / "__init__.py").write_text("")
    for n in range(MODELS):
        text = MODEL.format(n=n, helper=n % HELPERS, width=32 + n % 4 * 16, depth=1 + n % 3)
        (lab / "models" / f"net_{n:02d}.py").write_text(text)
    for n in range(DATASETS):
        (lab / "data" / f"table_{n:02d}.py").write_text(DATASET.format(n=n))
    for n in range(HELPERS):
        (lab / "helpers" / f"helper_{n:02d}.py").write_text(HELPER.format(n=n))
    for n in range(CONFIGS):
        name, rate = ("sgd", 0.05) if n % 2 else ("adamw", 0.001)
        (root / "conf" / f"run_{n:02d}.yaml").write_text(
            CONFIG.format(n=n, batch=32, width=64, name=name, rate=rate)
        )
    (root / "data.csv").write_text("a,b,label\n1,2,0\n")
    for n in range(SCRIPTS):
        names = {"data": n % DATASETS, "helper": n % HELPERS, "model": 2 * n % MODELS, "config": n % CONFIGS}
        (root / f"train_{n:02d}.py").write_text(SCRIPT.format(n=n, epochs=10 + n, **names))
    module = lab / "engine.py"
    module.write_text(_long(ENGINE, 0))
    script = root / "train_long.py"
    head, tail = SCRIPT.format(n=99, epochs=30, data=1, helper=2, model=3, config=4).split("\n\ndef main")
    script.write_text(_long(head + "\n", 100, f"\n\ndef main{tail}"))
    return script, module


def _long(head: str, start: int, tail: str = "") -> str:
    """A file of about 1,000 lines: parts between its head and its end."""
    text = head
    number = start
    while (text + tail).count("\n") < LINES - 35:
        text += PART.format(n=number, classes=2 + number % 9)
        number += 1
    return text + tail
