"""Verdicts from paired runs: what the mended twin saves, over seeds, with its interval.

A loss is given as a share of the chance loss C (what the best guess loses without looking at the input): 1 is a network that
has learned nothing. The effect of a seed is the flagged variant's loss minus the mended one's, both with the same data
and, where they share tensors, the same start. Losses above `WORST`, and runs that broke, count as `WORST`.

`confirmed`: nearly all seeds agree in sign and the mean effect reaches the minimum, now and as extrapolated to the end of a
training (`expected`). `not reproduced`: the effect stays below half the minimum, or the flagged variant is no longer far
behind and about to catch up, and the mended twin has learned. Everything else is `inconclusive`, with the reason.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

WORST = 2.0
"""Shares of the chance loss above this are alike: a run that broke is no worse than one at twice the chance loss."""

MINIMUM_EFFECT = 0.05
"""Share of the chance loss that the mended twin must save on average. Single comparisons of healthy variants scatter by 0.02
(design measurements: sign alone had a specificity of 0.7 to 0.9; 0.02 to 0.05 was needed)."""

LEARNED = 0.9
"""A variant whose loss is below this share of the chance loss has learned something (more than 10 % below)."""

FIRST_SEEDS, SEEDS, MORE_SEEDS = 3, 5, 10
"""Seeds after which a clear case may end, seeds of a usual one, and seeds of one that is split."""

HORIZON = 2000
"""Steps of a training that verdicts speak of: what is behind by then counts as harm."""

CLEAR = 3.0
"""An effect of so many minima in each of the first seeds, all of one sign, is clear; so is one below a third of it."""

# 97.5 % points of Student's t, by degrees of freedom (1 to 9)
_T = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262)


class Next(Enum):
    """What to do after a number of seeds."""

    STOP = "stop"
    GO_ON = "go on"


@dataclass(frozen=True)
class Paired:
    """The effects of a number of seeds. mean and half-width of its 95 % interval (Student's t); agree: seeds in which the
    flagged variant is the worse one."""

    effects: tuple[float, ...]
    mean: float
    half: float
    agree: int

    @property
    def seeds(self) -> int:
        """How many."""
        return len(self.effects)


@dataclass(frozen=True)
class Decision:
    """A verdict, its reason where it is inconclusive, and the effects behind it."""

    verdict: str
    why: str
    effect: Paired
    expected: Paired


def share(loss: float) -> float:
    """A loss (as a share of the chance loss) with everything above `WORST`, and what is not a number, set to `WORST`."""
    return min(loss, WORST) if not math.isnan(loss) else WORST


def paired(flagged: Sequence[float], mended: Sequence[float]) -> Paired:
    """Effects by seed of two lists of losses in the same order.

    Raises:
        ValueError: no seeds, or lists of different lengths.
    """
    effects = tuple(share(a) - share(b) for a, b in zip(flagged, mended, strict=True))
    if not effects:
        raise ValueError("no seeds")
    mean = sum(effects) / len(effects)
    half = math.inf
    if len(effects) > 1:
        variance = sum((e - mean) ** 2 for e in effects) / (len(effects) - 1)
        half = _T[min(len(effects) - 1, len(_T)) - 1] * math.sqrt(variance / len(effects))
    return Paired(effects, mean, half, sum(e > 0 for e in effects))


def enough(seeds: int) -> int:
    """How many of so many seeds must agree: all, or nine of ten (one-sided sign test: p = 0.03 for 5 of 5, 0.01 for 9 of
    10; 3 of 3 is taken only where every single effect is `CLEAR`)."""
    return seeds if seeds < MORE_SEEDS else math.ceil(0.9 * seeds)


def after(flagged: Sequence[float], mended: Sequence[float], minimum: float = MINIMUM_EFFECT) -> Next:
    """Whether more seeds are needed: none after three clear ones, none after five that agree, none after ten."""
    effects = paired(flagged, mended)
    size = [abs(e) for e in effects.effects]
    if effects.seeds < FIRST_SEEDS:
        return Next.GO_ON
    if effects.seeds < SEEDS:
        clear = effects.agree in (0, effects.seeds) and min(size) >= CLEAR * minimum
        return Next.STOP if clear or max(size) <= minimum / CLEAR else Next.GO_ON
    if effects.seeds < MORE_SEEDS:
        split = 0 < effects.agree < effects.seeds and abs(effects.mean) >= minimum / 2
        return Next.GO_ON if split else Next.STOP
    return Next.STOP


def decide(
    flagged: Sequence[float],
    mended: Sequence[float],
    expected: tuple[Sequence[float], Sequence[float]] | None = None,
    minimum: float = MINIMUM_EFFECT,
    reached: float = 1.0,
) -> Decision:
    """The verdict. flagged, mended: losses at the end of the runs; expected: the same as extrapolated to the end of a training
    (absent: as they are). reached: the share of a training that was run; what is extrapolated from less must be the larger, up to
    twice the minimum (with the minimum itself, tuned cells of 12 layers whose difference was gone after 2,000 steps were
    confirmed at a quarter of them)."""
    now = paired(flagged, mended)
    later = now if expected is None else paired(*expected)
    if _present(now, minimum) and _present(later, minimum * (2 - min(reached, 1.0))):
        return Decision("confirmed", "", now, later)
    learned = sum(share(m) < LEARNED for m in mended) * 2 > len(mended)
    absent = now.mean < minimum / 2 or (later.mean < minimum / 2 and now.mean < CLEAR * minimum)
    if absent and learned:
        return Decision("not reproduced", "", now, later)
    return Decision("inconclusive", _why(now, later, minimum, learned=learned), now, later)


def as_far_as_known(decision: Decision, assumed: Sequence[str], other: str = "another update") -> Decision:
    """The decision for a program whose update (or units) are not known. assumed: what was taken instead, in words; other: what may be
    the case. Adam hides what plain SGD shows, so the verdict that there is nothing would be one on the assumption."""
    if decision.verdict != "not reproduced" or not assumed:
        return decision
    why = f"{'; '.join(assumed)}, under which it does no harm; {other} may show it"
    return Decision("inconclusive", why, decision.effect, decision.expected)


def _present(effect: Paired, minimum: float) -> bool:
    return effect.agree >= enough(effect.seeds) and effect.mean >= minimum


def _why(now: Paired, later: Paired, minimum: float, *, learned: bool) -> str:
    if not learned:
        return "the mended network does not learn the synthetic task either"
    if now.agree < enough(now.seeds) and now.mean >= minimum:
        return f"seeds disagree ({now.agree} of {now.seeds})"
    if now.mean >= minimum > later.mean:
        return "it is slower, but still learning when the budget ends"
    if now.mean >= minimum:
        return "it is behind, but it cannot be told whether it still is at the end of a training"
    return f"the difference, {now.mean:.2g} of what chance gives, is neither large enough nor small enough to tell"
