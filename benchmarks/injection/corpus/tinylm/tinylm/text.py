from __future__ import annotations

from pathlib import Path

import torch


class CharCorpus:
    def __init__(self, path: str, holdout: float = 0.1) -> None:
        raw = Path(path).read_text(encoding="utf-8")
        self.alphabet = sorted(set(raw))
        lookup = {c: i for i, c in enumerate(self.alphabet)}
        ids = torch.tensor([lookup[c] for c in raw], dtype=torch.long)
        cut = int(len(ids) * (1 - holdout))
        self.parts = {"train": ids[:cut], "valid": ids[cut:]}

    def batch(
        self, part: str, batch_size: int, block: int, device: torch.device
    ) -> tuple[torch.Tensor, torch.Tensor]:
        ids = self.parts[part]
        starts = torch.randint(len(ids) - block - 1, (batch_size,))
        x = torch.stack([ids[s : s + block] for s in starts])
        y = torch.stack([ids[s + 1 : s + block + 1] for s in starts])
        return x.to(device), y.to(device)
