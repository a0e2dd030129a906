import enum
import tomllib
from functools import cached_property
from pathlib import Path

import torch


class Optim(enum.Enum):
    ADAMW = "adamw"
    SGD = "sgd"


class Settings:
    def __init__(self, path="ner.toml"):
        self.document = tomllib.loads(Path(path).read_text(encoding="utf-8"))

    def __getitem__(self, section):
        return self.document[section]

    @cached_property
    def fit(self):
        return self.document["fit"]

    def optimizer(self, parameters):
        match Optim(self.fit["optimizer"]):
            case Optim.ADAMW:
                return torch.optim.AdamW(parameters, lr=self.fit["lr"], weight_decay=0.01)
            case Optim.SGD:
                return torch.optim.SGD(parameters, lr=self.fit["lr"], momentum=0.9)
