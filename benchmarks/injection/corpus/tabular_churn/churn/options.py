from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    table: str = "churn.csv"
    hidden: tuple[int, ...] = (128, 64)
    embed_dropout: float = 0.05
    rate: float = 2e-3
    l2: float = 1e-5
    rows_per_batch: int = 256
    passes: int = 15
    seed: int = 21
