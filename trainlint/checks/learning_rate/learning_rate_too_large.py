"""TL401: the rate is far above what the optimizer tolerates."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.checks.api import Options, check, report
from trainlint.facts.events import EventKind
from trainlint.facts.learning_rate import (
    RECURRENT_EXEMPT,
    describe_rate,
    follows_batch,
    is_linear_probe,
    is_recurrent,
    may_be_linear_probe,
    peak_rate,
    trains_network,
)
from trainlint.facts.program import Program
from trainlint.facts.rates import band_key, bands
from trainlint.facts.training import Optimizer
from trainlint.model import Applicability, Finding, Level, Option, Rule

RULE = Rule(
    "TL401",
    "learning-rate-too-large",
    Level.ERROR,
    section="Learning rate",
    fix=Applicability.UNSAFE,
    probe="lr-range",
    options={
        f"max-{key.replace('_', '-')}": Option(band.error, f"rate from which {key} is reported", band.source)
        for key, band in bands().items()
    },
)


@check(RULE)
def learning_rate_too_large(optimizer: Optimizer, program: Program, options: Options) -> Iterator[Finding]:
    """The largest rate of an optimizer lies in its error band."""
    key = band_key(optimizer.family, optimizer.momentum.value)
    rate = peak_rate(optimizer, program)
    if key is None or rate is None or rate.value is None or optimizer.symbolic:
        return
    bound = options[f"max-{key.replace('_', '-')}"]
    if (
        rate.value < bound
        or not _judged(optimizer, program, key)
        or follows_batch(optimizer, program, rate.value)
    ):
        return
    name, shown = describe_rate(optimizer, rate)
    message = (
        f"{name} gets a learning rate of {shown}; from {bound:g} on training fails whatever the network. "
        "Divide it by ten or more, and look at the loss of the first steps."
    )
    yield report(RULE, optimizer.location, message, rate.origin)


def _judged(optimizer: Optimizer, program: Program, key: str) -> bool:
    """Whether what it trains is a network that the bound was measured for."""
    if not trains_network(optimizer) or is_linear_probe(optimizer) or may_be_linear_probe(optimizer):
        return False
    steps = [e for e in program.events_of(EventKind.STEP) if e.target is optimizer]
    if steps and not any(e.loops for e in steps):
        return False  # a single step, in a test or a demonstration
    if steps and not program.events_of(EventKind.BACKWARD):
        return False  # a schedule is looked at; nothing trains
    if not steps and optimizer.state.get("root", 1) != 1:
        return False  # made by a function that was run alone, and never seen to train
    return not (key in RECURRENT_EXEMPT and is_recurrent(optimizer))
