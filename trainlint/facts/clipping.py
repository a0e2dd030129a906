"""Whether gradients are clipped, and from which rates the lack of it is judged by the rate alone."""

from __future__ import annotations

import math

from trainlint.facts.events import EventKind
from trainlint.facts.learning_rate import RECURRENT_EXEMPT, is_recurrent, modules_of
from trainlint.facts.program import Program
from trainlint.facts.rates import RateBand, band_key
from trainlint.facts.training import Optimizer
from trainlint.facts.updates import Updates, of_set


def warning_band(optimizer: Optimizer, band: RateBand) -> tuple[float, float]:
    """The rates that call for clipping in any network. From the error band on the rate itself is the fault, but not
    for recurrent networks, which tolerate more and for which clipping is the remedy."""
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
