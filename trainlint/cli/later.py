"""Commands whose part is not built yet: they say so and end with status 2."""

from __future__ import annotations

import click

from trainlint.cli.options import Later

_ANY = {"ignore_unknown_options": True, "allow_extra_args": True}


@click.command(context_settings=_ANY)
def server() -> None:
    """Serve editors by the language server protocol (comes in a later release)."""
    raise Later("`trainlint server`", "the language server")
