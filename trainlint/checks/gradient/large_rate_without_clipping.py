"""TL701: a learning rate in the warning band and no gradient clipping."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.checks.api import Options, check, report
from trainlint.facts.events import EventKind
from trainlint.facts.fact import Fact
from trainlint.facts.graph import Module
from trainlint.facts.program import Program
from trainlint.facts.rates import rate_band
from trainlint.facts.training import Optimizer
from trainlint.facts.updates import Updates, of_set
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
LINEAR_RATE, LINEAR_BATCH = 0.1, 256
"""SGD with momentum and warmup takes 0.1 for each 256 samples of the batch (Goyal et al. 2017)."""
SLACK = 1.3
"""Batch sizes are rounded; a rate so far above the linear rule still follows it."""


@check(RULE)
def large_rate_without_clipping(
    optimizer: Optimizer, program: Program, options: Options
) -> Iterator[Finding]:
    """The largest rate of an optimizer lies in its warning band, and nothing seen or unseen clips its gradients."""
    rate = peak_rate(optimizer, program)
    band = rate_band(optimizer.family, optimizer.momentum.value)
    if rate is None or rate.value is None or band is None or band.warn is None or optimizer.symbolic:
        return
    if (
        not band.warn * options["scale"]
        <= rate.value
        < (band.error or float("inf")) * max(options["scale"], 1.0)
    ):
        return
    if not trains_network(optimizer) or follows_batch(optimizer, program, rate.value):
        return
    if not program.complete or not may_be_unclipped(optimizer, program):
        return
    source = (
        f" (from {rate.literal})"
        if rate.literal is not None and rate.literal.path != optimizer.location.path
        else ""
    )
    name = optimizer.name.rsplit(".", 1)[-1]
    momentum = (
        f" with momentum {optimizer.momentum.value:g}"
        if optimizer.family == "sgd" and optimizer.momentum.value
        else ""
    )
    message = (
        f"{name}{momentum} runs at a learning rate of {rate.value:g}{source} and nothing clips the gradients: from "
        f"{band.warn:g} on one steep batch can throw the weights off for good. "
        "Lower the rate, or call torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0) before step()."
    )
    yield report(RULE, optimizer.location, message, rate.origin)


def peak_rate(optimizer: Optimizer, program: Program) -> Fact[float] | None:
    """The largest rate that the run reaches; None where something unknown changes it."""
    if optimizer.state.get("lr_changed"):
        return None
    schedules = [s for s in program.schedules if s.optimizer is optimizer]
    if any(s.rescales for s in schedules):
        return None
    peaks = [s.peak for s in schedules if s.peak is not None]
    rates = peaks or [g.lr for g in optimizer.groups] or [optimizer.lr]
    if any(r.value is None for r in rates):
        return None
    return max(rates, key=lambda r: r.value or 0.0)


def trains_network(optimizer: Optimizer) -> bool:
    """Whether it holds parameters of a network (not a tensor that is optimised itself)."""
    held = optimizer.parameters
    return bool(held.modules) or any(p.module is not None for p in held.parameters)


def follows_batch(optimizer: Optimizer, program: Program, rate: float) -> bool:
    """Whether the rate is scaled linearly with a large batch, under warmup."""
    if not any(s.warmup is not False for s in program.schedules if s.optimizer is optimizer):
        return False
    sizes = [loader.batch_size.value for loader in program.loaders]
    known = [size for size in sizes if isinstance(size, int)]
    return not known or rate <= SLACK * LINEAR_RATE * max(known) / LINEAR_BATCH


def may_be_unclipped(optimizer: Optimizer, program: Program) -> bool:
    """Whether the loop that steps it was seen, with no clipping and nothing that could hide one."""
    updates = Updates(program)
    steps = [e for e in program.events_of(EventKind.STEP) if e.target is optimizer and e.loops]
    if not steps or optimizer.escaped or any(m.root.escaped for m in _modules(optimizer)):
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


def _modules(optimizer: Optimizer) -> list[Module]:
    held = optimizer.parameters
    return [*held.modules, *(p.module for p in held.parameters if p.module is not None)]
