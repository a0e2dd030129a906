"""What torch means: importing this package fills `LIBRARY`, to which every part adds its names."""

from __future__ import annotations

from importlib import import_module

from trainlint.frameworks.torch.library import LIBRARY

__all__ = ["LIBRARY"]

PARTS: tuple[str, ...] = (
    "module",
    "tensor",
    "tensor_methods",
    "parameters",
    "layer_tables",
    "embeddings",
    "repeated",
    "small_layers",
    "containers",
    "named_containers",
    "recurrent",
    "transformer",
    "functional",
    "creation",
    "init",
    "wrappers",
    "environment",
    "process_group",
    "distributions",
    "optimizers",
    "schedule_table",
    "losses",
    "autograd",
    "amp",
    "clip",
    "data",
    "batches",
    "loaders",
    "saving",
    "observing",
    "averaging",
    "unknown_objects",
    "unseen_parameters",
)
"""Modules of this package that register names; `symbols` is asked by `LIBRARY` itself."""

for _part in PARTS:
    import_module(f"{__name__}.{_part}")
