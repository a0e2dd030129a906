"""detectron2: its configs' trainers, solver, loaders and registries, and fvcore's parts beneath them."""

from __future__ import annotations

from trainlint.frameworks.detectron2 import building, data, hooks, launching, layers, solver, trainers
from trainlint.frameworks.detectron2.library import LIBRARY

__all__ = ["LIBRARY", "building", "data", "hooks", "launching", "layers", "solver", "trainers"]
