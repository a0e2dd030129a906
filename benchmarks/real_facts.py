"""Measures `trainlint facts` against facts that people read from real programs (tests/facts/real).

python benchmarks/real_facts.py run [--frozen] [--only NAME,...] [--tree DIR] [--details] [--write-summary LABEL]
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click
from ecosystem import TREE, default_cache
from realcode import fact_results, pins, process, sources, truths
from realcode.fact_scores import RIGHT, Score, Tally, score, tallies
from realcode.truths import Truth

HERE = Path(__file__).resolve().parent
FACTS = HERE.parent / "tests" / "facts" / "real"
FROZEN = "frozen12"
"""The folder with the present frozen entry points; earlier ones are open now, and the name of their results stays."""


@click.group(help=__doc__, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--cache", type=click.Path(path_type=Path), default=default_cache, help="downloads and sources")
@click.option("--home", type=click.Path(path_type=Path), default=FACTS, help="the facts and their results")
@click.pass_context
def main(context: click.Context, cache: Path, home: Path) -> None:
    context.obj = (cache.absolute(), home.absolute())


@main.command()
@click.option("--frozen", is_flag=True, help="measure the frozen entry points instead of the open ones")
@click.option("--only", help="names of entry points, comma separated")
@click.option("--tree", type=TREE, default=process.REPOSITORY, help="another checkout of trainlint to run")
@click.option("--details", is_flag=True, help="also list what is right")
@click.option("--timeout", type=float, default=300.0, show_default=True, help="seconds for an entry point")
@click.option("--write-summary", metavar="LABEL", help="keep the totals under this label, in RESULTS.md")
@click.pass_obj
def run(
    where: tuple[Path, Path],
    frozen: bool,
    only: str | None,
    tree: Path,
    details: bool,
    timeout: float,
    write_summary: str | None,
) -> None:
    """Run `trainlint facts` on each entry point and compare."""
    if frozen and not write_summary:
        raise click.UsageError(
            "the frozen ones are run once, so their totals are kept: give --write-summary LABEL"
        )
    process.end_children_on_termination()
    cache, home = where
    known = {(p.name, p.version): p for file in (HERE, home) for p in pins.read(file / "packages.toml")}
    scores: list[Score] = []
    by_entry: dict[str, dict[str, Tally]] = {}
    for truth in truths.read_all(home / FROZEN if frozen else home, only):
        folder = _sources(truth, known, cache)
        document, trouble = _document(truth, folder, tree.absolute(), timeout)
        found = score(truth, document)
        scores += found
        by_entry[truth.name] = tallies(found)
        click.echo(f"\n{truth.name}: {truth.entry}{f'  ({trouble})' if trouble else ''}")
        _print_scores(found, details)
    click.echo()
    _print_tallies({**{name: counts["all"] for name, counts in by_entry.items()}, **tallies(scores)})
    if write_summary:
        fact_results.add(home, write_summary, FROZEN if frozen else "open", by_entry)


def _sources(truth: Truth, known: dict[tuple[str, str], pins.Pin], cache: Path) -> Path:
    """The package's folder, with the very entry file that was read."""
    pin = known.get((truth.package, truth.version))
    if pin is None:
        raise click.ClickException(f"{truth.name}: {truth.package}=={truth.version} is not pinned")
    folder = sources.fetch(pin, cache)
    entry = folder / truth.entry
    if not entry.is_file() or sources.sha256(entry) != truth.sha256:
        raise click.ClickException(f"{truth.name}: {entry} is not the file that was read")
    return folder


def _document(truth: Truth, folder: Path, tree: Path, timeout: float) -> tuple[dict[str, Any] | None, str]:
    """What trainlint says of the entry point, and what went wrong, if anything did."""
    command = [sys.executable, "-m", "trainlint", "facts", "--isolated", "--output-format", "json"]
    outcome = process.run([*command, truth.entry, *truth.configs], folder, timeout, tree)
    if outcome.status is None:
        return None, f"not done after {timeout:g} s"
    try:
        documents = json.loads(outcome.output)
    except ValueError:
        return None, f"status {outcome.status}: {outcome.errors.strip()[-300:]}"
    mine = [each for each in documents if each["entry"] == truth.entry]
    trouble = outcome.errors.strip()[-300:] if outcome.status else ""
    return (mine[0], trouble) if mine else (None, trouble or "no document for it")


def _print_scores(scores: Iterable[Score], details: bool) -> None:
    for each in scores:
        if each.verdict != RIGHT or details:
            what = f"{each.field} {f'({each.subject})' if each.subject else ''}"
            values = f"got {each.got}" if each.extra else f"expected {each.expected}, got {each.got}"
            click.echo(f"  {each.verdict:8}{what:50} {values}")


def _print_tallies(counts: dict[str, Tally]) -> None:
    click.echo(
        f"{'':36}{'decided':>8}{'right':>7}{'unknown':>8}{'wrong':>7}{'recall':>9}{'wrong/decided':>15}"
    )
    for name, t in counts.items():
        shares = f"{t.recall:9.1%}{t.wrong_share:15.1%}" if t.decided else ""
        click.echo(f"{name:36}{t.decided:8}{t.right:7}{t.unknown:8}{t.wrong:7}{shares}")


if __name__ == "__main__":
    try:
        main(standalone_mode=True)
    except (truths.TruthError, pins.PinError, sources.FetchError) as error:
        sys.exit(f"real_facts: {error}")
