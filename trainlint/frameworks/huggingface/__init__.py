"""What the packages of Hugging Face mean: importing this package fills `LIBRARY`, to which every part adds names."""

from __future__ import annotations

from importlib import import_module

from trainlint.frameworks.huggingface.library import LIBRARY

__all__ = ["LIBRARY"]

PARTS: tuple[str, ...] = (
    "optimization",
    "configuration",
    "preprocessing",
    "models",
    "former",
    "arguments",
    "trainer",
    "callbacks",
    "accelerator",
    "launching",
    "activations",
    "adapters",
    "datasets",
    "sentence_transformers",
    "setfit",
    "simpletransformers",
    "diffusion",
)
"""Modules of this package that register names."""

for _part in PARTS:
    import_module(f"{__name__}.{_part}")
