"""What calls of outside libraries mean: one module (or package) a library, each exposing `LIBRARY`."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trainlint.semantics.library import Library

MODULES: tuple[str, ...] = (
    "huggingface",  # before torch: an accelerator has backward(), and is no tensor
    "deepspeed",
    "torch",
    "torchvision",
    "timm",
    "segmentation",
    "monai",
    "lightning",
    "openmmlab",
    "detectron2",
    "keras",
    "numpy",
    "pandas",
    "sklearn",
    "observers",
    "ignite",
    "fastai",
    "apex",
    "extras",
    "horovod",
    "processes",
    "joblib",
    "torchtext",
    "einops",
    "webdataset",
    "sympy",
    "outside_losses",
    "described",
)
"""Modules of this package that hold a library, in the order in which they are asked."""


def libraries() -> list[Library]:
    """Every library that is modelled."""
    return [import_module(f"{__name__}.{name}").LIBRARY for name in MODULES]
