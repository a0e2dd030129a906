"""Both variants of a request trained side by side on a fixed set, and how far each has come after growing numbers of steps.

What is asked is what the long runs of the calibration ask: how well a variant fits a thousand samples by the end of a training.
`compare` asks how fast it learns an easy stream of fresh samples, and cannot see what only a hard task shows.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from trainlint.model import Series
from trainlint.probe.spec import Measurement, Request, Variant
from trainlint.probe.statistics import Next, after
from trainlint.probe.worker.answers import measured
from trainlint.probe.worker.compare import BUDGET, TooLarge
from trainlint.probe.worker.cost import step_seconds
from trainlint.probe.worker.pool import start_pooled
from trainlint.probe.worker.train import Run

MARKS = (50, 100, 200, 400, 800)
"""Steps at which runs are measured; each is the double of the one before."""

RUN_SECONDS = 1.0
"""What one run may cost on a core, estimated: three to five seeds of two variants stay within 4 to 8 s."""

LEAST_MARKS = 2
"""A run has at least 100 steps."""

MOST_SECONDS = 2.5
"""What those may cost (estimated); a network that takes longer is not measured."""

DONE = 0.02
"""Both variants below this share of chance have nothing left to learn."""

POINTS = 60
"""Points of a curve for a plot."""

Look = Callable[[Run], tuple[float, float]]
"""Loss and error of a run as it is now."""

Begin = Callable[[Variant, int], Run]
"""Makes a run."""


@dataclass
class Curve:
    """One run: loss and error at each mark."""

    run: Run
    loss: list[float] = field(default_factory=list)
    error: list[float] = field(default_factory=list)

    def reach(self, mark: int, look: Look) -> None:
        """Train up to a number of steps and measure."""
        self.run.advance(mark - len(self.run.losses))
        loss, wrong = (math.inf, math.inf) if self.run.broken else look(self.run)
        self.loss.append(loss)
        self.error.append(wrong)


Pair = tuple[Curve, Curve]


def tried(
    request: Request,
    what: str,
    looks: tuple[Look, Look] = (measured, measured),
    begin: Begin = start_pooled,
    minimum: float = 0.05,
    budget: float = BUDGET,
) -> Measurement:
    """Train both variants with the request's seeds until the case is clear; at a second size too, where there is one.

    what: `loss` (in chance losses) or `error` (of the answers; for variants whose losses cannot be compared): which of the
    two decides. looks: how the flagged and the mended variant are measured. begin: makes a run. minimum: the effect that
    is asked for. budget: of the worker's bench; a smaller one shortens the runs.

    Returns runs `loss_flagged`, `error_flagged`, `loss_mended`, `error_mended` (at the end, by seed), the same with
    `_before` (half the steps earlier), those of the second size with `other_`, and the number `steps`.

    Raises:
        TooLarge: 100 steps take too long.
        ValueError, RuntimeError: a network cannot be built, or its loss does not take its output.
    """
    return tried_with(request, what, (begin, begin), looks, minimum, budget)


def tried_with(
    request: Request,
    what: str,
    begins: tuple[Begin, Begin],
    looks: tuple[Look, Look] = (measured, measured),
    minimum: float = 0.05,
    budget: float = BUDGET,
) -> Measurement:
    """As `tried`, with runs of the flagged and the mended variant that are begun differently."""
    began = time.monotonic()
    found = _tried(request, what, looks, begins, minimum, budget)
    if request.other_flagged is not None and request.other_mended is not None:
        second = replace(
            request, flagged=request.other_flagged, mended=request.other_mended, seeds=request.seeds[:2],
            more_seeds=(),
        )  # fmt: skip
        other = _tried(second, what, looks, begins, minimum, budget)
        found = replace(found, runs={**found.runs, **{f"other_{k}": v for k, v in other.runs.items()}})
    return replace(found, seconds=time.monotonic() - began)


def _tried(
    request: Request,
    what: str,
    looks: tuple[Look, Look],
    begins: tuple[Begin, Begin],
    minimum: float,
    budget: float,
) -> Measurement:
    pairs: list[Pair] = []
    marks: Sequence[int] = ()
    for seed in (*request.seeds, *request.more_seeds):
        pair = Curve(begins[0](request.flagged, seed)), Curve(begins[1](request.mended, seed))
        marks = marks or _affordable(budget / BUDGET * RUN_SECONDS, pair[0].run, pair[1].run)
        for mark in marks:
            for curve, look in zip(pair, looks, strict=True):
                curve.reach(mark, look)
            if not pairs and mark >= MARKS[LEAST_MARKS - 1] and _settled(pair, what):
                marks = marks[: len(pair[0].loss)]
        pairs.append(pair)
        ends = [[getattr(pair[side], what)[-1] for pair in pairs] for side in (0, 1)]
        if after(ends[0], ends[1], minimum) is Next.STOP:
            break
    return _summary(request, pairs, marks[-1])


def _settled(pair: Pair, what: str) -> bool:
    """Whether more steps cannot change much: both have learned all there is, or one broke and the other learned."""
    ends = [getattr(curve, what)[-1] for curve in pair]
    return max(ends) < DONE or (math.isinf(max(ends)) and min(ends) < 0.5)


def _affordable(seconds: float, *runs: Run) -> Sequence[int]:
    cost = max(step_seconds(run) for run in runs)
    if cost * MARKS[LEAST_MARKS - 1] > MOST_SECONDS:
        raise TooLarge(f"{MARKS[LEAST_MARKS - 1]} steps of it take {cost * MARKS[LEAST_MARKS - 1]:.0f} s")
    return [m for n, m in enumerate(MARKS) if n < LEAST_MARKS or m * cost <= seconds]


def _summary(request: Request, pairs: Sequence[Pair], steps: int) -> Measurement:
    runs: dict[str, tuple[float, ...]] = {}
    for side, name in enumerate(("flagged", "mended")):
        for what in ("loss", "error"):
            curves = [getattr(pair[side], what) for pair in pairs]
            runs[f"{what}_{name}"] = tuple(c[-1] for c in curves)
            runs[f"{what}_{name}_before"] = tuple(c[-2] for c in curves)
    seeds = (*request.seeds, *request.more_seeds)[: len(pairs)]
    return Measurement(
        request.experiment, {"steps": float(steps)}, runs, (loss_series(pairs, steps),), seeds
    )  # fmt: skip


def loss_series(pairs: Sequence[Pair], steps: int) -> Series:
    """Training losses of all seeds, each point the mean over the steps since the one before."""
    width = max(1, steps // POINTS)
    x = tuple(float(end) for end in range(width, steps + 1, width))
    flagged, mended = (
        tuple(_thinned(pair[side].run.losses, width, pair[side].run.chance, len(x)) for pair in pairs)
        for side in (0, 1)
    )
    return Series("loss", "Training loss, in chance losses", x, flagged, mended)


def _thinned(losses: Sequence[float], width: int, chance: float, count: int) -> tuple[float, ...]:
    parts = [losses[n * width : (n + 1) * width] for n in range(count)]
    return tuple(float(f"{sum(p) / len(p) / chance:.4g}") if p else math.inf for p in parts)
