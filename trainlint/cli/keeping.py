"""What a run leaves behind where that is asked for: a baseline, and an entry in the log."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from trainlint import __version__
from trainlint.baseline import FILE_NAME, BaselineError, read_baseline, write_baseline
from trainlint.checks import load_rules
from trainlint.cli.output import Failed
from trainlint.cli.repository import commit_id, repository_root
from trainlint.engine import Result
from trainlint.model import Finding
from trainlint.settings import Settings

THE_USUAL = "*"
"""What `--write-baseline` stands for where no file follows it."""


def baseline_options(command: Any) -> Any:
    """`--baseline F` and `--write-baseline [F]`."""
    reading = click.option(
        "--baseline", type=click.Path(), metavar="F", help="Leave out the findings that this file knows."
    )
    writing = click.option(
        "--write-baseline",
        is_flag=False,
        flag_value=THE_USUAL,
        metavar="[F.json]",
        help=f"Write the findings as a baseline, to the file of --baseline, or {FILE_NAME}; status 0.",
    )
    return reading(writing(command))


def split_off_path(paths: tuple[str, ...], target: str | None) -> tuple[tuple[str, ...], str | None]:
    """`--write-baseline src` means the path `src`, as only a `.json` file can be a baseline that is written."""
    if target is None or target == THE_USUAL or target.endswith(".json"):
        return paths, target
    return (target, *paths), THE_USUAL


def use_baseline(result: Result, settings: Settings, paths: Sequence[Path], named: str | None) -> None:
    """Take the known findings out of a result.

    Raises:
        Failed: the baseline cannot be read.
    """
    path = _baseline_file(settings, named)
    if path is None:
        return
    cwd = Path.cwd()
    try:
        baseline = read_baseline(path)
    except BaselineError as error:
        raise Failed(str(error)) from None
    new, met = baseline.without_known(result.findings, result.lines, cwd)
    result.known = len(result.findings) - len(new)
    result.findings[:] = new
    if not result.failures:
        result.gone = baseline.gone(met, paths, cwd)


def save_baseline(
    result: Result, settings: Settings, paths: Sequence[Path], named: str | None, target: str
) -> None:
    """Write the findings of a result as a baseline, and say so.

    Raises:
        Failed: it cannot be written, or the run itself failed.
    """
    if result.failures or result.argument_problems:
        raise Failed("no baseline was written, because the run itself failed")
    path = Path(target) if target != THE_USUAL else _baseline_file(settings, named) or Path(FILE_NAME)
    try:
        write_baseline(path, result.findings, result.lines, paths, Path.cwd())
    except BaselineError as error:
        raise Failed(str(error)) from None
    count = len(result.findings)
    click.echo(
        f"Wrote {count:,} finding{'' if count == 1 else 's'} to {path}; "
        f"`trainlint check --baseline {path}` reports only what is new.",
        err=True,
    )


def _baseline_file(settings: Settings, named: str | None) -> Path | None:
    """The baseline of the command line, or of the settings."""
    if named is not None:
        return Path(named)
    return settings.base / settings.baseline if settings.baseline is not None else None


def add_to_log(
    result: Result,
    settings: Settings,
    paths: Sequence[Path],
    before: Result | None = None,
    found: Sequence[Finding] = (),
) -> None:
    """Append a run to the repository's log.

    before: what was there before fixes were applied, where they were. found: all that was found, where a baseline took
    some of it out of the result.

    Raises:
        Failed: it cannot be written.
    """
    from trainlint.history.store import LogError, Run, add_run

    cwd = Path.cwd()
    root = repository_root(cwd)
    shown = [
        code
        for code, rule in load_rules().items()
        if settings.selects(rule) and rule.level.rank >= settings.level.rank
    ]
    complete = not (result.failures or result.argument_problems)
    earlier = (before.findings, before.lines) if before is not None else ((), {})
    measured = {(finding.code, finding.location): finding for finding in result.findings}
    findings = [measured.get((f.code, f.location), f) for f in found] if found else result.findings
    run = Run(findings, result.lines, paths, shown, __version__, commit_id(root), complete, earlier)
    try:
        add_run(root, cwd, run)
    except LogError as error:
        raise Failed(str(error)) from None
