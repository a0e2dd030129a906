"""`trainlint probe`: the findings that an experiment can confirm, with verdicts and measurements."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import Any

import click

from trainlint.cli import options
from trainlint.cli.check import CODES, status_of
from trainlint.cli.executing import (
    executing_options,
    report_overfit,
    report_run,
    run_loss,
    run_overfit,
    run_program,
)
from trainlint.cli.help import Manual
from trainlint.cli.inputs import read_inputs, read_settings
from trainlint.cli.output import print_document, print_lines, width_of_terminal
from trainlint.cli.probing import budget_options, probing_of
from trainlint.cli.progress import progress_bar
from trainlint.engine import Result, check_paths
from trainlint.model import Level
from trainlint.settings import Settings


@click.command(
    cls=Manual,
    examples={
        "trainlint probe": "everything below the working directory that an experiment can confirm",
        "trainlint probe train.py --html probes.html": "with a page of plots",
        "trainlint probe --select TL4 --output-format json": "rules on learning rates; every number that was measured",
    },
)
@click.argument("paths", nargs=-1, type=click.Path())
@click.option(
    "--level",
    type=click.Choice([level.value for level in Level]),
    help="The mildest level to probe (default: warning).",
)
@click.option("--select", **CODES, help="Only these rules: codes, prefixes (TL4) or names.")
@click.option("--extend-select", **CODES, help="These rules as well.")
@click.option("--ignore", **CODES, help="Not these rules.")
@click.option("--preview", is_flag=True, default=None, help="Preview rules as well.")
@click.option(
    "--output-format",
    "form",
    type=click.Choice(["text", "json", "jsonl"]),
    default="text",
    help="How to report (default: text); JSON has every number that was measured.",
)
@click.option("--output-file", type=click.Path(), metavar="F", help="Write the report to this file.")
@click.option(
    "--html", type=click.Path(), metavar="F", help="Write a page with plots of the measurements to this file."
)
@click.option("--exit-zero", is_flag=True, help="End with status 0 although there are findings.")
@budget_options
@executing_options
@options.settings_options
@click.pass_context
def probe(ctx: click.Context, /, paths: tuple[str, ...], **flags: Any) -> None:
    """Confirm findings by small experiments on networks that are rebuilt from what was understood.

    None of your code runs, unless --run or --loss asks for it: a worker process trains the network as found and its mended twin for a moment, on synthetic data
    and with the same seeds. Needs torch (pip install 'trainlint-dl[probe]').

    PATHS are files, directories or globs (default: the working directory). Findings of rules without an experiment are not
    shown. The exit status is as that of `trainlint check`; with --loss it is 0 if the loss descends, 1 if it does not, 2 if it
    could not be called.
    """
    if flags["loss"] is not None:
        if paths or flags["program"] is not None or flags["overfit"]:
            raise click.UsageError("--loss goes with neither PATHS nor --run nor --overfit.")
        ctx.exit(run_loss(flags))
    inputs = read_inputs(paths, None)
    settings = read_settings(
        inputs.paths,
        flags["config"],
        flags["isolated"],
        select=flags["select"],
        extend_select=flags["extend_select"],
        ignore=flags["ignore"],
        level=Level(flags["level"]) if flags["level"] else None,
        preview=flags["preview"],
    )
    if flags["program"] is not None and flags["overfit"]:
        raise click.UsageError("--run and --overfit exclude each other.")
    if flags["program"] is not None:
        ctx.exit(_run(paths, settings, flags))
    if flags["overfit"]:
        result, outcomes = run_overfit(list(inputs.paths), settings, flags)
        if flags["form"] == "text" and flags["html"] is None:
            report_overfit(outcomes, result, flags)
        else:
            _report(result, 0, flags)
        ctx.exit(status_of(result, settings, flags["exit_zero"]))
    result, others = _probed(list(inputs.paths), settings, flags)
    _report(result, others, flags)
    ctx.exit(status_of(result, settings, flags["exit_zero"]))


def _run(paths: tuple[str, ...], settings: Settings, flags: dict[str, Any]) -> int:
    """Run the user's program; the exit status."""
    result, probed = run_program(paths, settings, flags)
    every = result.findings
    result.findings = [finding for finding in every if finding.probe is not None]
    if not flags["keep_not_reproduced"]:
        from trainlint.probe.session import lowered

        result.findings = lowered(result.findings)
    if flags["form"] == "text" and flags["html"] is None:
        report_run(result, len(every) - len(result.findings), probed, flags)
    else:
        _report(result, len(every) - len(result.findings), flags)
    return status_of(result, settings, flags["exit_zero"])


def _probed(paths: list[Path], settings: Settings, flags: dict[str, Any]) -> tuple[Result, int]:
    """The findings with verdicts, and the number of those that no experiment is for."""
    probing = probing_of(flags)
    gc.freeze()
    with progress_bar() as progress:
        result = check_paths(paths, Path.cwd(), settings, progress=progress, plan=probing.plan())
    probing.measure(result)
    every = result.findings
    result.findings = [finding for finding in every if finding.probe is not None]
    return result, len(every) - len(result.findings)


def _report(result: Result, others: int, flags: dict[str, Any]) -> None:
    if flags["html"] is not None:
        from trainlint.report.probe_page import probe_page

        print_document(probe_page(result.findings, result.lines), flags["html"])
    if flags["form"] != "text":
        from trainlint.report.json import json_report, jsonl_report

        write = json_report if flags["form"] == "json" else jsonl_report
        print_document(write(result.findings, result.lines), flags["output_file"])
        return
    from trainlint.report.probes import probe_report

    width = None if flags["output_file"] is not None else width_of_terminal(sys.stdout)
    print_lines(probe_report(result.findings, others, result.lines, width), flags["output_file"])
