"""timm: networks by name, layers that other repositories build with, and its helpers for training."""

from __future__ import annotations

from trainlint.frameworks.timm import (
    data,
    layers,
    networks,
    optimizing,
    scaling,
    schedules,
    vision_transformer,
)
from trainlint.frameworks.timm.library import LIBRARY

__all__ = [
    "LIBRARY",
    "data",
    "layers",
    "networks",
    "optimizing",
    "scaling",
    "schedules",
    "vision_transformer",
]
