"""TL702: a recurrent network is trained without clipping at rates at which it was seen to explode."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.checks.api import Options, check, report
from trainlint.facts.clipping import may_be_unclipped, warning_band
from trainlint.facts.graph import Module, Op
from trainlint.facts.learning_rate import describe_rate, modules_of, peak_rate
from trainlint.facts.program import Program
from trainlint.facts.rates import band_key, rate_band
from trainlint.facts.training import Optimizer
from trainlint.facts.words import words
from trainlint.model import Applicability, Finding, Level, Option, Place, Rule

RULE = Rule(
    "TL702",
    "recurrent-without-clipping",
    Level.WARNING,
    section="Gradients",
    fix=Applicability.UNSAFE,
    probe="gradient-explosion",
    options={
        "scale": Option(
            1.0, "multiplies the rates from which the rule speaks", "measured, see the rule's page"
        )
    },
)
EXPLODES = {
    "rnn": {"sgd": 0.3, "sgd_momentum": 0.1},
    "lstm": {"sgd": 1.0},
    "gru": {"sgd": 1.0},
}
"""The smallest rate at which runs became NaN without clipping and not with it (adding problem, 20 to 100 steps, width 32,
5 seeds). Adam to 0.03, and sequences to 500 steps under lower rates, were not hurt."""


@check(RULE)
def recurrent_without_clipping(optimizer: Optimizer, program: Program, options: Options) -> Iterator[Finding]:
    """An optimizer of the SGD kind trains recurrent layers at such a rate, and nothing seen or unseen clips."""
    rate, band = peak_rate(optimizer, program), rate_band(optimizer.family, optimizer.momentum.value)
    if rate is None or rate.value is None or band is None or optimizer.symbolic or not program.complete:
        return
    found = _most_sensitive(optimizer)
    if found is None or rate.value < found[1] * options["scale"]:
        return
    low, high = warning_band(optimizer, band)
    if low <= rate.value < high or not may_be_unclipped(optimizer, program):
        return  # TL701 speaks, or something may clip
    name, shown = describe_rate(optimizer, rate)
    kind = found[0].qualname.rsplit(".", 1)[-1]
    message = (
        f"{name} trains this {kind} at a learning rate of {shown} and nothing clips the gradients: from {found[1]:g} on they "
        f"explode, and the weights become NaN. Lower the rate, or {words(program).clip}."
    )
    yield report(RULE, optimizer.location, message, (*rate.origin, Place(found[0].location, kind)))


def _most_sensitive(optimizer: Optimizer) -> tuple[Module, float] | None:
    """The recurrent layer that it trains with the smallest bound."""
    key = band_key(optimizer.family, optimizer.momentum.value) or ""
    layers = {id(m): m for m in modules_of(optimizer) if m.op is Op.RECURRENT}
    bounds = [(m, EXPLODES.get(m.name, {}).get(key)) for m in layers.values()]
    known = [(m, bound) for m, bound in bounds if bound is not None]
    return min(known, key=lambda pair: pair[1], default=None)
