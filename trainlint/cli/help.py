"""Help as people read manuals: options under headings, and examples at the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

OTHER = "Other options"


class Manual(click.Command):
    """A command whose help has its options under headings, and examples.

    sections: heading -> names of options (`--fix`) in order; what none names stands under the last heading. examples:
    command line -> what it does.
    """

    def __init__(
        self,
        *args: Any,
        sections: Mapping[str, Sequence[str]] | None = None,
        examples: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.sections = sections or {}
        self.examples = examples or {}

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options under their headings."""
        if not self.sections:
            super().format_options(ctx, formatter)
            return
        left = {
            max(parameter.opts, key=len): record
            for parameter in self.get_params(ctx)
            if isinstance(parameter, click.Option) and (record := parameter.get_help_record(ctx)) is not None
        }
        for heading, names in self.sections.items():
            records = [left.pop(name) for name in names if name in left]
            if records:
                with formatter.section(heading):
                    formatter.write_dl(records)
        if left:
            with formatter.section(OTHER):
                formatter.write_dl(list(left.values()))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The examples, then what else the command says at its end."""
        write_examples(self.examples, formatter)
        super().format_epilog(ctx, formatter)


def write_examples(examples: Mapping[str, str], formatter: click.HelpFormatter) -> None:
    """Examples as a list of command lines and what they do."""
    if examples:
        with formatter.section("Examples"):
            formatter.write_dl(list(examples.items()), col_max=44)
