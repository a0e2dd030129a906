"""`trainlint facts`."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from trainlint.cli import options, report_failures
from trainlint.cli.help import Manual
from trainlint.cli.inputs import read_settings
from trainlint.cli.output import print_document, print_lines
from trainlint.engine import check_paths
from trainlint.facts.program import Program
from trainlint.report.facts import facts_document
from trainlint.report.styled import Line, line
from trainlint.source.files import is_python


@click.command(
    cls=Manual,
    examples={
        "trainlint facts train.py": "what was understood of a script",
        "trainlint facts train.py conf/big.yaml": "as this run of it would be, with another config",
        "trainlint facts --output-format json": "of every program below the working directory",
    },
)
@click.argument("entry", required=False, type=click.Path(), default=".")
@click.argument("configs", nargs=-1, type=click.Path())
@click.option(
    "--output-format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    help="How to report (default: text).",
)
@click.option("--output-file", type=click.Path(), metavar="F", help="Write the report to this file.")
@options.settings_options
@click.pass_context
def facts(ctx: click.Context, /, entry: str, configs: tuple[str, ...], **flags: Any) -> None:
    """Show what trainlint understood of each program: networks, optimizers, rates and their origins, and more.

    ENTRY is a script, notebook or directory (default: the working directory); CONFIGS are the config files
    that this run of it uses.
    """
    path = Path(entry)
    settings = read_settings([path], flags["config"], flags["isolated"])
    if configs:
        settings = replace(settings, configs={**settings.configs, entry: configs})

    def document(program: Program) -> dict[str, Any] | None:
        return facts_document(program) if not program.empty or path.is_file() else None

    documents_given = [Path(config) for config in configs if not is_python(Path(config))]
    result = check_paths([path, *documents_given], Path.cwd(), settings, digest=document)
    for problem in result.argument_problems:
        click.echo(f"trainlint: {problem.location.path}: {problem.message}", err=True)
    report_failures(result.failures)
    documents = [d for d in result.digests if d is not None]
    if flags["form"] == "json":
        print_document(json.dumps(documents, indent=2) + "\n", flags["output_file"])
    else:
        print_lines(_text(documents), flags["output_file"])
    ctx.exit(2 if result.argument_problems or result.failures else 0)


def _text(documents: list[dict[str, Any]]) -> list[Line]:
    from trainlint.report.facts.text import facts_lines

    lines: list[Line] = []
    for document in documents:
        lines += [*([line()] if lines else []), *facts_lines(document)]
    return lines or [line("No training program was found.")]
