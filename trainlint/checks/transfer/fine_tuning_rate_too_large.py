"""TL901: published weights are trained with a rate for training from scratch."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.checks.api import Options, check, report
from trainlint.facts.events import EventKind
from trainlint.facts.fact import Fact
from trainlint.facts.learning_rate import describe_rate, follows_batch, peak_rate
from trainlint.facts.program import Program
from trainlint.facts.rates import band_key, rate_band, tuning_bound, tuning_bounds
from trainlint.facts.training import Optimizer, ParamGroup
from trainlint.facts.transfer import overwritten, sort_of, tuned_body
from trainlint.model import Applicability, Finding, Level, Option, Rule


def _option(sort: str, key: str) -> str:
    return f"max-{sort}-{key.replace('_', '-')}"


RULE = Rule(
    "TL901",
    "fine-tuning-rate-too-large",
    Level.WARNING,
    section="Transfer learning",
    fix=Applicability.UNSAFE,
    options={
        _option(sort, key): Option(
            bound.rate, f"rate {'above' if bound.above else 'from'} which {key} on {sort} is reported", bound.source
        )
        for (sort, key), bound in tuning_bounds().items()
    },
)  # fmt: skip


@check(RULE)
def fine_tuning_rate_too_large(optimizer: Optimizer, program: Program, options: Options) -> Iterator[Finding]:
    """A parameter group holds a body with published weights, all of it learned, and its rate is one from scratch."""
    if optimizer.symbolic or not _trains(optimizer, program):
        return
    for group in optimizer.groups:
        rate = _rate(optimizer, group, program)
        body = tuned_body(optimizer, group)
        if rate is None or rate.value is None or body is None:
            continue
        if any(overwritten(p) for m in body.walk() for p in m.parameters.values()):
            continue  # nothing is left of the published weights
        sort = sort_of(body)
        bound = tuning_bound(sort, optimizer.family, optimizer.momentum.value)
        key = band_key(optimizer.family, optimizer.momentum.value)
        if bound is None or key is None:
            continue
        limit = options[_option(sort, key)]
        if (
            rate.value < limit
            or (bound.above and rate.value <= limit)
            or _too_large_for_all(optimizer, rate.value)
        ):
            continue
        if follows_batch(optimizer, program, rate.value):
            continue
        name, shown = describe_rate(optimizer, rate)
        kind = body.qualname.rsplit(".", 1)[-1]
        message = (
            f"{name} trains the pre-trained weights of {kind} with a learning rate of {shown}, which is one for training "
            f"from scratch and soon destroys them. Take about {_usual(sort, key, kind)}, or freeze them and train the new head alone."
        )
        yield report(RULE, optimizer.location, message, rate.origin)
        return


def _trains(optimizer: Optimizer, program: Program) -> bool:
    """Whether it is stepped in a loop, or made by the script itself."""
    steps = [e for e in program.events_of(EventKind.STEP) if e.target is optimizer]
    return any(e.loops for e in steps) or (not steps and optimizer.state.get("root", 1) == 1)


def _rate(optimizer: Optimizer, group: ParamGroup, program: Program) -> Fact[float] | None:
    """The largest rate that a group reaches: its own, unless a schedule sets another."""
    peak = peak_rate(optimizer, program)
    if peak is None:
        return None
    scheduled = any(s.peak is not None for s in program.schedules if s.optimizer is optimizer)
    if not scheduled:
        return group.lr
    return peak if len(optimizer.groups) == 1 else None


def _too_large_for_all(optimizer: Optimizer, rate: float) -> bool:
    """Whether training fails at this rate whatever the network, which is TL401's to say."""
    band = rate_band(optimizer.family, optimizer.momentum.value)
    return band is not None and band.error is not None and rate >= band.error


def _usual(sort: str, key: str, kind: str) -> str:
    """The rates that are recommended; T5 and its kin are tuned with larger ones than BERT."""
    if key in ("sgd", "sgd_momentum"):
        return "0.001 to 0.01"
    if sort == "transformer":
        return "1e-4 to 3e-4" if "T5" in kind else "2e-5 to 5e-5"
    return "1e-5 to 1e-4"
