"""Where reports go: a terminal with or without colour, a pipe, or a file."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import IO

import click

from trainlint.report.styled import Line, coloured, plain


def wants_colour(stream: IO[str]) -> bool:
    """Whether to print in colour: on a terminal, unless NO_COLOR is set or TERM is dumb; FORCE_COLOR asks for it."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def width_of_terminal(stream: IO[str]) -> int | None:
    """Columns of the terminal; None where the stream is none."""
    return shutil.get_terminal_size().columns if stream.isatty() else None


def print_lines(lines: Iterable[Line], output_file: str | None) -> None:
    """Print styled lines to standard output, or write them plain to a file."""
    if output_file is None and wants_colour(sys.stdout):
        coloured(lines, sys.stdout)
        return
    print_document(plain(lines), output_file)


def print_document(text: str, output_file: str | None) -> None:
    """Print a document to standard output, or write it to a file.

    Raises:
        click.FileError: the file cannot be written (status 2).
    """
    if output_file is None:
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    try:
        Path(output_file).write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise Failed(f"{output_file}: cannot be written: {error.strerror or error}") from None


class Failed(click.ClickException):
    """Something that ends a run with a message and status 2."""

    exit_code = 2
