"""`trainlint log`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from trainlint.checks import load_rules
from trainlint.cli.help import Manual
from trainlint.cli.options import complete_codes
from trainlint.cli.output import Failed, print_document, print_lines
from trainlint.cli.repository import commit_id, repository_root
from trainlint.history.queries import Log, RunRow, Stretch
from trainlint.history.store import LogError
from trainlint.model import Level
from trainlint.report.styled import Line, Style, line, printable
from trainlint.report.summary import LEVEL_STYLES, plural
from trainlint.scope import seen_from

SHORT = 10
"""Digits of a commit's id that are shown."""


@click.command(
    cls=Manual,
    examples={
        "trainlint check --log": "check, and add this run to the log",
        "trainlint log": "the runs, and what is open now",
        "trainlint log --rule TL701": "when each finding of a rule came and went",
        "trainlint log --place train.py:30": "what was found at a line",
        "trainlint log --between main..HEAD": "what this branch brought and mended",
    },
)
@click.option(
    "--rule", "word", metavar="CODE|NAME", shell_complete=complete_codes, help="The history of one rule."
)
@click.option("--place", metavar="PATH[:LINE]", help="The history of a file, a folder, or a line.")
@click.option("--between", metavar="A..B", help="What came and what went between two commits.")
@click.option("--last", type=click.IntRange(min=1), metavar="N", help="Only the last N runs (or findings).")
@click.option(
    "--output-format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    help="How to report (default: text).",
)
def log(word: str | None, place: str | None, between: str | None, last: int | None, form: str) -> None:
    """Show what past runs of `trainlint check --log` found, confirmed and saw fixed, and when.

    Without an option: the runs of this repository, and what stands open.
    """
    if between is not None and (word or place):
        raise click.UsageError("--between stands alone.")
    root = repository_root(Path.cwd())
    try:
        history = Log(root)
        if between is not None:
            _between(history, root, between, form)
        elif word is not None or place is not None:
            found = _stretches(history, root, word, place)
            _findings(found[-last:] if last else found, form)
        else:
            _overview(history, last, form)
    except LogError as error:
        raise Failed(str(error)) from None


def _overview(history: Log, last: int | None, form: str) -> None:
    runs, stretches = history.runs(last), history.stretches()
    if form == "json":
        document = {"runs": [asdict(run) for run in runs], "findings": [asdict(s) for s in stretches]}
        print_document(json.dumps(document, indent=2) + "\n", None)
        return
    lines = [_run_line(run) for run in runs]
    counts = Counter(_state(stretch) for stretch in stretches)
    standing = [stretch for stretch in stretches if stretch.ended is None]
    tail = ", ".join(f"{counts[state]:,} {state}" for state in ("open", "fixed", "gone") if counts[state])
    lines += [line(), line((f"{tail or 'nothing was found yet'}", Style.STRONG))]
    lines += [row for stretch in standing for row in _stretch_lines(stretch)]
    print_lines(lines, None)


def _run_line(run: RunRow) -> Line:
    changes: list[tuple[str, Style]] = []
    if run.came:
        changes.append((f" +{run.came}", Style.WARNING))
    if run.went:
        changes.append((f" -{run.went}", Style.ADVICE))
    paths = " ".join(json.loads(run.paths))
    return line(
        (_when(run.time, run.commit), Style.QUIET), f"  {plural(run.found, 'finding')}", *changes,
        (f"  {printable(paths)}", Style.PATH),
    )  # fmt: skip


def _stretches(history: Log, root: Path, word: str | None, place: str | None) -> list[Stretch]:
    code = _code(word) if word is not None else None
    path, number = None, None
    if place is not None:
        head, _, tail = place.rpartition(":")
        given, number = (head, int(tail)) if head and tail.isdigit() else (place, None)
        path = seen_from(root, Path.cwd())(given)
    return history.stretches(code, path, number)


def _code(word: str) -> str:
    names = {rule.name: code for code, rule in load_rules().items()}
    code = names.get(word.lower(), word.upper())
    if code not in load_rules():
        raise Failed(f"There is no rule {word!r}. `trainlint rule --all` lists the rules.")
    return code


def _findings(found: Sequence[Stretch], form: str) -> None:
    if form == "json":
        print_document(json.dumps([asdict(stretch) for stretch in found], indent=2) + "\n", None)
        return
    lines = [row for stretch in found for row in _stretch_lines(stretch)]
    print_lines(lines or [line("Nothing was found there so far.")], None)


def _between(history: Log, root: Path, revisions: str, form: str) -> None:
    old, dots, new = revisions.partition("..")
    if not dots or not old:
        raise click.UsageError("--between takes two commits: A..B")
    came, went = history.between(
        _run_at(history, root, old), _run_at(history, root, new.lstrip(".") or "HEAD")
    )
    if form == "json":
        document = {
            "came": [asdict(stretch) for stretch in came],
            "went": [asdict(stretch) for stretch in went],
        }
        print_document(json.dumps(document, indent=2) + "\n", None)
        return
    lines: list[Line] = []
    for title, found in (("came", came), ("went", went)):
        lines.append(line((f"{len(found):,} {title}", Style.STRONG)))
        lines += [row for stretch in found for row in _stretch_lines(stretch)]
    print_lines(lines, None)


def _run_at(history: Log, root: Path, revision: str) -> int:
    commit = commit_id(root, revision) or (revision if _is_id(revision) else None)
    if commit is None:
        raise Failed(f"git knows no commit {revision!r} here.")
    run = history.run_at(commit)
    if run is None:
        raise Failed(
            f"no run at {revision} ({commit[:SHORT]}) is in the log; `trainlint check --log` adds runs."
        )
    return run


def _is_id(word: str) -> bool:
    return 4 <= len(word) <= 64 and all(letter in "0123456789abcdef" for letter in word)


def _stretch_lines(stretch: Stretch) -> list[Line]:
    cell = f":cell {stretch.cell}" if stretch.cell is not None else ""
    head = line(
        (f"{printable(stretch.path)}{cell}:{stretch.line}", Style.PATH),
        (f" {stretch.code} {stretch.name} ", Style.STRONG),
        (stretch.level, LEVEL_STYLES[Level(stretch.level)]),
    )
    verb = "found again" if stretch.again else "found"
    story = [f"{verb} {_when(stretch.began, stretch.began_commit)}"]
    if stretch.verdict:
        story.append(stretch.verdict)
    if stretch.ended is not None:
        story.append(f"{stretch.how} {_when(stretch.ended, stretch.ended_commit)}")
    return [head, line(("  " + ", ".join(story), Style.QUIET))]


def _state(stretch: Stretch) -> str:
    return stretch.how or "open"


def _when(time: str, commit: str | None) -> str:
    """Date and time (UTC), and the commit where it is known."""
    shown = time[:16].replace("T", " ")
    return f"{shown} at {commit[:SHORT]}" if commit else shown
