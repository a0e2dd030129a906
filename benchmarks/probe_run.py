"""`trainlint probe --run` on real programs: stopped in time, files untouched, the cost of watching, and whether its verdicts are
those of the same findings without running anything.

    python benchmarks/probe_run.py SOURCES [--steps K] [--write]

SOURCES is a directory with unpacked source distributions (`gpytorch-1.15.2`, ...); `probe_scripts.py` names the programs and what
they need. Faults are put into a copy. `--write` updates `probe_run.md`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from probe_scripts import SCRIPTS, Script, prepare

from trainlint.checks import load_rules
from trainlint.engine import Result, check_paths
from trainlint.model import Finding, Level
from trainlint.probe.planning import Planner
from trainlint.probe.script.command import Command, parse_command
from trainlint.probe.script.session import Probed, probe_program
from trainlint.probe.session import Session
from trainlint.settings import load_settings

HERE = Path(__file__).resolve().parent
TABLE = HERE / "probe_run.md"


TIMER = """
import os, runpy, sys, time
steps, script, arguments = int(sys.argv[1]), sys.argv[2], sys.argv[2:]
from torch.optim.optimizer import register_optimizer_step_post_hook
times = []
def note(*_):
    times.append(time.perf_counter())
    if len(times) >= steps:
        print("SECONDS", (times[-1] - times[0]) / (steps - 1), flush=True)
        os._exit(0)
register_optimizer_step_post_hook(note)
sys.argv = arguments
sys.path[0] = os.path.dirname(os.path.realpath(script))
runpy.run_path(script, run_name="__main__")
"""
"""The program as it is, with nothing but a clock after each step."""


UNDECIDED = "inconclusive"


@dataclass(frozen=True)
class Row:
    """What came of one program. without: its findings as judged without running it. alone: seconds a step without trainlint."""

    script: Script
    without: Sequence[Finding]
    probed: Probed
    untouched: bool
    alone: float | None
    watched: float | None

    @property
    def pairs(self) -> list[tuple[Finding, str, str]]:
        """Findings with both verdicts; those of rules that have only one of the two are left out."""
        return [
            (a, a.probe.verdict, b.probe.verdict)
            for a, b in zip(self.without, self.probed.findings, strict=True)
            if a.probe is not None and b.probe is not None
        ]


def verdicts_of(findings: Sequence[Finding]) -> str:
    """Counts of verdicts, as in `2 confirmed, 1 inconclusive`."""
    counts = Counter(f.probe.verdict for f in findings if f.probe is not None)
    return ", ".join(f"{n} {word}" for word, n in sorted(counts.items())) or "no findings"


def fingerprint(directory: Path) -> str:
    """A hash over all names, contents and modes below a directory."""
    total = hashlib.sha256()
    for path in sorted(directory.rglob("*")):
        total.update(f"{path.relative_to(directory)} {path.lstat().st_mode}".encode())
        if path.is_file():
            total.update(path.read_bytes())
    return total.hexdigest()


def checked(command: Command, cwd: Path) -> Result:
    """The program's findings, with the arguments of its command, and what is to be measured for them."""
    entry, rules = command.entry(cwd), load_rules()
    assert entry is not None
    settings = load_settings([entry], cwd, rules).override(rules, level=Level.ADVICE)
    settings = replace(settings, arguments={entry.resolve(): command.arguments})
    return check_paths(
        [entry], cwd, settings, plan=Planner({code: rule.probe for code, rule in rules.items()})
    )


def without_running(result: Result) -> list[Finding]:
    """The findings with the verdicts on rebuilt networks."""
    session = Session()
    try:
        return session.run(result.findings, result.plans)
    finally:
        session.close()


def measured(script: Script, sources: Path, steps: int) -> Row | None:
    """Judge and run one program both ways, on a copy of its sources; None where these are not there."""
    original = sources / script.package if script.package else HERE.parent / "examples"
    if not original.is_dir() or any(not (sources / name).is_dir() for name in script.path):
        return None
    with tempfile.TemporaryDirectory(prefix="probe-run-") as scratch:
        copy = Path(scratch) / original.name
        shutil.copytree(original, copy, ignore=shutil.ignore_patterns("__pycache__", "*.json"))
        cwd = copy / script.directory
        prepare(script, cwd)
        before = fingerprint(copy)
        found = os.pathsep.join(str((sources / name).absolute()) for name in script.path)
        command = parse_command(script.command, cwd, sys.executable)
        command = replace(command, interpreter=sys.executable, environment={"PYTHONPATH": found})
        result = checked(command, cwd)
        runs = [probe_program(command, cwd, result.findings, steps=steps, seconds=120) for _ in range(2)]
        without = without_running(result)
        untouched = fingerprint(copy) == before
        watched = [r.record.seconds_a_step for r in runs if r.record.seconds_a_step is not None]
        alone = list(timed(script, cwd, steps, found))
    least = min(alone, default=None)
    return Row(script, without, runs[-1], untouched, least, min(watched, default=None))


def timed(script: Script, cwd: Path, steps: int, path: str) -> Iterator[float]:
    """Seconds a step without trainlint, twice."""
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    for _ in range(2):
        argv = [sys.executable, "-c", TIMER, str(steps), *script.command.split()[1:]]
        done = subprocess.run(
            argv, cwd=cwd, capture_output=True, text=True, timeout=300, check=False, env=environment
        )
        for line in done.stdout.splitlines():
            if line.startswith("SECONDS "):
                yield float(line.split()[1])


def row_text(row: Row) -> str:
    """One line of the table."""
    record, script = row.probed.record, row.script
    cost = "- | -"
    if row.alone is not None and row.watched is not None:
        extra = row.watched - row.alone
        cost = f"{1000 * row.alone:.1f} | {1000 * extra:+.1f} ({100 * extra / row.alone:+.0f} %)"
    stopping = f"{record.stopping:.2f}" if record.stopping is not None else "-"
    name = f"{script.package or 'examples'} `{script.command.split(' ', 1)[1]}`"
    if script.edit is not None:
        name += f", `{script.edit[0].strip()}` -> `{script.edit[1].strip()}`"
    return (
        f"| {name} | {script.what} | {record.outcome}, {record.steps} | {stopping} | "
        f"{'yes' if row.untouched else 'NO'} | {cost} | {verdicts_of(row.probed.findings)} | {agreement(row)} |"
    )


def agreement(row: Row) -> str:
    """Of how many findings that both ways decide the verdict is the same, and how many one cannot decide."""
    if not row.pairs:
        return "-"
    decided = [(a, b) for _, a, b in row.pairs if UNDECIDED not in (a, b)]
    words = f"{sum(a == b for a, b in decided)} of {len(decided)}"
    open_ones = [("without" if a == UNDECIDED else "the run") for _, a, b in row.pairs if UNDECIDED in (a, b)]
    return words + "".join(f"; {n} inconclusive {who}" for who, n in sorted(Counter(open_ones).items()))


def document(rows: list[Row], steps: int) -> str:
    """The whole table."""
    stops = [r.probed.record.stopping for r in rows if r.probed.record.stopping is not None]
    extra = [1000 * (r.watched - r.alone) for r in rows if r.watched is not None and r.alone is not None]
    decided = [(r, a == b) for r in rows for _, a, b in r.pairs if UNDECIDED not in (a, b)]
    real = {r.script for r, _ in decided if r.script.package}
    lines = [
        "# `trainlint probe --run` on real programs",
        "",
        f"Written by `python benchmarks/probe_run.py SOURCES --steps {steps} --write`; CPU, two runs each, the faster one counts. *Stopped in*: seconds from the last step to the end of",
        "the process. *Files*: everything below the package's directory has the same hash before and after. *Alone*: milliseconds a step without trainlint; *watching*: what it adds. The machine had other work,",
        "so single figures scatter by several milliseconds (a negative one is noise). *Same verdict*: of the findings that the run and the experiments on rebuilt networks both decide, those with the same",
        "verdict. `a` -> `b`: the fault that was put into the copy that was run.",
        "",
        f"Stopped within {max(stops, default=0):.2f} s at most; watching costs {statistics.median(extra or [0]):.1f} ms a step in the median.",
        f"Both ways decide {len(decided)} findings, {sum(same for _, same in decided)} alike; in {len(real)} commands on {len({s.file for s in real})} scripts of packages.",
        "",
        "| program | what | ended, steps | stopped in (s) | files untouched | alone (ms) | watching (ms) | findings in the run | same verdict |",
        "|---|---|---|---|---|---|---|---|---|",
        *map(row_text, rows),
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sources", type=Path)
    parser.add_argument("--steps", type=int, default=25)
    parser.add_argument("--only", default="")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    rows = []
    for script in SCRIPTS:
        if options.only not in f"{script.package} {script.directory} {script.command} {script.edit}":
            continue
        row = measured(script, options.sources, options.steps)
        if row is None:
            print(f"{script.package} is not there: {script.command} left out")
            continue
        rows.append(row)
        print(row_text(row), flush=True)
        tell(row)
    if options.write:
        TABLE.write_text(document(rows, options.steps), encoding="utf-8")


def tell(row: Row) -> None:
    """Both verdicts on each finding, and why a program failed."""
    for a, b in zip(row.without, row.probed.findings, strict=True):
        for where, evidence in (("without", a.probe), ("run", b.probe)):
            print(
                "   ", a.code, a.location, where, json.dumps(evidence and (evidence.verdict, evidence.detail))
            )
    if row.probed.record.outcome in ("raised", "died"):
        print(row.probed.record.error, row.probed.output[-800:])


if __name__ == "__main__":
    main()
