"""`trainlint check --fix`, `--fix-only`, `--diff` and `--add-ignore`: what is written into files."""

from __future__ import annotations

import difflib
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from trainlint.cli.formats import digest_for, write_report
from trainlint.cli.inputs import Inputs
from trainlint.cli.keeping import add_to_log, use_baseline
from trainlint.cli.output import Failed
from trainlint.cli.progress import progress_bar
from trainlint.fixes.apply import encoding_of
from trainlint.fixes.writing import replace_file
from trainlint.fixing import Fixed, fix_paths, ignore_paths
from trainlint.report.summary import plural
from trainlint.settings import Settings
from trainlint.source.files import display_path


def run_fixes(inputs: Inputs, settings: Settings, flags: Mapping[str, Any]) -> int:
    """Mend (or silence) what is found, then report what is left; the exit status.

    Raises:
        Failed: a file cannot be written.
    """
    from trainlint.cli.check import status_of

    fixed = _changes(inputs, settings, flags)
    if flags["diff"]:
        _show(fixed)
        failed = status_of(fixed.result, settings, True)
        return failed or int(bool(fixed.after) and not flags["exit_zero"])
    piped = any(path.resolve() in {p.resolve() for p in inputs.overlays} for path in inputs.paths)
    if piped:
        _pass_on(fixed, inputs)
    else:
        _write(fixed)
    _say(fixed, silenced=flags["add_ignore"])
    if flags["log"]:
        add_to_log(fixed.result, settings, inputs.paths, fixed.first)
    use_baseline(fixed.result, settings, inputs.paths, flags["baseline"])
    status = status_of(fixed.result, settings, flags["exit_zero"] or flags["fix_only"])
    if not flags["fix_only"]:
        if piped:
            return status
        write_report(fixed.result, flags["form"], flags["statistics"], flags["output_file"])
    return status


def _changes(inputs: Inputs, settings: Settings, flags: Mapping[str, Any]) -> Fixed:
    paths, cwd = list(inputs.paths), Path.cwd()
    with progress_bar() as progress:
        if flags["add_ignore"]:
            return ignore_paths(paths, cwd, settings, overlays=inputs.overlays, progress=progress)
        unsafe = flags["unsafe_fixes"]
        digest = digest_for(flags["form"])
        return fix_paths(
            paths,
            cwd,
            settings,
            unsafe=unsafe,
            overlays=inputs.overlays,
            progress=progress,
            digest=digest,
            changed=flags["changed"],
        )


def _show(fixed: Fixed) -> None:
    """A unified diff of every file."""
    for path in sorted(fixed.after):
        name = display_path(path, Path.cwd())
        before, after = _lines(path, fixed.before[path]), _lines(path, fixed.after[path])
        for line in difflib.unified_diff(before, after, f"a/{name}", f"b/{name}"):
            text = line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
            sys.stdout.write(text)


def _lines(path: Path, data: bytes) -> list[str]:
    return data.decode(encoding_of(path, data)).splitlines(keepends=True)


def _write(fixed: Fixed) -> None:
    for path, data in sorted(fixed.after.items()):
        try:
            replace_file(path, data, fixed.before[path])
        except OSError as error:
            name = display_path(path, Path.cwd())
            raise Failed(f"{name}: cannot be written: {error.strerror or error}") from None


def _pass_on(fixed: Fixed, inputs: Inputs) -> None:
    """What came in by standard input goes out mended; other files are left alone."""
    for path, data in inputs.overlays.items():
        sys.stdout.buffer.write(fixed.after.get(path.resolve(), data))


def _say(fixed: Fixed, *, silenced: bool) -> None:
    """On standard error, whatever the format of the report is."""
    if fixed.applied:
        codes = Counter(finding.code for finding in fixed.applied)
        what = ", ".join(f"{code} ({count})" if count > 1 else code for code, count in sorted(codes.items()))
        done = "Ignored" if silenced else "Fixed"
        files = plural(len(fixed.after), "file")
        click.echo(f"{done} {plural(len(fixed.applied), 'finding')} in {files}: {what}.", err=True)
    if not fixed.settled:
        click.echo("trainlint: the fixes undo each other; please report it.", err=True)
