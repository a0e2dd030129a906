"""`trainlint server`."""

from __future__ import annotations

import logging
import sys

import click

from trainlint.cli.help import Manual
from trainlint.cli.output import Failed


@click.command(
    cls=Manual,
    examples={
        "trainlint server": "for an editor, which starts it and talks over standard input and output",
    },
)
@click.option("--log-level", type=click.Choice(["error", "warning", "info", "debug"]), default="warning",
              help="How much to say on standard error (default: warning).")  # fmt: skip
@click.option(
    "--stdio",
    is_flag=True,
    help="Talk over standard input and output: as it does anyhow; some editors pass it.",
)
def server(log_level: str, stdio: bool) -> None:
    """Serve editors by the language server protocol, on standard input and output.

    An editor starts it; docs/editors.md has the configuration of several. It needs the extra `server`:
    pip install "trainlint-dl[server]".
    """
    logging.basicConfig(level=log_level.upper(), stream=sys.stderr)
    try:
        from trainlint.server.features import build
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] not in ("pygls", "lsprotocol", "cattrs"):
            raise
        raise Failed('the server needs pygls: pip install "trainlint-dl[server]"') from None
    if sys.stdin.isatty():
        click.echo("trainlint server: waiting for an editor on standard input (Ctrl-C ends it).", err=True)
    build().start_io()
