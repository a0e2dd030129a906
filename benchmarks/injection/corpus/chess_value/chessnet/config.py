import dataclasses
import json
from typing import Optional


@dataclasses.dataclass
class Config:
    positions: str
    filters: int = 32
    blocks: int = 4
    optimizer: str = "adam"
    lr: float = 0.001
    batch_size: int = 256
    epochs: int = 5
    resume: Optional[str] = None

    @staticmethod
    def load(path, **overrides):
        with open(path) as f:
            return dataclasses.replace(Config(**json.load(f)), **overrides)
