"""Where hyperparameters come from: config files and their loaders, argparse, dataclasses, and the parts of the
standard library that values pass through on their way."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trainlint.semantics.library import Library

MODULES: tuple[str, ...] = (
    "absl_flags", "argparse", "attrs_converters", "cattrs", "chunks", "click_types", "commands", "compatibility", "contexts", "dataclass_copies", "dataclasses", "detectron2_configs", "docopt", "dora", "enums", "executed", "expressions", "files", "frames", "functional",
    "gin", "hf_parser", "hydra", "hyperpyyaml", "ini", "inspection", "iteration", "jsonargparse", "lightning_cli", "listings",
    "loaded_modules", "loaders", "ml_collections", "modules", "named_tuples", "namespaces", "numbers", "omegaconf", "option_tables", "paths",
    "py_config_runner", "pydantic", "pyrallis", "python_configs", "registries", "sacred", "searches", "simple_parsing", "system", "typer_config", "torchtune", "versions", "watch",
)  # fmt: skip
"""Modules of this package, each with its `LIBRARIES`."""


def libraries() -> list[Library]:
    """The libraries of this package."""
    return [library for name in MODULES for library in import_module(f"{__name__}.{name}").LIBRARIES]
