"""TL701: a learning rate in the warning band and no gradient clipping."""

from __future__ import annotations

import math
from collections.abc import Iterator

from trainlint.checks.api import Options, check, report
from trainlint.facts.events import EventKind
from trainlint.facts.learning_rate import (
    RECURRENT_EXEMPT,
    describe_rate,
    follows_batch,
    is_recurrent,
    modules_of,
    peak_rate,
    trains_network,
)
from trainlint.facts.program import Program
from trainlint.facts.rates import RateBand, band_key, rate_band
from trainlint.facts.training import Optimizer
from trainlint.facts.updates import Updates, of_set
from trainlint.facts.words import words
from trainlint.model import Applicability, Finding, Level, Option, Rule

RULE = Rule(
    "TL701",
    "large-rate-without-clipping",
    Level.WARNING,
    section="Gradients",
    fix=Applicability.UNSAFE,
    probe="gradient-explosion",
    options={
        "scale": Option(
            1.0, "multiplies the rates from which the rule speaks", "the table of rates, measured"
        )
    },
)


@check(RULE)
def large_rate_without_clipping(
    optimizer: Optimizer, program: Program, options: Options
) -> Iterator[Finding]:
    """The largest rate of an optimizer lies in its warning band, and nothing seen or unseen clips its gradients."""
    rate = peak_rate(optimizer, program)
    band = rate_band(optimizer.family, optimizer.momentum.value)
    if rate is None or rate.value is None or band is None or band.warn is None or optimizer.symbolic:
        return
    low, high = bounds(optimizer, band)
    if not low * options["scale"] <= rate.value < high * max(options["scale"], 1.0):
        return
    if band.above and rate.value == band.warn:
        return
    if not trains_network(optimizer) or follows_batch(optimizer, program, rate.value):
        return
    if not program.complete or not may_be_unclipped(optimizer, program):
        return
    name, shown = describe_rate(optimizer, rate)
    message = (
        f"{name} runs at a learning rate of {shown} and nothing clips the gradients: from {low:g} on, one steep "
        f"batch can throw the weights off for good. Lower the rate, or {words(program).clip}."
    )
    yield report(RULE, optimizer.location, message, rate.origin)


def bounds(optimizer: Optimizer, band: RateBand) -> tuple[float, float]:
    """The rates between which this rule speaks. From the error band on TL401 does, but not for recurrent networks,
    which tolerate more and for which clipping is the remedy."""
    error = band.error if band.error is not None else math.inf
    if is_recurrent(optimizer) and band_key(optimizer.family, optimizer.momentum.value) in RECURRENT_EXEMPT:
        return error, math.inf
    return band.warn or 0.0, error


def may_be_unclipped(optimizer: Optimizer, program: Program) -> bool:
    """Whether the loop that steps it was seen, with no clipping and nothing that could hide one."""
    updates = Updates.of(program)
    steps = [e for e in program.events_of(EventKind.STEP) if e.target is optimizer and e.loops]
    if not steps or optimizer.escaped or any(m.root.escaped for m in modules_of(optimizer)):
        return False
    roots = {e.root for e in steps}
    own = of_set(optimizer.parameters)
    for event in program.events_of(EventKind.CLIP, EventKind.GRAD_CHANGE, EventKind.ESCAPE):
        if event.root not in roots:
            continue
        touched = updates.touched(event)
        if own is None or touched is None or own & touched:
            return False
    return True
