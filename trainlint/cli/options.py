"""Option types of the commands, and the flags whose part comes later."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import click
from click.shell_completion import CompletionItem

FORMATS = ("text", "json", "jsonl", "sarif", "github", "gitlab", "junit", "html")
BUILT_FORMATS = ("text", "json", "jsonl", "sarif", "github", "gitlab", "junit", "html")

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


class Later(click.ClickException):
    """Something that parses but is not built yet; ends with status 2."""

    exit_code = 2

    def __init__(self, flag: str, what: str) -> None:
        super().__init__(f"{flag} is not there yet: {what} will come in a later release of trainlint.")


def split_codes(
    ctx: click.Context, param: click.Parameter, values: tuple[str, ...]
) -> tuple[str, ...] | None:
    """Rule codes, prefixes or names, separated by commas, of a repeatable option; None where it is not given."""
    words = tuple(word.strip() for value in values for word in value.split(",") if word.strip())
    if values and not words:
        raise click.BadParameter("expected rule codes, separated by commas (TL401,TL7)", ctx, param)
    return words or None


def complete_codes(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Codes and names of rules for a shell; the last of several that commas separate."""
    from trainlint.checks import load_rules

    before, comma, word = incomplete.rpartition(",")
    given = before + comma
    found: list[CompletionItem] = []
    for code, rule in sorted(load_rules().items()):
        if code.startswith(word.upper()):
            found.append(CompletionItem(given + code, help=rule.name))
        elif word and rule.name.startswith(word.lower()):
            found.append(CompletionItem(given + rule.name, help=code))
    return found


_LATER: tuple[tuple[str, str, dict[str, Any]], ...] = (("--plugins", "rules of your own", {"is_flag": True}),)


def later_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The flags of later releases: they parse, say that they come later, and end with status 2."""
    for flag, what, settings in reversed(_LATER):
        option = click.option(
            flag,
            callback=_refuse(flag, what),
            expose_value=False,
            hidden=True,
            help=f"Comes later: {what}.",
            **settings,
        )
        command = option(command)
    return command


def _refuse(flag: str, what: str) -> Callable[[click.Context, click.Parameter, Any], Any]:
    def refuse(ctx: click.Context, param: click.Parameter, value: Any) -> Any:
        if value not in (None, False):
            _stop(flag, what)
        return value

    return refuse


def _stop(flag: str, what: str) -> NoReturn:
    raise Later(flag, what)


def check_format(ctx: click.Context, param: click.Parameter, value: str) -> str:
    """Refuse a format that is not built yet."""
    if value not in BUILT_FORMATS:
        _stop(f"--output-format {value}", f"this format ({', '.join(BUILT_FORMATS)} are built)")
    return value


def fix_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What is written into files: fixes, or comments that ignore."""
    flags = (
        ("--fix", "Mend what can be mended without changing what the program means otherwise."),
        ("--unsafe-fixes", "With --fix or --diff: also mend what changes training."),
        ("--fix-only", "Mend, and report nothing that is left; status 0."),
        ("--diff", "Show what --fix would do, and write nothing; status 1 if it would do anything."),
        (
            "--add-ignore",
            "Write a comment that ignores it at every finding (as a start; JSON has no comments).",
        ),
    )
    for flag, what in reversed(flags):
        command = click.option(flag, is_flag=True, help=what)(command)
    return command


def settings_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Where settings come from: `--config` and `--isolated`."""
    isolated = click.option("--isolated", is_flag=True, help="Use no settings file.")
    config = click.option(
        "--config", type=click.Path(), metavar="F", help="Use this settings file, no other."
    )
    return config(isolated(command))
