"""A program run for its findings: which lines to look for, and what became of each finding."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from trainlint.model import Finding
from trainlint.probe.script.command import Command
from trainlint.probe.script.curves import curves
from trainlint.probe.script.launch import Ran, Run, run_program
from trainlint.probe.script.record import Record
from trainlint.probe.script.verdicts import judge
from trainlint.probe.script.verdicts.scene import Scene
from trainlint.probe.script.verdicts.symptoms import symptoms

STEPS = 50
SECONDS = 300.0


@dataclass(frozen=True)
class Probed:
    """findings: with what the run says of them. symptoms: what it showed besides, a line each. output: the end of what the
    program printed."""

    findings: tuple[Finding, ...]
    record: Record
    symptoms: tuple[str, ...]
    output: str

    @property
    def ending(self) -> str:
        """How the run ended, in words."""
        record = self.record
        steps = f"{record.steps} optimizer step{'s' * (record.steps != 1)}"
        where = (
            f" ({Path(record.error_spot.path).name}:{record.error_spot.line})"
            if record.error_spot.path
            else ""
        )
        return {
            "stopped": f"stopped after {steps}",
            "ended": f"ended by itself after {steps}",
            "raised": f"failed after {steps}: {record.error}{where}",
            "timed out": f"ran out of time after {steps}",
            "no torch": "ended without importing torch: nothing could be watched",
        }.get(record.outcome, f"died after {steps}: {record.error}")


def probe_program(
    command: Command,
    cwd: Path,
    findings: Sequence[Finding],
    *,
    steps: int = STEPS,
    seconds: float = SECONDS,
    network: bool = False,
    guard: bool = False,
    output: int | None = None,
) -> Probed:
    """Run a program, and say of each finding what the run showed. This executes the user's code."""
    lines: dict[str, set[int]] = defaultdict(set)
    for finding in findings:
        here = finding.location
        if here.path.endswith(".py"):
            lines[str((cwd / here.path).resolve())] |= set(
                range(here.line, max(here.end_line, here.line) + 1)
            )
    run = Run(
        command,
        cwd,
        steps=steps,
        seconds=seconds,
        network=network,
        ask=frozenset(finding.code for finding in findings),
        lines={path: frozenset(numbers) for path, numbers in lines.items()},
        guard=guard,
        output=output,
    )
    return judged(run_program(run), cwd, findings)


def judged(ran: Ran, cwd: Path, findings: Sequence[Finding]) -> Probed:
    """The findings with their verdicts."""
    drawn = curves(ran.record)
    found = tuple(
        replace(f, probe=replace(evidence, series=evidence.series or drawn))
        if (evidence := judge(Scene(ran.record, f, cwd))) is not None
        else f
        for f in findings
    )
    return Probed(found, ran.record, tuple(symptoms(ran.record)), ran.output)
