"""`trainlint rule`."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import click

from trainlint.checks import load_rules
from trainlint.cli.help import Manual
from trainlint.cli.options import complete_codes
from trainlint.cli.output import Failed, print_document, print_lines, wants_colour
from trainlint.model import Rule
from trainlint.pages import NoPagesError, RulePage, all_pages, find_page
from trainlint.report.styled import Line, Style, line
from trainlint.report.summary import LEVEL_STYLES


@click.command(
    cls=Manual,
    examples={
        "trainlint rule": "list all rules",
        "trainlint rule TL601": "why it hurts, examples, options, when to ignore it",
        "trainlint rule missing-zero-grad": "by its name",
        "trainlint rule TL401 --output-format json": "its metadata and page",
    },
)
@click.argument("word", metavar="[CODE|NAME]", required=False, shell_complete=complete_codes)
@click.option("--all", "everything", is_flag=True, help="List all rules.")
@click.option(
    "--output-format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    help="How to report (default: text).",
)
def rule(word: str | None, everything: bool, form: str) -> None:
    """Show the page of a rule by its code or name; without one, list all rules.

    The page is rendered on a terminal, and plain Markdown in a pipe.
    """
    if word is not None and everything:
        raise click.UsageError("A rule and --all exclude each other.")
    try:
        pages = [_page(word)] if word is not None else list(all_pages())
    except NoPagesError as error:
        raise Failed(f"{error}; install trainlint again.") from None
    rules = load_rules()
    if form == "json":
        objects = [rule_object(page, rules.get(page.code)) for page in pages]
        print_document(json.dumps(objects if word is None else objects[0], indent=2) + "\n", None)
    elif word is None:
        print_lines(_catalogue(pages, rules), None)
    elif wants_colour(sys.stdout):
        _render(pages[0].text)
    else:
        print_document(pages[0].text, None)


def _page(word: str) -> RulePage:
    page = find_page(word)
    if page is not None:
        return page
    pages = list(all_pages())
    choices = [*(p.code for p in pages), *(p.name for p in pages)]
    close = get_close_matches(word.upper(), choices, 1, 0.7) or get_close_matches(word.lower(), choices, 1)
    hint = f" Did you mean {close[0]}?" if close else ""
    raise Failed(f"There is no rule {word!r}.{hint} `trainlint rule --all` lists the rules.")


def _render(text: str) -> None:
    from rich.console import Console
    from rich.markdown import Markdown

    Console(force_terminal=True).print(Markdown(text))


def _catalogue(pages: Sequence[RulePage], rules: Mapping[str, Rule]) -> list[Line]:
    rows: list[Line] = []
    width = max((len(page.name) for page in pages), default=0)
    for page in pages:
        found = rules.get(page.code)
        level = (found.level.value if found else "", LEVEL_STYLES[found.level] if found else Style.PLAIN)
        pad = " " * (8 - len(level[0]))
        preview = " (preview)" if found is not None and found.preview else ""
        rows.append(
            line((f"{page.code} {page.name:<{width}} ", Style.STRONG), level, f"{pad}{page.summary}{preview}")
        )
    return rows


def rule_object(page: RulePage, found: Rule | None) -> dict[str, Any]:
    """A rule's metadata and page; null where nothing is known of it."""
    options = {
        name: {"default": option.default, "description": option.description, "source": option.source or None}
        for name, option in (found.options if found is not None else {}).items()
    }
    return {
        "code": page.code,
        "name": page.name,
        "summary": page.summary,
        "level": found.level.value if found else None,
        "section": found.section if found else None,
        "fix": found.fix.value if found else None,
        "probe": found.probe if found else None,
        "since": found.since if found else None,
        "preview": found.preview if found else None,
        "options": options,
        "page": page.text,
    }
