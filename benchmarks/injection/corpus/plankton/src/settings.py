from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Data:
    root: str
    side: int
    batch_size: int
    workers: int


@dataclass
class Network:
    widths: list[int]
    classes: int


@dataclass
class Optim:
    learning_rate: float
    weight_decay: float


@dataclass
class Settings:
    data: Data
    network: Network
    optimizer: Optim
    epochs: int
    seed: int

    @classmethod
    def from_toml(cls, path: str | Path) -> "Settings":
        doc = tomllib.loads(Path(path).read_text())
        return cls(Data(**doc["data"]), Network(**doc["network"]), Optim(**doc["optimizer"]), **doc["run"])
