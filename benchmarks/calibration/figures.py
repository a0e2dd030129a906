"""Figures of the calibration: confusion, separation, cost, and whether an experiment may be switched on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

CONFIRMED, INCONCLUSIVE = "confirmed", "inconclusive"

EFFECT = 0.1
"""Gain of an effect (`truth.py`). Where the flagged variant is the better one by as much, exchanging the labels makes a fault with
an effect: such pairs are not counted among the exchanged ones."""

SENSITIVITY, TWINS, NO_EFFECT = 0.85, 0.02, 0.05
"""What an experiment must reach to be switched on: faults with an effect that are confirmed, mended twins and faults
without an effect that are confirmed all the same (the issue's bounds)."""


@dataclass(frozen=True)
class Row:
    """One cell as measured. truth: effect, none, between. verdict: of the probe; twin: with the mended network on
    both sides; exchanged: with the two labels exchanged ("" where that was not measured). score: the statistic, larger where the fault shows more."""

    experiment: str
    code: str
    name: str
    held: bool
    gain: float
    truth: str
    verdict: str
    twin: str
    exchanged: str
    score: float | None
    seconds: float
    second: bool = False
    third: bool = False


@dataclass(frozen=True)
class Summary:
    """What a set of rows comes to. Shares are None where there is nothing to count."""

    cells: int
    effect: int
    none: int
    sensitivity: float | None
    no_effect: float | None
    twins: float | None
    exchanged: float | None
    inconclusive: float
    auc: float | None
    median: float
    ninth: float
    verdicts: dict[str, Counter[str]] = field(default_factory=dict)

    @property
    def passes(self) -> bool:
        """Whether it reaches what is asked for; what cannot be counted does not."""
        return (
            self.sensitivity is not None
            and self.sensitivity >= SENSITIVITY
            and (self.no_effect is None or self.no_effect <= NO_EFFECT)
            and (self.twins or 0.0) <= TWINS
            and (self.exchanged or 0.0) <= TWINS
        )


def summarize(rows: Sequence[Row]) -> Summary:
    """The figures of some rows (at least one)."""
    effect = [r for r in rows if r.truth == "effect"]
    none = [r for r in rows if r.truth == "none"]
    times = sorted(r.seconds for r in rows)
    verdicts = {t: Counter(r.verdict for r in rows if r.truth == t) for t in ("effect", "none", "between")}
    return Summary(
        len(rows),
        len(effect),
        len(none),
        _share(r.verdict == CONFIRMED for r in effect),
        _share(r.verdict == CONFIRMED for r in none),
        _share(r.twin == CONFIRMED for r in rows if r.twin),
        _share(r.exchanged == CONFIRMED for r in rows if r.exchanged and r.gain > -EFFECT),
        _share(r.verdict == INCONCLUSIVE for r in rows) or 0.0,
        auc([r.score for r in effect if r.score is not None], [r.score for r in none if r.score is not None]),
        times[len(times) // 2],
        times[min(len(times) - 1, int(0.9 * len(times)))],
        verdicts,
    )


def _share(which: Iterable[bool]) -> float | None:
    answers = list(which)
    return sum(answers) / len(answers) if answers else None


def auc(positive: Sequence[float], negative: Sequence[float]) -> float | None:
    """How often a fault with an effect scores higher than one without; a tie counts half. None without both kinds."""
    if not positive or not negative:
        return None
    wins = sum((p > n) + 0.5 * (p == n) for p in positive for n in negative)
    return wins / (len(positive) * len(negative))


HEAD = (
    "| experiment, rule | cells | with effect: confirmed | without: confirmed | twins | exchanged | inconclusive | AUC "
    "| median, 9th tenth s | reaches |\n|---|---|---|---|---|---|---|---|---|---|"
)


def table(rows: Sequence[Row], switched_on: Callable[[str, str], bool] | None = None) -> str:
    """One line an experiment and rule. switched_on: whether an experiment judges findings of a rule."""
    lines = [HEAD]
    for name, code in dict.fromkeys((r.experiment, r.code) for r in rows):
        own = [r for r in rows if (r.experiment, r.code) == (name, code)]
        state = "" if switched_on is None else ", on" if switched_on(name, code) else ", off"
        lines.append(_line(f"{name} {code}{state}", summarize(own)))
    if switched_on is not None and (chosen := [r for r in rows if switched_on(r.experiment, r.code)]):
        lines.append(_line("**all that is on**", summarize(chosen)))
    lines.append(_line("**all**", summarize(rows)))
    return "\n".join(lines)


def line(name: str, rows: Sequence[Row]) -> str:
    """One line about all of these rows."""
    return _line(name, summarize(rows))


def _line(name: str, found: Summary) -> str:
    def percent(value: float | None, of: int | None = None) -> str:
        count = f" of {of}" if of is not None else ""
        return "-" if value is None else f"{value:.0%}{count}"

    separation = "-" if found.auc is None else f"{found.auc:.2f}"
    return (
        f"| {name} | {found.cells} | {percent(found.sensitivity, found.effect)} | {percent(found.no_effect, found.none)} "
        f"| {percent(found.twins)} | {percent(found.exchanged)} | {percent(found.inconclusive)} | {separation} "
        f"| {found.median:.1f}, {found.ninth:.1f} | {'yes' if found.passes else 'no'} |"
    )
