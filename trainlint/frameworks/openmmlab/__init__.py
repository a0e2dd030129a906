"""OpenMMLab's foundations: mmengine's registries, models and runner, and the layers of mmcv."""

from __future__ import annotations

from trainlint.frameworks.openmmlab import legacy, model, optimizing, parts, processes, registry, runner
from trainlint.frameworks.openmmlab.library import LIBRARY

__all__ = ["LIBRARY", "legacy", "model", "optimizing", "parts", "processes", "registry", "runner"]
