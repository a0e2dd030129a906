"""Runs trainlint over the pinned sources of real packages, compares with a committed summary, keeps verdicts.

python benchmarks/ecosystem.py run [--only monai,kornia] [--save NAME] [--write-summary]
python benchmarks/ecosystem.py diff [--against NAME]
python benchmarks/ecosystem.py show monai [--code TL401]
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from realcode import changes, excerpts, judgements, pins, process, runs, sources, summary

HERE = Path(__file__).resolve().parent
TREE = click.Path(exists=True, file_okay=False, path_type=Path)


@dataclass(frozen=True, slots=True)
class Bench:
    """Where pins, summary and verdicts are kept (committed), and the cache (never committed)."""

    home: Path
    cache: Path
    tree: Path

    @property
    def pins(self) -> Path:
        return self.home / "packages.toml"

    @property
    def summary(self) -> Path:
        return self.home / "ecosystem_summary.json"

    @property
    def judgements(self) -> Path:
        return self.home / "judgements.tsv"

    @property
    def sources(self) -> Path:
        return self.cache / "sources"

    def results(self, name: str = "current") -> Path:
        return self.cache / "results" / name

    def load(self, name: str = "current") -> list[runs.Result]:
        """The results of a run, or a message that there are none."""
        results = runs.load(self.results(name))
        if not results:
            raise click.ClickException(
                f"no results named {name} in {self.cache}; start with `ecosystem.py run`"
            )
        return results


def default_cache() -> Path:
    """`trainlint-ecosystem` in the user's cache folder (XDG_CACHE_HOME)."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "trainlint-ecosystem"


@click.group(help=__doc__, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--cache", type=click.Path(path_type=Path), default=default_cache, help="downloads, sources and results"
)
@click.option("--home", type=click.Path(path_type=Path), default=HERE, help="pins, summary and judgements")
@click.option("--tree", type=TREE, default=process.REPOSITORY, help="another checkout of trainlint to run")
@click.pass_context
def main(context: click.Context, cache: Path, home: Path, tree: Path) -> None:
    context.obj = Bench(home.absolute(), cache.absolute(), tree.absolute())


@main.command()
@click.argument("requirements", nargs=-1, required=True)
@click.option("--kind", type=click.Choice(["sdist", "wheel"]), default="sdist", show_default=True)
@click.pass_obj
def pin(bench: Bench, requirements: tuple[str, ...], kind: str) -> None:
    """Pin NAME or NAME==VERSION to what the index serves now (in place of an earlier pin)."""
    known = {each.name: each for each in pins.read(bench.pins)}
    for requirement in requirements:
        new = sources.resolve(requirement, kind, bench.cache)
        known[new.name] = new
        pins.write(bench.pins, list(known.values()))
        click.echo(f"{new.name} {new.version}: {new.file}")


@main.command()
@click.option("--only", help="packages, comma separated")
@click.pass_obj
def fetch(bench: Bench, only: str | None) -> None:
    """Download and unpack; print each package's size."""
    total = 0
    for each in pins.choose(pins.read(bench.pins), only):
        size = sources.size(sources.fetch(each, bench.cache))
        total += size.lines
        files = f"{size.python_files:6} files {size.notebooks:4} notebooks {size.lines:8} lines"
        click.echo(f"{each.folder:40} {each.kind} {files}")
    click.echo(f"{total} lines")


@main.command()
@click.option("--only", help="packages, comma separated")
@click.option(
    "--save", metavar="NAME", help="keep all current results under this name too, for `diff --against`"
)
@click.option(
    "--write-summary", is_flag=True, help="write the committed summary (a full run without --preview only)"
)
@click.option("--preview", is_flag=True, help="with preview rules; kept apart as `current-preview`")
@click.option("--timeout", type=float, help="seconds for a package, instead of 60 + 0.5 for each file")
@click.pass_obj
def run(
    bench: Bench,
    only: str | None,
    save: str | None,
    write_summary: bool,
    preview: bool,
    timeout: float | None,
) -> None:
    """Check the packages, one process each, and print a table."""
    if write_summary and (only or preview):
        raise click.UsageError("--write-summary needs all packages and no --preview")
    chosen = pins.choose(pins.read(bench.pins), only)
    current = "current-preview" if preview else "current"
    done = []
    for each in chosen:
        folder = sources.fetch(each, bench.cache)
        result = runs.check(
            each, folder, sources.size(folder), preview=preview, timeout=timeout, tree=bench.tree
        )
        runs.save(result, bench.results(current))
        done.append(result)
        click.echo(
            f"{each.folder}: {len(result.findings)} findings, {result.seconds} s {result.failure}", err=True
        )
    click.echo(summary.table(done))
    if save:
        runs.keep_as(bench.results(current), bench.results(save))
    if write_summary:
        summary.write(summary.summarize(done), bench.summary)
    if any(result.failure for result in done):
        sys.exit(1)


@main.command()
@click.option("--only", help="packages, comma separated")
@click.option("--over", default=10.0, show_default=True, help="print programs that took longer, in seconds")
@click.pass_obj
def programs(bench: Bench, only: str | None, over: float) -> None:
    """Time every program by itself; print the slow ones and the tracebacks of internal errors. Status 1 if any.

    Also printed: what interpreting takes in parse times of what it visits.
    """
    bad = 0
    total: Counter[str] = Counter()  # seconds, mostly
    for each in pins.choose(pins.read(bench.pins), only):
        folder = sources.fetch(each, bench.cache)
        times, failures, effort = runs.time_programs(folder, sources.size(folder), bench.tree)
        slow = [(path, seconds) for path, seconds in times if seconds > over]
        slowest = f"{times[0][1]} s for {times[0][0]}" if times else "none"
        click.echo(
            f"{each.folder}: {len(times)} programs, {len(failures)} internal errors; slowest {slowest}; "
            + runs.describe_effort(effort)
        )
        total.update(effort)
        for path, seconds in slow:
            click.echo(f"  SLOW {seconds} s {path}")
        for failure, count in Counter(map(runs.shorten, failures)).most_common():
            click.echo(f"  {count} x {failure}")
        bad += len(slow) + len(failures)
    click.echo(f"all: {runs.describe_effort(total)}")
    sys.exit(1 if bad else 0)


@main.command()
@click.option("--name", default="current", show_default=True, help="which results")
@click.pass_obj
def summarize(bench: Bench, name: str) -> None:
    """Write the committed summary from the results of earlier runs (all packages, as pinned)."""
    results = bench.load(name)
    pinned = {each.folder for each in pins.read(bench.pins)}
    missing = pinned - {each.folder for each in results}
    if missing:
        raise click.ClickException(f"no results of {', '.join(sorted(missing))}; run them first")
    whole = [each for each in results if each.folder in pinned and not each.failure]
    for each in results:
        if each.failure:
            click.echo(f"left out: {each.folder}: {each.failure}")
    summary.write(summary.summarize(whole), bench.summary)


@main.command()
@click.option("--name", default="current", show_default=True, help="which results")
@click.pass_obj
def table(bench: Bench, name: str) -> None:
    """Print the table of an earlier run."""
    click.echo(summary.table(bench.load(name)))


@main.command()
@click.option(
    "--against", metavar="NAME", help="an earlier run kept with --save: prints each finding added or removed"
)
@click.option("--name", default="current", show_default=True, help="which results are the new ones")
@click.option("--code", help="only this rule")
@click.pass_obj
def diff(bench: Bench, against: str | None, name: str, code: str | None) -> None:
    """Compare the last run with the committed summary, and with an earlier run. Status 1 if they differ."""
    current = bench.load(name)
    counts = summary.compare(summary.read(bench.summary), summary.summarize(current))
    click.echo("\n".join(counts) or "counts are those of the committed summary")
    found = changes.between(bench.load(against), current, bench.sources) if against else []
    found = [change for change in found if not code or change.finding["code"] == code]
    if against:
        click.echo(f"\nagainst {against}: {len(found)} findings differ")
        click.echo("\n".join(str(change) for change in found))
    sys.exit(1 if counts or found else 0)


@main.command()
@click.argument("package")
@click.option("--code", help="only this rule")
@click.option(
    "--level",
    type=click.Choice(runs.LEVELS),
    default="warning",
    show_default=True,
    help="this level and above",
)
@click.option("--name", default="current", show_default=True, help="which results")
@click.option("--unjudged", is_flag=True, help="only findings without a verdict")
@click.option("--around", default=2, show_default=True, help="lines of source before and after")
@click.pass_obj
def show(
    bench: Bench, package: str, code: str | None, level: str, name: str, unjudged: bool, around: int
) -> None:
    """Print the findings of PACKAGE (or `all`) with source and origins, and the verdict if there is one."""
    book = judgements.Book(judgements.read(bench.judgements))
    for result in _of(bench.load(name), package):
        folder = bench.sources / result.folder
        for finding in result.findings:
            if code is None and finding["code"] == "TL999":  # many, and `programs` shows where they come from
                continue
            if finding["level"] in at_least(level) and code in (None, finding["code"]):
                known = book.verdict(result, folder, finding)
                if known and unjudged:
                    continue
                verdict = f"[{known.verdict}: {known.why}] " if known else ""
                click.echo(f"{verdict}{result.name} {excerpts.describe(folder, finding, around)}\n")


def at_least(level: str) -> tuple[str, ...]:
    """The levels that are this one or graver."""
    return runs.LEVELS[: runs.LEVELS.index(level) + 1]


def _of(results: list[runs.Result], package: str) -> list[runs.Result]:
    found = [result for result in results if package in ("all", result.name)]
    if not found:
        raise click.ClickException(
            f"no results of {package}; there are {', '.join(result.name for result in results)}"
        )
    return found


@main.command()
@click.argument("package")
@click.argument("code")
@click.argument("place", metavar="PATH:LINE")
@click.argument("verdict", type=click.Choice(judgements.VERDICTS))
@click.argument("why")
@click.option("--name", default="current", show_default=True, help="which results")
@click.pass_obj
def judge(bench: Bench, package: str, code: str, place: str, verdict: str, why: str, name: str) -> None:
    """Record a verdict on the finding of CODE at PATH:LINE (`PATH:cell N:LINE` in a notebook)."""
    (result,) = _of(bench.load(name), package)[:1]
    folder = bench.sources / result.folder
    matching = [each for each in result.findings if each["code"] == code and excerpts.place(each) == place]
    if not matching:
        raise click.ClickException(f"{result.name} has no finding of {code} at {place}")
    new = judgements.judge(result, folder, matching[0], verdict, why)
    kept = [each for each in judgements.read(bench.judgements) if _where(each) != _where(new)]
    judgements.write(bench.judgements, [*kept, new])


def _where(each: judgements.Judgement) -> tuple[Any, ...]:
    return each.package, each.code, each.path, each.line, each.fingerprint


@main.command("judge-report")
@click.option(
    "--level",
    type=click.Choice(runs.LEVELS),
    default="warning",
    show_default=True,
    help="this level and above",
)
@click.option("--name", default="current", show_default=True, help="which results")
@click.option("--only", help="packages, comma separated")
@click.pass_obj
def judge_report(bench: Bench, level: str, name: str, only: str | None) -> None:
    """Acceptance by rule and package from the verdicts, and what nobody judged (status 1 if any)."""
    results = bench.load(name)
    if only:
        results = [result for each in only.split(",") for result in _of(results, each.strip())]
    text, left = judgements.report(results, bench.sources, judgements.read(bench.judgements), at_least(level))
    click.echo(text)
    sys.exit(1 if left else 0)


if __name__ == "__main__":
    process.end_children_on_termination()
    try:
        main()
    except (pins.PinError, sources.FetchError, judgements.JudgementError) as problem:
        click.echo(f"error: {problem}", err=True)
        sys.exit(2)
