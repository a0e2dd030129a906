"""DeepSpeed: `deepspeed.initialize` makes an engine of a model and a configuration (a mapping or a JSON file)."""

from __future__ import annotations

from trainlint.frameworks.deepspeed import engine, initialize, optimizing
from trainlint.frameworks.deepspeed.library import LIBRARY

__all__ = ["LIBRARY", "engine", "initialize", "optimizing"]
