"""Where hyperparameters come from: config files and their loaders, argparse, dataclasses, and the parts of the
standard library that values pass through on their way."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trainlint.semantics.library import Library


def libraries() -> list[Library]:
    """The libraries of this package."""
    from trainlint.configs import (
        argparse,
        commands,
        contexts,
        dataclasses,
        enums,
        files,
        functional,
        iteration,
        loaders,
        namespaces,
        numbers,
        omegaconf,
        paths,
        pydantic,
        system,
    )

    modules = (
        argparse, commands, contexts, dataclasses, enums, files, functional, iteration, loaders, namespaces, numbers, omegaconf,
        paths, pydantic, system,
    )  # fmt: skip
    return [library for module in modules for library in module.LIBRARIES]
