"""The parent's side: a loss tried in an isolated child."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path

from trainlint.probe.codec import from_json, to_json
from trainlint.probe.loss.target import LossTarget
from trainlint.probe.loss.verdict import LossVerdict
from trainlint.probe.script.command import Command
from trainlint.probe.script.launch import Run, execute

SECONDS = 120.0
"""Most losses take 3 s, torch's import included; one that loads a network takes longer."""


def probe_loss(
    target: LossTarget, cwd: Path, python: str, *, seconds: float = SECONDS, network: bool = False
) -> LossVerdict:
    """Try a loss. This executes the user's code. python: the interpreter that has its packages."""
    run = Run(Command(python, "loss", target.name), cwd, seconds=seconds, network=network)
    scratch = tempfile.mkdtemp(prefix="trainlint-loss-")
    try:
        settings = {
            "entry": "trainlint.probe.loss.child",
            "target": to_json(target),
            "deadline": seconds,
            "network": network,
            "scratch": scratch,
            "size": run.size,
            "guard": False,
        }
        answer = execute(run, scratch, settings)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    try:
        return from_json(LossVerdict, json.loads(answer.data))
    except (ValueError, TypeError, KeyError):
        last = answer.output.strip().splitlines()[-1:] or [""]
        return LossVerdict(target.name, False, None, (), (), f"the process {answer.how} {last[0]}".strip())
