"""`trainlint check`."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from trainlint.checks import load_rules
from trainlint.cli import options, report_failures, report_internal
from trainlint.cli.formats import digest_for, write_report
from trainlint.cli.help import Manual
from trainlint.cli.inputs import Inputs, read_inputs, read_settings
from trainlint.cli.keeping import add_to_log, baseline_options, save_baseline, split_off_path, use_baseline
from trainlint.cli.output import print_lines
from trainlint.cli.probing import Probing, budget_options, probing_of
from trainlint.cli.progress import progress_bar
from trainlint.engine import Result, check_paths
from trainlint.model import Applicability, Level
from trainlint.report.summary import plural
from trainlint.settings import Settings

EXIT_FINDINGS = 1
EXIT_ERROR = 2

SECTIONS = {
    "Rules": ("--level", "--select", "--extend-select", "--ignore", "--preview"),
    "Report": ("--output-format", "--output-file", "--statistics", "--explain-silence", "--exit-zero"),
    "Fixes": ("--fix", "--unsafe-fixes", "--fix-only", "--diff", "--add-ignore"),
    "Experiments": ("--probe", "--probe-budget", "--keep-not-reproduced"),
    "From run to run": ("--baseline", "--write-baseline", "--log", "--watch"),
    "Settings and input": (
        "--changed",
        "--config",
        "--isolated",
        "--stdin-filename",
    ),
}
EXAMPLES = {
    "trainlint check": "everything below the working directory",
    "trainlint check train.py conf/": "a script and the configs of a directory",
    "trainlint check --fix": "mend what can be mended safely",
    "trainlint check --select TL4,TL701": "only rules on learning rates, and TL701",
    "trainlint check --output-format sarif --output-file out.sarif": "for code scanning; html is for people",
    "trainlint check --write-baseline": "write down what is found now ...",
    "trainlint check --baseline trainlint-baseline.json": "... and report only what is new",
    "trainlint check --watch": "again on every change, until Ctrl-C",
    "cat x.py | trainlint check - --stdin-filename x.py": "standard input as x.py",
}


@dataclass(frozen=True)
class Checked:
    """The end of a run. result: None where fixes were applied."""

    status: int
    settings: Settings
    result: Result | None = None


CODES: dict[str, Any] = {"multiple": True, "callback": options.split_codes, "metavar": "CODES",
                         "shell_complete": options.complete_codes}  # fmt: skip


@click.command(cls=Manual, sections=SECTIONS, examples=EXAMPLES)
@click.argument("paths", nargs=-1, type=click.Path())
@click.option(
    "--level",
    type=click.Choice([level.value for level in Level]),
    help="The mildest level to report (default: warning).",
)
@click.option("--select", **CODES, help="Only these rules: codes, prefixes (TL4) or names.")
@click.option("--extend-select", **CODES, help="These rules as well.")
@click.option("--ignore", **CODES, help="Not these rules.")
@click.option("--preview", is_flag=True, default=None, help="Preview rules as well.")
@click.option(
    "--output-format",
    "form",
    type=click.Choice(options.FORMATS),
    default="text",
    callback=options.check_format,
    help="How to report (default: text).",
)
@click.option("--output-file", type=click.Path(), metavar="F", help="Write the report to this file.")
@click.option("--statistics", is_flag=True, help="Report only how often each rule fired.")
@click.option(
    "--explain-silence",
    is_flag=True,
    help="Say what was not known of each program, and which rules it kept silent.",
)
@click.option("--exit-zero", is_flag=True, help="End with status 0 although there are findings.")
@click.option("--stdin-filename", metavar="F", help="The path that standard input (`-`) stands for.")
@baseline_options
@click.option(
    "--log", is_flag=True, help="Add this run to the log (.trainlint/log.sqlite); see `trainlint log`."
)
@click.option(
    "--probe", is_flag=True, help="Confirm findings by experiments, without running your code; needs torch."
)
@budget_options
@options.fix_options
@options.settings_options
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    metavar="N",
    hidden=True,
    help="Worker processes (this release: one).",
)
@click.option(
    "--no-cache", is_flag=True, hidden=True, help="Read nothing from a cache (this release has none)."
)
@click.option(
    "--changed",
    is_flag=True,
    help="PATHS are a change (as in a commit hook): check the programs that use them too, report what it has a part in.",
)
@click.option("--watch", is_flag=True, help="Check again whenever a file changes, until Ctrl-C.")
@options.later_options
@click.pass_context
def check(ctx: click.Context, /, paths: tuple[str, ...], **flags: Any) -> None:
    """Check Python files, notebooks and configs (default: all below the working directory).

    PATHS are files, directories or globs; `-` is standard input. The exit status is 0 where nothing was
    found, 1 for findings at or above the level, 2 for wrong usage or an internal error.
    """
    if flags["watch"]:
        from trainlint.cli.watching import watch

        ctx.exit(watch(lambda: _check(paths, flags), paths))
    ctx.exit(_check(paths, flags).status)


def _check(paths: tuple[str, ...], flags: Mapping[str, Any]) -> Checked:
    """One run, from reading the settings to the end of the report."""
    paths, target = split_off_path(paths, flags["write_baseline"])
    inputs = read_inputs(paths, flags["stdin_filename"])
    settings = read_settings(
        inputs.paths,
        flags["config"],
        flags["isolated"],
        select=flags["select"],
        extend_select=flags["extend_select"],
        ignore=flags["ignore"],
        level=Level(flags["level"]) if flags["level"] else None,
        preview=flags["preview"],
        jobs=flags["jobs"],
    )
    if any(flags[name] for name in ("fix", "fix_only", "diff", "add_ignore")):
        from trainlint.cli.fixing import run_fixes

        return Checked(run_fixes(inputs, settings, flags), settings)
    probing = probing_of(flags) if flags["probe"] else None
    result = _run(inputs, settings, flags["explain_silence"], flags["form"], probing, flags["changed"])
    found = list(result.findings)
    if target is not None:
        save_baseline(result, settings, inputs.paths, flags["baseline"], target)
        return Checked(0, settings, result)
    use_baseline(result, settings, inputs.paths, flags["baseline"])
    if probing is not None:
        probing.measure(result)
    if flags["log"]:
        add_to_log(result, settings, inputs.paths, found=found)
    if result.left:
        programs = (
            f"{plural(result.left, 'more program')} that use{'s' if result.left == 1 else ''} these files"
        )
        click.echo(f"trainlint: {programs} were not checked; `trainlint check` checks all.", err=True)
    status = status_of(result, settings, flags["exit_zero"])
    write_report(result, flags["form"], flags["statistics"], flags["output_file"])
    if flags["explain_silence"]:
        _explain(result, flags["form"], flags["output_file"])
    return Checked(status, settings, result)


def _run(
    inputs: Inputs, settings: Settings, explain: bool, form: str, probing: Probing | None, changed: bool
) -> Result:
    """Check; where trainlint itself breaks, an empty result that says so, so that the report is still written."""
    gc.freeze()  # what start-up made stays: a collection need not look at it again
    gc.set_threshold(50_000)
    try:
        with progress_bar() as progress:
            result = check_paths(
                list(inputs.paths),
                Path.cwd(),
                settings,
                overlays=inputs.overlays,
                progress=progress,
                explain=explain,
                digest=digest_for(form),
                changed=changed,
                plan=probing.plan() if probing is not None else None,
            )
            return _with_fixes(result, inputs)
    except Exception as error:
        report_internal(f"{type(error).__name__}: {error}", error)
        result = Result()
        result.failures.append("")
        return result


def _with_fixes(result: Result, inputs: Inputs) -> Result:
    """Look for fixes, if any of these rules has any: what they need is not loaded otherwise."""
    rules = load_rules()
    if any(rules[finding.code].fix is not Applicability.NONE for finding in result.findings):
        from trainlint.fixing import attach

        attach(result, Path.cwd(), inputs.overlays)
    return result


def status_of(result: Result, settings: Settings, exit_zero: bool) -> int:
    """The exit status; says on standard error what went wrong with arguments, or inside trainlint.

    Findings that a probe has lowered below the level do not count.
    """
    for problem in result.argument_problems:
        click.echo(f"trainlint: {problem.location.path}: {problem.message}", err=True)
    failures = [] if any("TL999".startswith(word) for word in settings.ignore) else result.failures
    report_failures(failures)
    if failures or result.argument_problems:
        return EXIT_ERROR
    counted = any(finding.level.rank >= settings.level.rank for finding in result.findings)
    return EXIT_FINDINGS if counted and not exit_zero else 0


def _explain(result: Result, form: str, output_file: str | None) -> None:
    """What kept rules silent: beneath a text report on the screen; else on standard error, for documents stay whole."""
    from trainlint.report.silence import silence_lines
    from trainlint.report.styled import plain

    lines = silence_lines(result.silences)
    if form == "text" and output_file is None:
        print_lines(lines, None)
    else:
        click.echo(plain(lines), err=True, nl=False)
