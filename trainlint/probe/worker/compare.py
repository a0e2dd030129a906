"""Both variants trained in pairs: as many steps as the budget allows, spent where they tell most.

Three seeds first. A run stops early once it has learned the task; while the flagged variant lags behind, it gets more steps, up
to `HORIZON`, because a slow start that is made up for is no harm. Seeds four and five follow unless the first three are
clear, five more only if those are split. What is then undecided, or rests on how a curve is extrapolated, gets more steps. Steps are bounded by an estimate of their cost (`cost.step_seconds`), never by a
clock, so that the verdict does not depend on the machine.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from trainlint.probe.spec import Request, Series, Variant
from trainlint.probe.statistics import (
    CLEAR,
    FIRST_SEEDS,
    HORIZON,
    MINIMUM_EFFECT,
    SEEDS,
    Next,
    after,
    decide,
    share,
)
from trainlint.probe.worker.cost import step_seconds
from trainlint.probe.worker.train import Run, start

BUDGET = 4.0
"""Seconds (estimated, of one core) for the first seeds of both variants; all five take at most twice that."""

MORE = 2.0
"""Budgets that an undecided comparison may cost on top: its runs are carried on, up to the horizon where that is enough."""

LONGEST = 4.0
"""Budgets that ten seeds may cost; a split that would cost more stays one of five seeds, and inconclusive."""

FEWEST_STEPS = 40
"""Below this a comparison tells nothing: at 30 steps its sensitivity was 0.36 (0.72 at 100)."""

SMALL_BATCH = 16
"""Samples an update where larger batches are what makes a network too expensive; the report says how many there were."""

SETTLED = 0.05
"""A run whose loss is below this share of the chance loss has learned the task and is not trained further."""

POINTS = 50
"""Points of a curve that is reported."""


Begin = Callable[[Variant, int], Run]
"""Makes a run."""


class TooLarge(Exception):  # noqa: N818 - a state of affairs, no failure
    """The network cannot be trained for long enough within the budget."""


@dataclass
class Pair:
    """Both variants under training with one seed."""

    flagged: Run
    mended: Run

    def advance(self, to: int) -> None:
        """Train both to a step, unless they have settled."""
        for run in (self.mended, self.flagged):
            if len(run.losses) < to and not settled(run):
                run.advance(to - len(run.losses))

    @property
    def over(self) -> bool:
        """Whether further steps would change nothing."""
        return all(settled(run) or run.broken for run in (self.flagged, self.mended))


def settled(run: Run) -> bool:
    """Whether a run has learned the task."""
    return len(run.losses) >= FEWEST_STEPS and run.end() <= SETTLED


@dataclass
class Comparison:
    """Pairs by seed, all trained to the same step."""

    pairs: list[Pair] = field(default_factory=list)
    steps: int = 0
    step_cost: float = 0.0
    begin: Begin = start

    @property
    def flagged(self) -> tuple[float, ...]:
        """Losses at the end as shares of the chance loss, by seed."""
        return tuple(p.flagged.end() for p in self.pairs)

    @property
    def mended(self) -> tuple[float, ...]:
        """The same of the mended variant."""
        return tuple(p.mended.end() for p in self.pairs)

    @property
    def seeds(self) -> tuple[int, ...]:
        """Seeds that were run."""
        return tuple(p.flagged.seed for p in self.pairs)

    def runs(self, prefix: str = "") -> dict[str, tuple[float, ...]]:
        """Losses at the end and as extrapolated, by variant, for a Measurement."""
        return {
            f"{prefix}loss_flagged": self.flagged,
            f"{prefix}loss_mended": self.mended,
            f"{prefix}expected_flagged": tuple(p.flagged.expected(p.mended) for p in self.pairs),
            f"{prefix}expected_mended": tuple(p.mended.expected() for p in self.pairs),
        }

    def curves(self) -> Iterator[Series]:
        """Loss (as a share of the chance loss) and gradient norm over steps."""
        for kind, title, log in (
            ("loss", "loss, chance = 1", False),
            ("gradient-norm", "norm of the gradient", True),
        ):
            width = max(1, math.ceil(self.steps / POINTS))
            yield Series(
                kind,
                title,
                tuple(float(min(at + width, self.steps)) for at in range(0, self.steps, width)),
                tuple(_curve(p.flagged, kind, self.steps, width) for p in self.pairs),
                tuple(_curve(p.mended, kind, self.steps, width) for p in self.pairs),
                log=log,
            )


def _curve(run: Run, kind: str, steps: int, width: int) -> tuple[float, ...]:
    """Means over stretches of steps; a run that ended early keeps its last value."""
    values = [v / run.chance for v in run.losses] if kind == "loss" else list(run.norms)
    values += values[-1:] * (steps - len(values))
    parts = [values[at : at + width] for at in range(0, steps, width)]
    return tuple(sum(part) / len(part) for part in parts)


def compare(
    request: Request,
    *,
    minimum: float = MINIMUM_EFFECT,
    budget: float = BUDGET,
    longest: int = HORIZON,
    second: bool = False,
    begin: Begin = start,
) -> Comparison:
    """Train both variants of a request in pairs. second: at the request's other size, with two seeds and `request.steps`.
    begin: makes a run; `pool.start_pooled` for one that learns a fixed set of samples.

    Raises:
        TooLarge: not even `FEWEST_STEPS` fit into the budget.
        ValueError, RuntimeError: a variant cannot be built or trained.
    """
    flagged, mended = request.flagged, request.mended
    if second and request.other_flagged is not None and request.other_mended is not None:
        flagged, mended = request.other_flagged, request.other_mended
    seeds = [*request.seeds, *request.more_seeds]
    found = Comparison(begin=begin)
    first = seeds[: 2 if second else FIRST_SEEDS]
    found.step_cost = _cost(flagged, mended, seeds[0])
    if found.step_cost * len(first) * FEWEST_STEPS > budget:
        flagged, mended = _in_small_batches(flagged), _in_small_batches(mended)
        found.step_cost = _cost(flagged, mended, seeds[0])
    _more(found, flagged, mended, first)
    _advance(found, request.steps, budget, longest, minimum)
    while not second and len(found.pairs) < len(seeds):
        if after(found.flagged, found.mended, minimum) is Next.STOP or _all_alike(found, minimum):
            break
        wanted = SEEDS if len(found.pairs) < SEEDS else len(seeds)
        if wanted > SEEDS and wanted * found.steps * found.step_cost > LONGEST * budget:
            break
        _more(found, flagged, mended, seeds[len(found.pairs) : wanted])
        for pair in found.pairs:
            pair.advance(found.steps)
    if not second and found.steps < longest and undecided(found, minimum):
        _advance(found, found.steps, MORE * budget, longest, minimum)
    return found


def undecided(found: Comparison, minimum: float) -> bool:
    """Whether more steps could tell more: no verdict yet, or one that rests on how the curves are extrapolated."""
    if all(pair.over for pair in found.pairs):
        return False
    runs = found.runs()
    expected = runs["expected_flagged"], runs["expected_mended"]
    decision = decide(found.flagged, found.mended, expected, minimum, found.steps / HORIZON)
    least = min(decision.effect.mean, decision.expected.mean)
    if decision.verdict == "confirmed":
        return least < CLEAR * minimum
    return (
        decision.verdict == "inconclusive" or max(decision.effect.mean, decision.expected.mean) >= minimum / 2
    )


def _more(found: Comparison, flagged: Variant, mended: Variant, seeds: Sequence[int]) -> None:
    for seed in seeds:
        one, other = found.begin(flagged, seed), found.begin(mended, seed)
        found.pairs.append(Pair(one, other))


def _cost(flagged: Variant, mended: Variant, seed: int) -> float:
    """The estimated seconds of a step of both."""
    return step_seconds(start(flagged, seed)) + step_seconds(start(mended, seed))


def _in_small_batches(variant: Variant) -> Variant:
    return replace(variant, task=replace(variant.task, batch=min(variant.task.batch, SMALL_BATCH)))


def _advance(found: Comparison, first: int, budget: float, longest: int, minimum: float) -> None:
    """All pairs to the same step: `first`, then twice as many and so on, until nothing is open or the budget is spent."""
    affordable = budget / (found.step_cost * len(found.pairs))
    if affordable < FEWEST_STEPS / 3:
        raise TooLarge("the network is too large to be trained in seconds")
    found.steps = int(max(FEWEST_STEPS, min(first, affordable)))
    spent = 0.0
    while True:
        before = [len(run.losses) for p in found.pairs for run in (p.flagged, p.mended)]
        for pair in found.pairs:
            pair.advance(found.steps)
        done = sum(len(run.losses) for p in found.pairs for run in (p.flagged, p.mended)) - sum(before)
        spent += done * found.step_cost / 2
        open_runs = sum(
            not (settled(run) or run.broken) for p in found.pairs for run in (p.flagged, p.mended)
        )
        if found.steps >= longest or not open_runs or _all_alike(found, minimum):
            return
        room = int((budget - spent) / (open_runs * found.step_cost / 2))
        step = min(found.steps, room, longest - found.steps)
        if step < found.steps / 5:
            return
        found.steps += step


def _all_alike(found: Comparison, minimum: float) -> bool:
    """Whether both variants have learned in every seed, and to the same point."""
    return all(
        max(share(f), share(m)) < 0.5 and abs(share(f) - share(m)) <= minimum / 2
        for f, m in zip(found.flagged, found.mended, strict=True)
    )


def with_seeds(request: Request, seeds: Sequence[int]) -> Request:
    """The same request with other seeds (the first five, then the rest)."""
    return replace(request, seeds=tuple(seeds[:SEEDS]), more_seeds=tuple(seeds[SEEDS:]))
