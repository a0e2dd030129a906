from __future__ import annotations

from typing import Callable

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import DataLoader

Loss = Callable[[Tensor, Tensor], Tensor]


class Loop:
    def __init__(self, model: nn.Module, loss: Loss, optimizer: Optimizer, max_norm: float) -> None:
        self.model = model
        self.loss = loss
        self.optimizer = optimizer
        self.max_norm = max_norm

    def update(self, x: Tensor, y: Tensor) -> float:
        self.optimizer.zero_grad()
        loss = self.loss(self.model(x), y)
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), self.max_norm)
        self.optimizer.step()
        return loss.item()

    def fit(self, train: DataLoader, test: DataLoader, epochs: int) -> None:
        for epoch in range(epochs):
            self.model.train()
            total = 0.0
            for x, y in train:
                total += self.update(x, y)
            print(f"epoch {epoch}: {total / len(train):.4f} / {self.score(test):.4f}")

    def score(self, test: DataLoader) -> float:
        self.model.eval()
        with torch.no_grad():
            values = [self.loss(self.model(x), y).item() for x, y in test]
        return sum(values) / len(values)
