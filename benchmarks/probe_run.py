"""`trainlint probe --run` on real programs: stopped in time, files untouched, the cost of watching, verdicts.

    python benchmarks/probe_run.py SOURCES [--steps K] [--write]

SOURCES is a directory with unpacked source distributions (`gpytorch-1.15.2`, ...); what their scripts import must be importable
(`pip install --no-deps` of the packages named in the table, or PYTHONPATH). `--write` updates `probe_run.md`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from trainlint.engine import check_paths
from trainlint.probe.script.command import parse_command
from trainlint.probe.script.session import Probed, probe_program

HERE = Path(__file__).resolve().parent
TABLE = HERE / "probe_run.md"


@dataclass(frozen=True)
class Script:
    """A program. package: its unpacked sources' directory, "" for our own examples. directory: where it is started."""

    package: str
    directory: str
    command: str
    what: str


SCRIPTS = (
    Script("", "house_prices", "python train.py", "the shipped example, an MLP with faults"),
    Script("", "house_prices", "python train_deep.py", "the shipped example, a deep MLP with faults"),
    Script("", "house_prices_fixed", "python train.py", "the shipped example, mended"),
    Script("gpytorch-1.15.2", "test/examples", "python test_kissgp_dkl_regression.py", "deep kernel learning, under unittest"),
    Script("gpytorch-1.15.2", "test/examples", "python test_simple_gp_classification.py", "Gaussian process classification"),
    Script("gpytorch-1.15.2", "test/examples", "python test_svgp_gp_regression.py", "variational regression, two optimizers"),
    Script("pytorch-ignite-0.5.5", "examples/reinforcement_learning", "python reinforce.py", "policy gradient under an engine"),
    Script("pytorch-ignite-0.5.5", "examples/reinforcement_learning", "python actor_critic.py", "actor-critic under an engine"),
    Script("accelerate-1.15.0", "src/accelerate/test_utils/scripts", "python test_sync.py", "Accelerator: accumulation and synchronisation"),
)  # fmt: skip

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


@dataclass(frozen=True)
class Row:
    """What came of one program. alone: milliseconds a step without trainlint."""

    script: Script
    probed: Probed
    untouched: bool
    alone: float | None
    watched: float | None

    @property
    def verdicts(self) -> str:
        """Counts of verdicts on its findings."""
        counts = Counter(f.probe.verdict for f in self.probed.findings if f.probe is not None)
        return ", ".join(f"{n} {word}" for word, n in sorted(counts.items())) or "no findings"


def fingerprint(directory: Path) -> str:
    """A hash over all names, contents and modes below a directory."""
    total = hashlib.sha256()
    for path in sorted(directory.rglob("*")):
        total.update(f"{path.relative_to(directory)} {path.lstat().st_mode}".encode())
        if path.is_file():
            total.update(path.read_bytes())
    return total.hexdigest()


def measured(script: Script, sources: Path, steps: int) -> Row | None:
    """Run one program both ways, on a copy of its sources; None where these are not there."""
    original = sources / script.package if script.package else HERE.parent / "examples"
    if not original.is_dir():
        return None
    with tempfile.TemporaryDirectory(prefix="probe-run-") as scratch:
        copy = Path(scratch) / original.name
        shutil.copytree(original, copy, ignore=shutil.ignore_patterns("__pycache__", "*.json"))
        cwd = copy / script.directory
        before = fingerprint(copy)
        command = parse_command(script.command, cwd, sys.executable)
        findings = check_paths([command.entry(cwd) or cwd], cwd).findings
        runs = [probe_program(command, cwd, findings, steps=steps, seconds=120) for _ in range(2)]
        untouched = fingerprint(copy) == before
        watched = [r.record.seconds_a_step for r in runs if r.record.seconds_a_step is not None]
        alone = list(timed(script, cwd, steps))
    least = min(alone, default=None)
    return Row(script, runs[-1], untouched, least, min(watched, default=None))


def timed(script: Script, cwd: Path, steps: int) -> Iterator[float]:
    """Seconds a step without trainlint, twice."""
    for _ in range(2):
        argv = [sys.executable, "-c", TIMER, str(steps), *script.command.split()[1:]]
        done = subprocess.run(argv, cwd=cwd, capture_output=True, text=True, timeout=300, check=False)
        for line in done.stdout.splitlines():
            if line.startswith("SECONDS "):
                yield float(line.split()[1])


def row_text(row: Row) -> str:
    """One line of the table."""
    record = row.probed.record
    cost = "- | -"
    if row.alone is not None and row.watched is not None:
        extra = row.watched - row.alone
        cost = f"{1000 * row.alone:.1f} | {1000 * extra:+.1f} ({100 * extra / row.alone:+.0f} %)"
    stopping = f"{record.stopping:.2f}" if record.stopping is not None else "-"
    name = f"{row.script.package or 'examples'} `{row.script.command.split(' ', 1)[1]}`"
    return (
        f"| {name} | {row.script.what} | {record.outcome}, {record.steps} | {stopping} | "
        f"{'yes' if row.untouched else 'NO'} | {cost} | {row.verdicts} |"
    )


def document(rows: list[Row], steps: int) -> str:
    """The whole table."""
    stops = [r.probed.record.stopping for r in rows if r.probed.record.stopping is not None]
    extra = [1000 * (r.watched - r.alone) for r in rows if r.watched is not None and r.alone is not None]
    lines = [
        "# `trainlint probe --run` on real programs",
        "",
        f"Written by `python benchmarks/probe_run.py SOURCES --steps {steps} --write`; CPU, two runs each, the faster one counts. *Stopped in*: seconds from the last step to the end of",
        "the process. *Files*: everything below the package's directory has the same hash before and after. *Alone*: milliseconds a step without trainlint; *watching*: what it adds. The machine had other work,",
        "so single figures scatter by several milliseconds (a negative one is noise).",
        "",
        f"Stopped within {max(stops, default=0):.2f} s at most; watching costs {statistics.median(extra or [0]):.1f} ms a step in the median.",
        "",
        "| program | what | ended, steps | stopped in (s) | files untouched | alone (ms) | watching (ms) | findings |",
        "|---|---|---|---|---|---|---|---|",
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
        if options.only not in f"{script.package} {script.directory} {script.command}":
            continue
        row = measured(script, options.sources, options.steps)
        if row is not None:
            rows.append(row)
            print(row_text(row), flush=True)
            for finding in row.probed.findings:
                evidence = finding.probe
                print(
                    "   ",
                    finding.code,
                    finding.location,
                    json.dumps(evidence and (evidence.verdict, evidence.detail)),
                )
            if row.probed.record.outcome in ("raised", "died"):
                print(row.probed.record.error, row.probed.output[-800:])
    if options.write:
        TABLE.write_text(document(rows, options.steps), encoding="utf-8")


if __name__ == "__main__":
    main()
