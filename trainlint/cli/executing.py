"""`trainlint probe --run` and `--loss`: the parts of the command line that execute user code, only when asked for by name."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from trainlint.cli.output import Failed, print_document, print_lines, width_of_terminal
from trainlint.cli.progress import progress_bar
from trainlint.engine import Result, check_paths
from trainlint.excerpts import excerpts
from trainlint.semantics.sources import Sources
from trainlint.settings import Settings
from trainlint.source.files import SourceReader

_OWN_FRAME = re.compile(r"""  File ".*[/\\]trainlint[/\\]probe[/\\]script[/\\]child\.py",""")

STEPS, SECONDS = 50, 300.0
"""As in `trainlint.probe.script.session`, which is not imported for a default."""


def executing_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What runs user code, and within which bounds."""
    options = (
        click.option(
            "--run",
            "program",
            metavar="COMMAND",
            help="EXECUTES YOUR CODE: run this program ('python train.py --epochs 1') in isolation for some optimizer steps, and "
            "say what the findings look like in it.",
        ),
        click.option(
            "--loss",
            "loss",
            metavar="FILE.py:NAME",
            help="EXECUTES YOUR CODE: can plain gradient descent on a small MLP reduce this loss function or class?",
        ),
        click.option(
            "--overfit",
            is_flag=True,
            help="Ask every network that is trained, as rebuilt, to learn 16 samples by heart; one that cannot is TL109.",
        ),
        click.option(
            "--steps",
            type=click.IntRange(min=1),
            default=STEPS,
            show_default=True,
            metavar="K",
            help="With --run: stop after so many optimizer steps.",
        ),
        click.option(
            "--seconds",
            type=click.FloatRange(min=0, min_open=True),
            default=SECONDS,
            show_default=True,
            metavar="S",
            help="With --run or --loss: end it after so many seconds at the latest.",
        ),
        click.option(
            "--allow-network", is_flag=True, help="With --run or --loss: leave the program its network."
        ),
        click.option("--show-output", is_flag=True, help="With --run: show what the program prints."),
        click.option(
            "--record",
            type=click.Path(),
            metavar="F",
            help="With --run: write all that was observed to this file (JSON).",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


# -- networks that cannot overfit (nothing of the user's runs)


def run_overfit(paths: list[Path], settings: Settings, flags: dict[str, Any]) -> tuple[Result, list[Any]]:
    """Ask every network that is trained to learn a handful of samples; findings are those that cannot (TL109)."""
    from trainlint.checks import load_rules
    from trainlint.cli.probing import need_torch
    from trainlint.probe.overfitting import candidates, measure
    from trainlint.probe.session import Session

    need_torch()
    rule = load_rules()["TL109"]
    with progress_bar() as progress:
        result = check_paths(
            paths, Path.cwd(), settings, progress=progress, digest=lambda program: candidates(program, rule)
        )
    session = Session(budget=flags["probe_budget"])
    try:
        with progress_bar() as progress:
            outcomes = measure([c for found in result.digests for c in found], rule, session, progress)
    finally:
        session.close()
    result.findings = [outcome.finding for outcome in outcomes if outcome.finding is not None]
    cwd = Path.cwd()
    result.lines = excerpts(result.findings, Sources(SourceReader([cwd], cwd, {})), cwd)
    return result, outcomes


def report_overfit(outcomes: list[Any], result: Result, flags: dict[str, Any]) -> None:
    """What came of each network."""
    from trainlint.report.probes import overfit_report

    rows = [(o.candidate.name, o.candidate.location, o.evidence, o.finding) for o in outcomes]
    width = None if flags["output_file"] is not None else width_of_terminal(sys.stdout)
    print_lines(overfit_report(rows, result.lines, width), flags["output_file"])


# -- a program


def run_program(paths: tuple[str, ...], settings: Settings, flags: dict[str, Any]) -> tuple[Result, Any]:
    """Check the program, run it, and put what was seen beside the findings.

    Raises:
        Failed: the command is none, or the program ended before it trained.
    """
    from trainlint.probe.script.command import BadCommand, parse_command
    from trainlint.probe.script.session import probe_program

    cwd = Path.cwd()
    try:
        command = parse_command(flags["program"], cwd, sys.executable)
    except BadCommand as error:
        raise Failed(f"--run: {error}") from None
    entry = command.entry(cwd)
    if entry is not None:
        settings = replace(settings, arguments={entry.resolve(): command.arguments})
    with progress_bar() as progress:
        result = check_paths(paths or [entry or cwd], cwd, settings, progress=progress)
    announce(
        f"executing your code: {flags['program']} (until {flags['steps']} optimizer steps, at most {flags['seconds']:g} s)"
    )
    probed = probe_program(
        command,
        cwd,
        result.findings,
        steps=flags["steps"],
        seconds=flags["seconds"],
        network=flags["allow_network"],
        output=sys.stderr.fileno() if flags["show_output"] else None,
    )
    if flags["record"] is not None:
        from trainlint.probe.codec import to_json

        print_document(json.dumps(to_json(probed.record), indent=1) + "\n", flags["record"])
    if probed.record.outcome in ("raised", "died", "no torch") and not probed.record.backwards:
        tail = "\n".join(_without_own_frames(probed.output.strip().splitlines())[-8:])
        raise Failed(f"--run: the program {probed.ending}" + (f"\n{tail}" if tail else ""))
    result.findings = list(probed.findings)
    return result, probed


def _without_own_frames(rows: list[str]) -> list[str]:
    """A program's output without the frames of a traceback that belong to what runs it."""
    kept: list[str] = []
    own = False
    for row in rows:
        if row.startswith('  File "'):
            own = "<frozen runpy>" in row or bool(_OWN_FRAME.match(row))
        elif not row.startswith("    "):
            own = False
        if not own:
            kept.append(row)
    return kept


def report_run(result: Result, others: int, probed: Any, flags: dict[str, Any]) -> None:
    """Findings with what the run showed of them, what it showed besides, and how it went."""
    from trainlint.report.probes import run_report

    width = None if flags["output_file"] is not None else width_of_terminal(sys.stdout)
    record = probed.record
    print_lines(
        run_report(
            result.findings,
            others,
            result.lines,
            command=flags["program"],
            ending=probed.ending,
            symptoms=probed.symptoms,
            isolation=record.isolation,
            cost=(record.seconds_a_step, record.overhead),
            width=width,
        ),
        flags["output_file"],
    )


# -- a loss


def run_loss(flags: dict[str, Any]) -> int:
    """Try a loss, report, and give the exit status: 0 it descends, 1 it does not.

    Raises:
        Failed: it could not be called at all (status 2).
    """
    from trainlint.probe.loss.report import loss_lines, loss_object
    from trainlint.probe.loss.session import probe_loss
    from trainlint.probe.loss.target import BadTarget, parse_target

    cwd = Path.cwd()
    try:
        target = parse_target(flags["loss"], cwd)
    except BadTarget as error:
        raise Failed(f"--loss: {error}") from None
    announce(f"executing your code: {flags['loss']}")
    verdict = probe_loss(
        target, cwd, sys.executable, seconds=flags["seconds"], network=flags["allow_network"]
    )
    if flags["form"] != "text":
        print_document(
            json.dumps(loss_object(verdict), indent=2 if flags["form"] == "json" else None) + "\n",
            flags["output_file"],
        )
    if verdict.trial is None:
        raise Failed(f"--loss: {verdict.error}")
    if flags["form"] == "text":
        print_document("".join(f"{row}\n" for row in loss_lines(verdict)), flags["output_file"])
    return 0 if verdict.descends else 1


def announce(text: str) -> None:
    """Say on standard error, before it happens, that code is executed."""
    click.echo(f"trainlint: {text}", err=True)
