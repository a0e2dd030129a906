from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class ModelConfig:
    block_size: int = 128
    n_layer: int = 4
    n_head: int = 4
    n_embd: int = 192
    dropout: float = 0.1


@dataclass
class TrainConfig:
    corpus: str = "corpus.txt"
    batch_size: int = 32
    max_steps: int = 6000
    warmup_steps: int = 300
    peak_lr: float = 6e-4
    weight_decay: float = 0.1
    grad_clip: float = 1.0
    eval_every: int = 250
    seed: int = 1337
    model: ModelConfig = field(default_factory=ModelConfig)
