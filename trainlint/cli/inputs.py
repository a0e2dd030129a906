"""What a command works on: paths, standard input, and settings."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from trainlint.checks import load_rules
from trainlint.cli.output import Failed
from trainlint.settings import Settings, load_settings
from trainlint.settings_reader import SettingsError

STDIN = "-"
STDIN_NAME = "stdin.py"


@dataclass(frozen=True)
class Inputs:
    """Paths to check, and unsaved contents by path."""

    paths: tuple[Path, ...]
    overlays: Mapping[Path, bytes] = field(default_factory=dict)


def read_inputs(paths: Sequence[str], stdin_filename: str | None) -> Inputs:
    """The arguments as paths, with standard input read where `-` is one of them (or only its name is given)."""
    given = list(paths) or ([STDIN] if stdin_filename else ["."])
    if STDIN not in given:
        if stdin_filename is not None:
            raise click.UsageError("--stdin-filename needs `-` among the paths.")
        return Inputs(tuple(Path(path) for path in given))
    name = Path.cwd() / (stdin_filename or STDIN_NAME)
    data = sys.stdin.buffer.read()
    return Inputs(tuple(name if path == STDIN else Path(path) for path in given), {name: data})


def read_settings(paths: Sequence[Path], config: str | None, isolated: bool, **changes: Any) -> Settings:
    """The settings of a run: the file's, with what the command line says on top.

    Raises:
        Failed: a setting cannot be used; the message says which, where and why.
    """
    if config is not None and isolated:
        raise click.UsageError("--config and --isolated exclude each other.")
    known = load_rules()
    file = Path(config) if config is not None else None
    try:
        settings = load_settings(paths, Path.cwd(), known, config=file, isolated=isolated)
        return settings.override(known, **changes)
    except SettingsError as error:
        raise Failed(str(error)) from None
