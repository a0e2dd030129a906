"""What reached the loss: predictions that were squashed before, targets in raw units or out of reach."""

from __future__ import annotations

from trainlint.model import Evidence
from trainlint.probe.script.record import LossSeen, Values
from trainlint.probe.script.verdicts.scene import Scene, confirmed, decide, inconclusive, refuted, short

RAW, SCALED = 10.0, 3.0
"""A standardised value has a spread of 1: from ten times that on it is in other units, up to three it counts as scaled."""

_SQUASHED = {"softmax", "sigmoid", "relu", "log_softmax"}
_REACH = {"relu": (0.0, float("inf")), "sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0), "softmax": (0.0, 1.0)}


def squashed_logits(scene: Scene) -> Evidence:
    """TL201, TL202: what should be logits went through softmax, sigmoid or ReLU."""
    found = [loss for loss in _operations(scene) if loss.through]
    for loss in found:
        way = (
            loss.through[1:] if loss.name == "nll_loss" and loss.through[0] == "log_softmax" else loss.through
        )
        own = "log_softmax, nll_loss" if loss.name == "nll_loss" else loss.name
        if loss.name in ("nll_loss", "binary_cross_entropy_with_logits") and way and way[0] in _SQUASHED:
            detail = f"{way[0]} ran before the loss ({own})" + _range(loss.prediction)
            return confirmed(
                "values that reach the loss", loss.prediction.high if loss.prediction else None, None, detail
            )
    logits = [x for x in found if x.name in ("nll_loss", "binary_cross_entropy_with_logits")]
    if logits:
        return refuted(
            "values that reach the loss", None, None, f"the loss took the output of {logits[0].through[-1]}"
        )
    return inconclusive(f"no such loss was seen ({scene.length})")


def unbounded_probabilities(scene: Scene) -> Evidence:
    """TL203: a loss of probabilities takes others."""
    found = [x for x in _operations(scene) if x.name == "binary_cross_entropy" and x.prediction is not None]
    if not found and "between 0 and 1" in scene.record.error:
        return confirmed(
            "values that reach the loss", None, None, f"the loss refused them: {scene.record.error}"
        )
    if not found:
        return inconclusive(f"no such loss was seen ({scene.length})")
    low = min(x.prediction.low for x in found if x.prediction)
    high = max(x.prediction.high for x in found if x.prediction)
    detail = f"values from {short(low)} to {short(high)} reached the loss"
    return decide(
        "values that reach the loss", high, yes=low < 0 or high > 1, no=low >= 0 and high <= 1, detail=detail
    )


def no_log_softmax(scene: Scene) -> Evidence:
    """TL204: negative log-likelihood without log-softmax before it."""
    found = [loss for loss in _operations(scene) if loss.name in ("nll_loss", "kl_div")]
    if not found:
        return inconclusive(f"no such loss was seen ({scene.length})")
    made = found[0].through[0] if found[0].through else "nothing that was recorded"
    detail = f"the loss took the output of {made}" + _range(found[0].prediction)
    fine = made in ("log_softmax", "log", "log_sigmoid")
    return decide(
        "values that reach the loss",
        found[0].prediction.high if found[0].prediction else 0.0,
        yes=not fine,
        no=fine,
        detail=detail,
    )


def out_of_reach(scene: Scene) -> Evidence:
    """TL206: targets outside of what the output activation gives."""
    found = [x for x in _operations(scene) if x.through and x.through[0] in _REACH and x.target is not None]
    if not found:
        return inconclusive(f"no bounded output was seen at the loss ({scene.length})")
    low, high = _REACH[found[0].through[0]]
    lows = min(x.target.low for x in found if x.target)
    highs = max(x.target.high for x in found if x.target)
    detail = f"targets from {short(lows)} to {short(highs)}, and {found[0].through[0]} gives {short(low)} to {short(high)}"
    outside = max(low - lows, highs - high)
    return decide("beyond reach by", outside, yes=outside > 0, no=outside <= 0, detail=detail)


def broadcast(scene: Scene) -> Evidence:
    """TL209: prediction and target of other shapes."""
    found = [x for x in scene.here(scene.record.losses) or scene.record.losses if x.prediction and x.target]
    if not found:
        return inconclusive(f"no loss was seen ({scene.length})")
    shapes = [(x.prediction.shape, x.target.shape) for x in found if x.prediction and x.target]
    wrong = [(a, b) for a, b in shapes if a != b and len(a) != len(b)]
    shown = wrong[0] if wrong else shapes[0]
    detail = f"prediction {shown[0]} and target {shown[1]}"
    return decide("shapes that differ", len(wrong), yes=bool(wrong), no=not wrong, detail=detail)


def raw_targets(scene: Scene) -> Evidence:
    """TL502: the targets' spread and offset."""
    found = [x.target for x in scene.here(scene.record.losses) if x.target is not None]
    found = found or [x.target for x in scene.record.losses if x.target is not None]
    if not found:
        return inconclusive(f"no target was seen ({scene.length})")
    spread = max(max(values.std, abs(values.mean)) for values in found)
    low, high = min(v.low for v in found), max(v.high for v in found)
    detail = f"targets from {short(low)} to {short(high)}, mean {short(found[0].mean)}, spread {short(found[0].std)}"
    return decide(
        "spread or offset of targets",
        spread,
        yes=spread >= RAW,
        no=spread <= SCALED,
        detail=detail,
        fixed=1.0,
    )


def raw_inputs(scene: Scene) -> Evidence:
    """TL501: the inputs' spread and offset, by column for tables."""
    found = [
        values
        for network in scene.record.networks
        for values in network.inputs
        if not values.whole or values.high > 50
    ]
    if not found:
        return inconclusive(f"no real numbers went into a network ({scene.length})")
    spread = max(max(v.std, abs(v.mean), v.columns_high or 0.0) for v in found)
    first = found[0]
    detail = f"inputs from {short(first.low)} to {short(first.high)}"
    if first.columns_high is not None and first.columns_low is not None:
        detail += f"; spread of columns {short(first.columns_low)} to {short(first.columns_high)}"
    return decide(
        "spread or offset of inputs", spread, yes=spread >= RAW, no=spread <= SCALED, detail=detail, fixed=1.0
    )


def one_unit(scene: Scene) -> Evidence:
    """TL205: softmax over a single unit."""
    found = [x for x in _operations(scene) if x.prediction is not None and "softmax" in x.through]
    ones = [
        x
        for x in found
        if x.prediction is not None and (len(x.prediction.shape) < 2 or x.prediction.shape[1] == 1)
    ]
    if not found:
        return inconclusive(f"no softmax was seen at the loss ({scene.length})")
    detail = (
        f"softmax over {1 if ones else found[0].prediction.shape[1] if found[0].prediction else '?'} units"
    )
    return decide("units", 1 if ones else 2, yes=bool(ones), no=not ones, detail=detail)


def _operations(scene: Scene) -> list[LossSeen]:
    """The losses that autograd recorded."""
    return [loss for loss in scene.record.losses if "." not in loss.name]


def _range(values: Values | None) -> str:
    return f": {short(values.low)} to {short(values.high)}" if values is not None else ""


JUDGES = {
    "TL201": squashed_logits,
    "TL202": squashed_logits,
    "TL203": unbounded_probabilities,
    "TL204": no_log_softmax,
    "TL205": one_unit,
    "TL206": out_of_reach,
    "TL209": broadcast,
    "TL501": raw_inputs,
    "TL502": raw_targets,
}
