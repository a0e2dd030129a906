"""Learning rates: the one that was in effect, wherever it came from."""

from __future__ import annotations

import math

from trainlint.facts.rates import RateBand, rate_band
from trainlint.model import Evidence
from trainlint.probe.experiments.api import CONFIRMED
from trainlint.probe.script.record import OptimizerSeen
from trainlint.probe.script.verdicts.loops import BURST, STEADY
from trainlint.probe.script.verdicts.scene import (
    Scene,
    confirmed,
    course,
    decide,
    inconclusive,
    losses_of,
    refuted,
    short,
)

ENOUGH = 20
"""Steps that gradients must stay steady in, as for a recurrent network's (`loops.bursting`)."""

STALLED = 0.02
"""A loss that fell by less than this share has not moved (a fiftieth, as for the experiments' verdict of no effect)."""


def too_large(scene: Scene) -> Evidence:
    """TL401: the peak rate lies in the optimizer's error band."""
    return _in_band(scene, "error")


def unclipped(scene: Scene) -> Evidence:
    """TL701: a rate in the warning band, no clipping between backward() and step(), and gradients that burst."""
    useful = [clip for clip in scene.record.clips if clip.useful]
    if useful:
        detail = f"gradients are clipped at {short(useful[0].limit)} before step()"
        return refuted("clipping threshold", useful[0].limit, None, detail)
    found = _in_band(scene, "warn")
    if found.verdict != CONFIRMED:
        return found
    norms = max((o.norms for o in scene.here(scene.record.optimizers) if o.rates), key=len)
    if not all(map(math.isfinite, (*norms, *losses_of(scene.record)))):
        return found
    middle = sorted(norms)[len(norms) // 2]
    ratio = max(norms) / middle if middle else math.inf
    if ratio >= BURST:
        return found
    detail = f"{found.detail}; no step's gradient is more than {short(ratio)} times the median"
    if ratio < STEADY and len(norms) >= ENOUGH:
        return refuted("largest over median norm", ratio, BURST, detail)
    return inconclusive(f"the rate is in the band, but gradients did not burst ({detail})")


def _in_band(scene: Scene, which: str) -> Evidence:
    found = [one for one in scene.here(scene.record.optimizers) if one.rates]
    if not found:
        return inconclusive(f"no step of this optimizer was seen ({scene.length})")
    one = max(found, key=lambda o: max(o.rates))
    band = _band(one)
    bound = None if band is None else band.error if which == "error" else band.warn
    if bound is None:
        return inconclusive(f"nothing is measured for {_name(one)}")
    peak = max(one.rates)
    band_name = "error" if which == "error" else "warning"
    first = f"{_name(one)} ran at a rate of up to {short(peak)} in {len(one.rates)} steps (the {band_name} band begins at {short(bound)})"
    norms = [norm for norm in one.norms if math.isfinite(norm)]
    spread = (
        f"largest gradient norm {short(max(norms))}, median {short(sorted(norms)[len(norms) // 2])}"
        if norms
        else ""
    )
    detail = "; ".join(filter(None, [first, spread, course(losses_of(scene.record))]))
    return decide("learning rate", peak, yes=peak >= bound, no=peak < bound, detail=detail, fixed=bound)


def too_small(scene: Scene) -> Evidence:
    """TL402: the loss stands still, and the weights cannot have moved."""
    found = [one for one in scene.here(scene.record.optimizers) if one.rates]
    losses = losses_of(scene.record)
    if not found or len(losses) < 20:
        return inconclusive(f"too few steps to see a stall ({scene.length})")
    one = found[0]
    band = _band(one)
    way = sum(one.rates)
    detail = f"{_name(one)}: rates sum to {short(way)} over {len(one.rates)} steps; {course(losses)}"
    if band is None or band.stall is None:
        return inconclusive(f"nothing is measured for {_name(one)}")
    part = max(1, len(losses) // 10)
    drop = 1 - (sum(losses[-part:]) / sum(losses[:part])) if sum(losses[:part]) else 0.0
    return decide(
        "rate x steps",
        way,
        yes=way < band.stall and abs(drop) < STALLED,
        no=way >= band.stall,
        detail=detail,
        fixed=band.stall,
    )


def not_positive(scene: Scene) -> Evidence:
    """TL416: a rate of zero or less."""
    found = [one for one in scene.here(scene.record.optimizers) if one.rates]
    if not found:
        return inconclusive(f"no step of this optimizer was seen ({scene.length})")
    rates = found[0].rates
    bad = sum(rate <= 0 for rate in rates)
    detail = f"{bad} of {len(rates)} steps ran at a rate of zero or less"
    return decide(
        "steps without a positive rate",
        bad,
        yes=bad > len(rates) / 2 or min(rates) < 0,
        no=bad == 0,
        detail=detail,
    )


def schedule_never_stepped(scene: Scene) -> Evidence:
    """TL404: by the end of an epoch, a schedule has made no step."""
    found = scene.here(scene.record.schedules)
    if not found:
        return inconclusive("no schedule was seen")
    steps = max(one.steps for one in found)
    if steps:
        return refuted("schedule steps", steps, None, f"{found[0].name} was stepped {steps} times")
    if not scene.record.epochs and scene.record.outcome != "ended":
        return inconclusive(f"no epoch ended ({scene.length}); a schedule may be stepped then")
    return confirmed(
        "schedule steps", 0, None, f"{found[0].name} was never stepped in {scene.record.epochs} epochs"
    )


def recreated(scene: Scene) -> Evidence:
    """TL413: several optimizers were made at one place while the program trained."""
    made = scene.exactly_here(scene.record.optimizers)
    if scene.record.steps < 3 or not made:
        return inconclusive(f"too little was seen ({scene.length})")
    detail = f"{len(made)} optimizers that were made here stepped in {scene.record.steps} steps"
    return decide("optimizers made", len(made), yes=len(made) > 2, no=len(made) == 1, detail=detail)


def _band(one: OptimizerSeen) -> RateBand | None:
    return rate_band(one.name.rsplit(".", 1)[-1].lower(), one.settings.get("momentum"))


def _name(one: OptimizerSeen) -> str:
    return one.name.rsplit(".", 1)[-1]


JUDGES = {
    "TL401": too_large,
    "TL402": too_small,
    "TL404": schedule_never_stepped,
    "TL413": recreated,
    "TL416": not_positive,
    "TL701": unclipped,
}
