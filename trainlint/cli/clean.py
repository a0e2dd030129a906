"""`trainlint clean`."""

from __future__ import annotations

import shutil
from pathlib import Path

import click

from trainlint.cli.help import Manual
from trainlint.cli.output import Failed
from trainlint.cli.repository import repository_root
from trainlint.history.store import FOLDER, log_file

CACHES = (".trainlint_cache", f"{FOLDER}/cache")


@click.command(
    cls=Manual,
    examples={
        "trainlint clean": "remove caches; the log stays",
        "trainlint clean --log": "remove the log as well",
    },
)
@click.option("--log", "with_log", is_flag=True, help="Remove the log of runs as well: its history is lost.")
def clean(with_log: bool) -> None:
    """Remove what trainlint keeps in this repository: caches, and with --log the log of runs."""
    root = repository_root(Path.cwd())
    removed = [name for name in CACHES if _remove(root / name)]
    log = log_file(root)
    if with_log:
        names = [log, *(log.with_name(log.name + end) for end in ("-journal", "-wal", "-shm"))]
        if sum(_remove(path) for path in names):
            removed.append(f"{FOLDER}/{log.name}")
        _remove_if_empty(log.parent)
    click.echo(f"Removed {', '.join(removed)}." if removed else "Nothing to clean.")
    if log.exists():
        click.echo(f"{FOLDER}/{log.name} stays (--log removes it).")


def _remove(path: Path) -> bool:
    """Remove a file or directory of ours; whether it was there. A link is removed, not followed."""
    try:
        if path.is_symlink() or path.is_file():
            path.unlink()
        elif path.is_dir():
            shutil.rmtree(path)
        else:
            return False
    except OSError as error:
        raise Failed(f"{path}: cannot be removed: {error.strerror or error}") from None
    return True


def _remove_if_empty(folder: Path) -> None:
    """Remove the folder where only its own .gitignore is left."""
    if folder.is_dir() and {entry.name for entry in folder.iterdir()} <= {".gitignore"}:
        shutil.rmtree(folder, ignore_errors=True)
