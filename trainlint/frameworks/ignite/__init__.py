"""PyTorch-Ignite: engines that call a step for every batch, and handlers at events."""

from __future__ import annotations

from trainlint.frameworks.ignite import distributed, engine, handlers, supervised
from trainlint.frameworks.ignite.library import LIBRARY

__all__ = ["LIBRARY", "distributed", "engine", "handlers", "supervised"]
