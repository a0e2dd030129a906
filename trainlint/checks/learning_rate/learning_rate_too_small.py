"""TL402: the rate is so small that training stalls."""

from __future__ import annotations

import math
from collections.abc import Iterator

from trainlint.checks.api import Options, check, report
from trainlint.facts.learning_rate import describe_rate, modules_of, peak_rate, planned_steps, trains_network
from trainlint.facts.program import Program
from trainlint.facts.rates import band_key, bands
from trainlint.facts.training import Optimizer
from trainlint.model import Applicability, Finding, Level, Option, Rule

RULE = Rule(
    "TL402",
    "learning-rate-too-small",
    Level.WARNING,
    section="Learning rate",
    fix=Applicability.UNSAFE,
    probe="lr-range",
    options={
        f"stall-{key.replace('_', '-')}": Option(
            band.stall, f"{key}: rate times steps below which it stalls", band.source
        )
        for key, band in bands().items()
    },
)
TRIAL = 10
"""Fewer steps show that the code runs, and are not meant to train. A judgement, not a measurement: smoke tests of real packages
make a handful of steps."""


@check(RULE)
def learning_rate_too_small(optimizer: Optimizer, program: Program, options: Options) -> Iterator[Finding]:
    """The rate times the number of planned steps is below what moves the weights at all."""
    key = band_key(optimizer.family, optimizer.momentum.value)
    rate = peak_rate(optimizer, program)
    steps = planned_steps(optimizer, program)
    if key is None or rate is None or rate.value is None or not program.complete:
        return
    if steps is None or steps < TRIAL:
        return
    if rate.value <= 0 or not trains_network(optimizer) or optimizer.escaped:
        return
    if any(m.root.pretrained is not False or m.root.escaped for m in modules_of(optimizer)):
        return
    effective = math.sqrt(steps) if key == "adagrad" else steps
    bound = options[f"stall-{key.replace('_', '-')}"]
    if rate.value * effective >= bound:
        return
    name, shown = describe_rate(optimizer, rate)
    message = (
        f"{name} makes {steps} steps at a learning rate of {shown}, which hardly moves the weights from where they "
        f"started. Use at least {bound / effective * 10:.1g}, or train for longer."
    )
    yield report(RULE, optimizer.location, message, rate.origin)
