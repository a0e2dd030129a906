"""TL701: a learning rate in the warning band and no gradient clipping."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.checks.api import Options, check, report
from trainlint.facts.clipping import is_bounded_by_batch_norm, may_be_unclipped, warning_band
from trainlint.facts.learning_rate import (
    describe_rate,
    follows_batch,
    may_hold_layers,
    peak_rate,
    trains_network,
)
from trainlint.facts.program import Program
from trainlint.facts.rates import rate_band
from trainlint.facts.training import Optimizer
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
    low, high = warning_band(optimizer, band)
    if not low * options["scale"] <= rate.value < high * max(options["scale"], 1.0):
        return
    if band.above and rate.value == band.warn:
        return
    if not trains_network(optimizer) or not may_hold_layers(optimizer):
        return
    if follows_batch(optimizer, program, rate.value):
        return
    if (
        is_bounded_by_batch_norm(optimizer)
        or not program.complete
        or not may_be_unclipped(optimizer, program)
    ):
        return
    name, shown = describe_rate(optimizer, rate)
    message = (
        f"{name} runs at a learning rate of {shown} and nothing clips the gradients: from {low:g} on, one steep "
        f"batch can throw the weights off for good. Lower the rate, or {words(program).clip}."
    )
    yield report(RULE, optimizer.location, message, rate.origin)
