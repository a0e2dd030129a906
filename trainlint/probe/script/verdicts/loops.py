"""The order of a training loop: clearing, backward, step, clipping, modes."""

from __future__ import annotations

import math

from trainlint.model import Evidence
from trainlint.probe.script.record import NetworkSeen, OptimizerSeen
from trainlint.probe.script.verdicts.scene import Scene, confirmed, decide, inconclusive, refuted, short

BURST = 10.0
STEADY = 3.0
"""Largest gradient norm over the median one: from the first on it bursts, below the second it is steady."""


def never_cleared(scene: Scene) -> Evidence:
    """TL001: gradients of one update were still there in the next."""
    found = _optimizers(scene, 2)
    if not found:
        return inconclusive(f"needs two updates ({scene.length})")
    kept, cleared = sum(o.kept for o in found), sum(o.cleared for o in found)
    total = kept + cleared
    if not total:
        return inconclusive("no gradients could be followed from one update to the next")
    detail = f"{kept} of {total} updates still held the gradients of the one before"
    return decide(
        "updates with old gradients", kept, yes=kept > total / 2, no=kept == 0, detail=detail, fixed=0
    )


def no_step(scene: Scene) -> Evidence:
    """TL002: backward() runs, no optimizer steps."""
    calls = sum(len(seen.losses) for seen in scene.record.backwards)
    if calls < 2 and not scene.record.steps:
        return inconclusive("backward() was hardly called")
    detail = f"{calls} calls of backward(), {scene.record.steps} optimizer steps"
    return decide(
        "optimizer steps",
        scene.record.steps,
        yes=not scene.record.steps,
        no=scene.record.steps > 0,
        detail=detail,
    )


def empty_updates(scene: Scene) -> Evidence:
    """TL003, TL005, TL014: steps find no gradients."""
    found = _optimizers(scene, 1)
    if not found:
        return inconclusive(f"no step was seen ({scene.length})")
    empty, steps = sum(o.empty for o in found), sum(o.steps for o in found)
    detail = f"{empty} of {steps} steps found no gradient other than zero"
    return decide("empty updates", empty, yes=empty == steps, no=empty == 0, detail=detail, fixed=0)


def step_first(scene: Scene) -> Evidence:
    """TL004: the first step comes before there are gradients."""
    found = _optimizers(scene, 1)
    if not found:
        return inconclusive(f"no step was seen ({scene.length})")
    first = found[0].norms[0]
    detail = f"the first step found gradients of norm {short(first)}"
    return decide("gradient norm at the first step", first, yes=first == 0, no=first > 0, detail=detail)


def evaluated_in_training_mode(scene: Scene) -> Evidence:
    """TL006: unrecorded passes run in training mode."""
    networks = [n for n in scene.record.networks if n.differs]
    wrong, right = sum(n.evaluated_in_train for n in networks), sum(n.evaluated for n in networks)
    recorded = sum(n.recorded_eval for n in networks)
    if not wrong and not right and not recorded:
        return _no_evaluation(scene)
    detail = f"{wrong} of {wrong + right + recorded} evaluation passes ran in training mode"
    return decide("passes in training mode", wrong, yes=wrong > 0, no=wrong == 0, detail=detail, fixed=0)


def trained_in_evaluation_mode(scene: Scene) -> Evidence:
    """TL007: passes that backward() followed ran in evaluation mode."""
    wrong = sum(n.training_in_eval for n in scene.record.networks)
    right = sum(n.training for n in scene.record.networks)
    detail = f"{wrong} of {wrong + right} training passes ran in evaluation mode"
    if not wrong and not any(_evaluated(n) for n in scene.record.networks):
        return inconclusive(f"{detail}, and no evaluation came before ({scene.length}; --steps N for more)")
    return decide("passes in evaluation mode", wrong, yes=wrong > 0, no=wrong == 0, detail=detail, fixed=0)


def recorded_evaluation(scene: Scene) -> Evidence:
    """TL008: evaluation passes are recorded by autograd."""
    recorded = sum(n.recorded_eval for n in scene.record.networks)
    free = sum(n.evaluated + n.evaluated_in_train for n in scene.record.networks)
    if not recorded and not free:
        return _no_evaluation(scene)
    detail = f"{recorded} of {recorded + free} evaluation passes were recorded by autograd"
    return decide("recorded passes", recorded, yes=recorded > 0, no=recorded == 0, detail=detail, fixed=0)


def missed_parameters(scene: Scene) -> Evidence:
    """TL013: layers have gradients that no optimizer takes."""
    if not scene.record.trained:
        return inconclusive(f"no step was seen ({scene.length})")
    missed = scene.record.missed
    names = ", ".join(missed[:3]) + (", ..." if len(missed) > 3 else "")
    detail = f"no optimizer takes {len(missed)} layers with gradients" + (f": {names}" if missed else "")
    return decide("layers missed", len(missed), yes=bool(missed), no=not missed, detail=detail, fixed=0)


def frozen_parameters(scene: Scene) -> Evidence:
    """TL902: parameters without gradients are in the optimizer."""
    found = _optimizers(scene, 1)
    if not found:
        return inconclusive(f"no step was seen ({scene.length})")
    frozen = sum(o.frozen for o in found)
    detail = f"{frozen} tensors that need no gradient are in the optimizer"
    return decide("frozen tensors", frozen, yes=frozen > 0, no=frozen == 0, detail=detail, fixed=0)


def unused_layer(scene: Scene) -> Evidence:
    """TL016: a layer's weights never had a gradient."""
    names = {layer.name for layer in scene.exactly_here(scene.record.layers)}
    if not names or not scene.record.trained:
        return inconclusive(f"the layer was not seen ({scene.length})")
    unused = {name for network in scene.record.networks for name in network.unused} & names
    detail = f"{len(unused)} of {len(names)} layers made here never had a gradient"
    return decide(
        "layers without gradient", len(unused), yes=bool(unused), no=not unused, detail=detail, fixed=0
    )


def misplaced_clip(scene: Scene) -> Evidence:
    """TL703, TL704: no call of clipping stands between backward() and step()."""
    found = scene.here(scene.record.clips)
    if not found:
        return inconclusive(f"no clipping was seen ({scene.length})")
    useful, calls = sum(c.useful for c in found), sum(c.calls for c in found)
    detail = f"{useful} of {calls} calls of clipping came between backward() and step()"
    return decide("useful calls", useful, yes=useful == 0, no=useful == calls, detail=detail)


def extreme_clip(scene: Scene) -> Evidence:
    """TL706: clipping never or always changes the gradients, by far."""
    found = [c for c in scene.here(scene.record.clips) if c.median is not None and c.shrunk is not None]
    if not found or found[0].calls < 10:
        return inconclusive(f"too few calls of clipping were seen ({scene.length})")
    clip = found[0]
    assert clip.median is not None and clip.shrunk is not None
    kept = clip.limit / clip.median if clip.median else math.inf
    detail = (
        f"threshold {short(clip.limit)}, median norm {short(clip.median)}, {clip.shrunk:.0%} of steps clipped"
    )
    return decide(
        "threshold over median norm",
        kept,
        yes=kept < 0.2 or kept > 1000,
        no=0.2 <= kept <= 100,
        detail=detail,
    )


def bursting(scene: Scene) -> Evidence:
    """TL702: gradients of a recurrent network burst."""
    useful = [clip for clip in scene.record.clips if clip.useful]
    if useful:
        return refuted(
            "clipping threshold", useful[0].limit, None, f"gradients are clipped at {short(useful[0].limit)}"
        )
    found = _optimizers(scene, 20)
    if not found:
        return inconclusive(f"needs 20 steps ({scene.length})")
    norms = sorted(found[0].norms)
    if not all(map(math.isfinite, norms)):
        return confirmed("gradient norm", norms[-1], None, "gradients are not finite")
    ratio = norms[-1] / norms[len(norms) // 2] if norms[len(norms) // 2] else math.inf
    detail = f"largest gradient norm {short(norms[-1])}, {short(ratio)} times the median"
    return decide(
        "largest over median norm", ratio, yes=ratio >= BURST, no=ratio < STEADY, detail=detail, fixed=BURST
    )


def _optimizers(scene: Scene, steps: int) -> list[OptimizerSeen]:
    found = scene.here(scene.record.optimizers) or list(scene.record.optimizers)
    return [one for one in found if one.steps >= steps]


def _evaluated(network: NetworkSeen) -> bool:
    return bool(network.evaluated or network.evaluated_in_train or network.recorded_eval)


def _no_evaluation(scene: Scene) -> Evidence:
    return inconclusive(
        f"the program evaluated nothing before it was stopped ({scene.length}; --steps N for more)"
    )


JUDGES = {
    "TL001": never_cleared,
    "TL002": no_step,
    "TL003": empty_updates,
    "TL004": step_first,
    "TL005": empty_updates,
    "TL006": evaluated_in_training_mode,
    "TL007": trained_in_evaluation_mode,
    "TL008": recorded_evaluation,
    "TL013": missed_parameters,
    "TL014": empty_updates,
    "TL016": unused_layer,
    "TL702": bursting,
    "TL703": misplaced_clip,
    "TL704": misplaced_clip,
    "TL706": extreme_clip,
    "TL902": frozen_parameters,
}
