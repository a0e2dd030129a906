"""The learning rate over a run as a plot, with the rates from which it is found too large."""

from __future__ import annotations

import math
from collections.abc import Sequence

from trainlint.report.html.drawing import svg, tag, text
from trainlint.report.html.pictures import Rate

WIDTH, HEIGHT = 460.0, 180.0
LEFT, RIGHT, TOP, BOTTOM = 62.0, 26.0, 12.0, 34.0
LOG_FROM = 50.0
"""A ratio of largest to smallest rate from which the axis is logarithmic."""
FLOOR = 1e-4
"""Of the largest rate: what is smaller lies at the bottom of a logarithmic axis."""


def rate_svg(rate: Rate) -> str:
    """The curve, its axes, and the bounds of the rate table that are near it."""
    curve = rate.curve
    assert curve is not None, "a rate without a curve has no plot"
    bounds = _bounds(rate)
    axis = _Axis([y for _, y in curve.points], [value for _, value in bounds])
    last = curve.points[-1][0] or 1.0
    points = " ".join(f"{LEFT + x / last * _inner():.1f},{axis.at(y):.1f}" for x, y in curve.points)
    parts = [*_frame(axis, last, curve.unit)]
    for level, value in bounds:
        y = axis.at(value)
        parts.append(tag("line", x1=LEFT, x2=WIDTH - RIGHT, y1=y, y2=y, class_=f"bound {level}"))
        parts.append(text(f"{level} {'above' if rate.band and rate.band.above and level == 'warning' else 'from'} {value:g}",
                          WIDTH - RIGHT - 4, y - 4, f"small {level}", "end"))  # fmt: skip
    parts.append(tag("polyline", points=points, class_="curve"))
    return svg(WIDTH, HEIGHT, parts, f"Learning rate of {rate.optimizer}", "chart")


def _bounds(rate: Rate) -> list[tuple[str, float]]:
    """The table's bounds that are within three powers of ten of the curve."""
    if rate.band is None or rate.curve is None:
        return []
    peak = max(y for _, y in rate.curve.points)
    given = [("warning", rate.band.warn), ("error", rate.band.error)]
    return [
        (level, value) for level, value in given if value is not None and peak > 0 and value / peak < 1000
    ]


def _inner() -> float:
    return WIDTH - LEFT - RIGHT


class _Axis:
    """The vertical axis: logarithmic where the values span much."""

    def __init__(self, values: Sequence[float], bounds: Sequence[float]) -> None:
        self.high = max([*values, *bounds, 1e-12])
        low = min([*[v for v in values if v > 0], *bounds], default=self.high)
        self.log = self.high / max(low, 1e-300) > LOG_FROM or (bool(bounds) and self.high / low > 5)
        self.low = max(low, self.high * FLOOR) / 1.5 if self.log else 0.0
        self.high *= 1.3 if self.log else 1.1

    def at(self, value: float) -> float:
        """The height of a value in the drawing."""
        if self.log:
            value = max(value, self.low)
            share = math.log(value / self.low) / math.log(self.high / self.low)
        else:
            share = value / self.high
        return TOP + (1 - share) * (HEIGHT - TOP - BOTTOM)

    def ticks(self) -> list[float]:
        if not self.log:
            return [self.high / 1.1 * share for share in (0.0, 0.5, 1.0)]
        first, last = math.ceil(math.log10(self.low)), math.floor(math.log10(self.high))
        return [10.0**power for power in range(first, last + 1)] or [self.low, self.high]


def _frame(axis: _Axis, last: float, unit: str) -> list[str]:
    bottom = HEIGHT - BOTTOM
    parts = [tag("rect", x=LEFT, y=TOP, width=_inner(), height=bottom - TOP, class_="frame")]
    for value in axis.ticks():
        y = axis.at(value)
        parts.append(tag("line", x1=LEFT, x2=WIDTH - RIGHT, y1=y, y2=y, class_="grid"))
        parts.append(text(f"{value:.3g}", LEFT - 6, y + 4, "small", "end"))
    if unit:
        for share in (0.0, 0.5, 1.0):
            x = LEFT + share * _inner()
            parts.append(text(f"{round(last * share):,}", x, bottom + 14, "small", "middle"))
    parts.append(text(unit or "the run", LEFT + _inner() / 2, bottom + 28, "small", "middle"))
    return parts
