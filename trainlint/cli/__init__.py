"""The command `trainlint`. Each subcommand is imported when it is called."""

from __future__ import annotations

import importlib
import os
import sys
from collections import Counter
from collections.abc import Iterable
from typing import Any

import click

from trainlint import __version__

COMMANDS = {
    "check": ("trainlint.cli.check", "Check training code and configs."),
    "facts": ("trainlint.cli.facts", "Show what trainlint understood of a training program."),
    "rule": ("trainlint.cli.rule", "Show the page of a rule, or list all rules."),
    "probe": ("trainlint.cli.probe", "Confirm findings by experiments."),
    "server": ("trainlint.cli.server", "Serve editors by the language server protocol."),
    "log": ("trainlint.cli.log", "Show what past runs found, confirmed and saw fixed."),
    "init": ("trainlint.cli.init", "Set up settings, a commit hook and a baseline."),
    "clean": ("trainlint.cli.clean", "Remove what trainlint keeps in a repository."),
}
"""Command -> the module that holds it, and its line in the help."""

EXAMPLES = {
    "trainlint check": "check everything below the working directory",
    "trainlint facts train.py": "show what was understood of a program",
    "trainlint rule TL401": "explain a rule",
    "trainlint init": "set up settings, a commit hook and a baseline",
}

DEBUG = "TRAINLINT_DEBUG"


class Commands(click.Group):
    """A group that imports a command when it is called, and turns what goes wrong inside into a message."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command; None if there is no such one."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(COMMANDS[cmd_name][0])
        command: click.Command = getattr(module, cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Where to begin."""
        from trainlint.cli.help import write_examples

        write_examples(EXAMPLES, formatter)
        formatter.write_paragraph()
        formatter.write_text("`trainlint COMMAND --help` shows a command's options, with examples.")

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an exception that nobody expected ends with a message and status 2."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.Abort, click.exceptions.Exit, BrokenPipeError):
            raise  # click knows what to do with these
        except Exception as error:
            report_internal(f"{type(error).__name__}: {error}", error)
            ctx.exit(2)


def report_internal(what: str, error: BaseException | None = None) -> None:
    """Say that trainlint itself failed; with TRAINLINT_DEBUG set, show where."""
    if os.environ.get(DEBUG) and error is not None:
        import traceback

        traceback.print_exception(error, file=sys.stderr)
    hint = "" if os.environ.get(DEBUG) else f" ({DEBUG}=1 shows where)"
    click.echo(f"trainlint: internal error: {what}{hint}; please report it.", err=True)


def report_failures(failures: Iterable[str]) -> None:
    """Say on what trainlint itself failed, each error once; failures: tracebacks, the error in the last line."""
    counts = Counter(failure.strip() for failure in failures if failure.strip())
    errors: Counter[str] = Counter()
    for failure, count in counts.items():
        if os.environ.get(DEBUG):
            click.echo(failure, err=True)
        errors[failure.rsplit("\n", 1)[-1]] += count
    for error, count in errors.items():
        report_internal(error if count == 1 else f"{error}, {count} times")


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="trainlint")
def main() -> None:
    """Find the bugs in deep-learning training code that do not crash, in code and in its configs."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
