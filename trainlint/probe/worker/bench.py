"""What an experiment works with: runs, profiles and comparisons. It answers the parent's messages as well."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import Any

from trainlint.probe.codec import from_json, to_json
from trainlint.probe.experiments import load_experiments
from trainlint.probe.spec import Measurement, Request, Series, Variant
from trainlint.probe.statistics import HORIZON, MINIMUM_EFFECT
from trainlint.probe.worker.compare import BUDGET, Comparison, TooLarge, compare
from trainlint.probe.worker.pool import start_pooled
from trainlint.probe.worker.profile import Profile, equal_units, profile
from trainlint.probe.worker.train import Run, start

__all__ = ["Bench", "Comparison", "Profile", "Run", "answer", "perform"]


class Bench:
    """The tools of an experiment. `measure(request, Bench())` works in any process in which torch can be imported.

    budget: estimated seconds of one core for the first seeds of a comparison.
    """

    def __init__(self, budget: float = BUDGET) -> None:
        self.budget = budget

    def start(self, variant: Variant, seed: int) -> Run:
        """A run of a variant, built and at its first step."""
        return start(variant, seed)

    def profile(self, run: Run) -> Profile:
        """Gradient, spread and dead units by layer, as the run's network is now."""
        return profile(run)

    def profiles(self, request: Request) -> tuple[Profile, Profile]:
        """Both variants at their start, with the first seed."""
        seed = request.seeds[0]
        return self.profile(self.start(request.flagged, seed)), self.profile(self.start(request.mended, seed))

    def displacement(self, variant: Variant, seed: int, steps: int) -> float:
        """How far so many updates move the weights, over their norm; infinite for a run that breaks."""
        run = self.start(variant, seed)
        before = run.updater.weights.clone()
        run.advance(steps)
        moved = float((run.updater.weights - before).norm() / before.norm().clamp_min(1e-12))
        return moved if math.isfinite(moved) else math.inf

    def equal_units(self, variant: Variant, seed: int, steps: int) -> float:
        """The share of units whose weights equal another one's after so many updates, in the hidden layer where it is
        largest."""
        run = self.start(variant, seed)
        run.advance(steps)
        return equal_units(run)

    def compare(
        self,
        request: Request,
        *,
        minimum: float = MINIMUM_EFFECT,
        budget: float | None = None,
        longest: int = HORIZON,
        second: bool = False,
        pooled: bool = False,
    ) -> Comparison:
        """Both variants trained in pairs (see `compare`). pooled: on a fixed set that is learned by heart, not on fresh samples."""
        budget = self.budget if budget is None else budget
        begin = start_pooled if pooled else start
        return compare(request, minimum=minimum, budget=budget, longest=longest, second=second, begin=begin)

    def measure(
        self,
        request: Request,
        *,
        minimum: float = MINIMUM_EFFECT,
        longest: int = HORIZON,
        pooled: bool = False,
        numbers: Mapping[str, float] | None = None,
        runs: Mapping[str, tuple[float, ...]] | None = None,
        series: tuple[Series, ...] = (),
    ) -> Measurement:
        """A paired comparison as a measurement, at the second size too where there is one; whatever else was measured joins it."""
        began = time.monotonic()
        try:
            found = self.compare(request, minimum=minimum, longest=longest, pooled=pooled)
        except TooLarge as error:
            return Measurement(request.experiment, inconclusive=str(error))
        all_runs = {**found.runs(), **(runs or {})}
        if request.other_flagged is not None and request.other_mended is not None:
            try:
                other = self.compare(
                    request,
                    minimum=minimum,
                    budget=self.budget / 2,
                    longest=found.steps,
                    second=True,
                    pooled=pooled,
                )
                all_runs |= other.runs("other_")
            except TooLarge:
                all_runs["other_too_large"] = (1.0,)
        return Measurement(
            request.experiment,
            {
                "steps": found.steps,
                "batch": found.pairs[0].flagged.size,
                "chance_loss": found.pairs[0].flagged.chance,
                **(numbers or {}),
            },
            all_runs,
            (*found.curves(), *series),
            found.seeds,
            time.monotonic() - began,
            notes=_cut(request, found),
        )


def _cut(request: Request, found: Comparison) -> tuple[str, ...]:
    """What was made smaller for the sake of time."""
    size, wanted = found.pairs[0].flagged.size, request.flagged.task.batch
    return (f"batches of {size} instead of {wanted}",) if size < wanted else ()


def perform(request: Request) -> Measurement:
    """Measure what a request asks for; what cannot be built or trained comes back as inconclusive.

    Raises:
        KeyError: no experiment has this name.
    """
    experiment = load_experiments()[request.experiment]
    try:
        return experiment.measure(request, Bench())
    except (ValueError, RuntimeError, IndexError) as error:
        why = f"the rebuilt network does not run: {str(error).splitlines()[0][:200] if str(error) else type(error).__name__}"
    return Measurement(request.experiment, inconclusive=why)


def answer(message: Mapping[str, Any]) -> object:
    """A request as JSON to a measurement as JSON."""
    return to_json(perform(from_json(Request, message["request"])))
