"""Config documents that say what they are by their keys, with no code near: which schema, and what it means."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from trainlint.configs.schemas.schema import Schema

if TYPE_CHECKING:
    from trainlint.source.tree import ConfigDocument

MODULES = (
    "axolotl", "deepspeed", "torchtune", "lightning", "hydra", "openmmlab", "nemo", "ultralytics", "transformers",
    "plain",
)  # fmt: skip
"""Modules of this package, each with its `SCHEMA`: the more particular ones are asked first."""


@cache
def schemas() -> Mapping[str, Schema]:
    """All schemas by name, in the order in which they are asked."""
    found = [import_module(f"{__name__}.{name}").SCHEMA for name in MODULES]
    return {schema.name: schema for schema in found}


def recognise(document: ConfigDocument) -> Schema | None:
    """The first schema to which enough of a document's keys belong; None for a document of unknown kind.

    Conservative: each schema asks for several keys of its own, or for one that nothing else uses (see its `fits`).
    """
    root = document.root
    if root is None or root.kind != "mapping" or document.problems:
        return None
    return next((schema for schema in schemas().values() if schema.fits(root)), None)
