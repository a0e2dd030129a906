"""Measures trainlint's speed as ratios taken in one run, so that they mean the same on any machine.

One script of some 300 lines, from process start: against a bare interpreter that parses the file and against
ruff. One whole package (monai) on one core: against `ast.parse` of all its files. Medians of interleaved
runs, so that other load falls on all alike; `cpu` is what an idle core would take.

    python benchmarks/speed.py [--runs 9] [--skip-package]
"""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

import click
from ecosystem import HERE, default_cache
from realcode import pins, process, sources

# 310 lines that hold their own data, network and loop.
SCRIPT = ("pytorch-ignite", "examples/siamese_network/siamese_network.py")
PACKAGE = "monai"
PARSE_FILE = "import ast, sys; ast.parse(open(sys.argv[1], 'rb').read())"
PARSE_ALL = """
import ast, pathlib, sys
for path in pathlib.Path(sys.argv[1]).rglob('*.py'):
    try:
        ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        pass
"""
LIMIT = 900.0  # seconds for one command; a guard only


class Contest:
    """Commands that do the same work, run in turns."""

    def __init__(self, title: str, commands: dict[str, list[str]], folder: Path) -> None:
        self.title, self.commands, self.folder = title, commands, folder
        self.outcomes: dict[str, list[process.Outcome]] = {name: [] for name in commands}

    def run(self, rounds: int, warm_up: bool) -> None:
        """Run every command once a round; a warm-up round, not counted, fills file caches and byte code."""
        for number in range(rounds + warm_up):
            for name, command in self.commands.items():
                outcome = process.run(command, self.folder, LIMIT)
                if outcome.status != 0:
                    raise click.ClickException(f"{name}: status {outcome.status}: {outcome.errors[-500:]}")
                if number or not warm_up:
                    self.outcomes[name].append(outcome)

    def median(self, name: str, measure: str) -> float:
        """The median of `seconds`, `cpu` or `peak_mebibytes` of one command."""
        return statistics.median(float(getattr(outcome, measure)) for outcome in self.outcomes[name])

    def table(self, subject: str) -> str:
        """Medians, and how many times the subject takes what each command takes."""
        rows = [f"{self.title} (median of {len(self.outcomes[subject])})"]
        rows.append(f"  {'':24} {'wall s':>8} {'cpu s':>8} {'MiB':>7} {'wall ratio':>11} {'cpu ratio':>10}")
        for name in self.commands:
            wall, cpu, peak = (self.median(name, each) for each in ("seconds", "cpu", "peak_mebibytes"))
            ratios = [self.median(subject, each) / self.median(name, each) for each in ("seconds", "cpu")]
            rows.append(
                f"  {name:24} {wall:8.3f} {cpu:8.3f} {peak:7.1f} {ratios[0]:10.1f}x {ratios[1]:9.1f}x"
            )
        return "\n".join(rows)


def check_command(target: str) -> list[str]:
    """A run of trainlint without cache and workers."""
    options = ["--exit-zero", "--no-cache", "--jobs", "1", "--output-format", "json"]
    return [sys.executable, "-m", "trainlint", "check", target, *options]


def ruff() -> str | None:
    """The ruff of this environment, else the one on PATH."""
    beside = Path(sys.executable).with_name("ruff")
    return str(beside) if beside.exists() else shutil.which("ruff")


def one_script(script: Path, rounds: int) -> Contest:
    """The script alone in a folder, as a hook or an editor would check it."""
    with tempfile.TemporaryDirectory() as name:
        shutil.copy(script, Path(name) / "train.py")
        commands = {
            "trainlint check": check_command("train.py"),
            "python, ast.parse": [sys.executable, "-c", PARSE_FILE, "train.py"],
        }
        if (linter := ruff()) is not None:
            commands["ruff check"] = [linter, "check", "--isolated", "--no-cache", "--exit-zero", "train.py"]
        lines = len(script.read_bytes().splitlines())
        contest = Contest(f"one script of {lines} lines, from process start", commands, Path(name))
        contest.run(rounds, warm_up=True)
    return contest


def one_package(folder: Path, size: sources.Size, rounds: int) -> Contest:
    """A whole package on one core."""
    commands = {
        "trainlint check": check_command("."),
        "python, ast.parse": [sys.executable, "-c", PARSE_ALL, "."],
    }
    title = f"{folder.name}: {size.python_files} files, {size.lines} lines, one core"
    contest = Contest(title, commands, folder)
    contest.run(rounds, warm_up=False)
    return contest


@click.command(help=__doc__)
@click.option("--runs", default=9, show_default=True, help="rounds for the script")
@click.option("--package-runs", default=1, show_default=True, help="rounds for the package")
@click.option("--package", default=PACKAGE, show_default=True, help="which pinned package")
@click.option("--script", type=click.Path(exists=True, path_type=Path), help="another script to check")
@click.option("--skip-package", is_flag=True, help="only the script")
@click.option("--cache", type=click.Path(path_type=Path), default=default_cache, help="downloads and sources")
def main(
    runs: int, package_runs: int, package: str, script: Path | None, skip_package: bool, cache: Path
) -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    try:
        pinned = pins.read(HERE / "packages.toml")
        if script is None:
            script = sources.fetch(pins.choose(pinned, SCRIPT[0])[0], cache) / SCRIPT[1]
        click.echo(one_script(script, runs).table("trainlint check"))
        if not skip_package:
            folder = sources.fetch(pins.choose(pinned, package)[0], cache)
            click.echo(one_package(folder, sources.size(folder), package_runs).table("trainlint check"))
    except (pins.PinError, sources.FetchError) as problem:
        raise click.ClickException(str(problem)) from problem


if __name__ == "__main__":
    process.end_children_on_termination()
    main()
