"""What probes measured, as inline SVG: text that a page can hold, which follows its colours in light and dark."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from trainlint.model import Evidence, Series

STYLE = """\
.tl-plot { font: 11px system-ui, sans-serif; color: inherit; max-width: 100%; height: auto; }
.tl-plot text { fill: currentColor; }
.tl-plot .grid { stroke: currentColor; stroke-opacity: 0.15; }
.tl-plot .flagged { --tl-line: var(--tl-flagged, light-dark(#c2410c, #fb923c)); }
.tl-plot .mended { --tl-line: var(--tl-mended, light-dark(#0f766e, #2dd4bf)); }
.tl-plot .curve { fill: none; stroke: var(--tl-line); stroke-width: 1.8; }
.tl-plot .band { fill: var(--tl-line); fill-opacity: 0.18; stroke: none; }
.tl-plot .dot { fill: var(--tl-line); }
"""
"""For the page that holds the plots, which says by `color-scheme` that it is light, dark or both; it may set --tl-flagged and
--tl-mended for colours of its own."""

WIDTH, HEIGHT = 380, 230
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 40, 34
DECADES = 12
"""A logarithmic scale reaches at most so far below its largest value: what is smaller is as good as nothing."""
MOST_LABELS = 12


def plots(evidence: Evidence) -> tuple[str, ...]:
    """One SVG for each of the curves of an evidence that hold anything."""
    return tuple(text for series in evidence.series if (text := plot(series)))


def plot(series: Series) -> str:
    """One plot of both variants: the median over seeds as a line, the range over seeds as a band; "" if there is nothing."""
    sides = (("flagged", "as found", series.flagged), ("mended", "mended", series.mended))
    values = [v for _, _, runs in sides for run in runs for v in run if math.isfinite(v)]
    if not values:
        return ""
    longest = max(len(run) for _, _, runs in sides for run in runs)
    xs = series.x if len(series.x) >= longest else tuple(float(i) for i in range(longest))
    scale = _Scale.of(values, xs, series.log)
    parts = [_frame(series, scale, xs)]
    for kind, title, runs in sides:
        if runs:
            parts.append(_side(kind, title, runs, xs, scale))
    parts.append(_legend(series))
    return (
        f'<svg class="tl-plot" role="img" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'xmlns="http://www.w3.org/2000/svg"><title>{escape(series.title)}</title>{"".join(parts)}</svg>'
    )


@dataclass(frozen=True)
class _Scale:
    """From values to places in the picture."""

    low: float
    high: float
    first: float
    last: float
    log: bool

    @staticmethod
    def of(values: Sequence[float], xs: Sequence[float], log: bool) -> _Scale:
        positive = [v for v in values if v > 0]
        log = log and bool(positive)
        if log:
            top = math.ceil(math.log10(max(positive)) - 1e-9)
            bottom = max(math.floor(math.log10(min(positive)) + 1e-9), top - DECADES)
            low, high = float(bottom), float(max(top, bottom + 1))
        else:
            low, high = _round_ends(min(values), max(values))
        return _Scale(low, high, min(xs), max(max(xs), min(xs) + 1e-9), log)

    def y(self, value: float) -> float:
        """From the top of the picture; what lies outside is drawn at the edge."""
        if self.log:
            value = math.log10(value) if value > 0 else self.low
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)

    def x(self, value: float) -> float:
        """From the left of the picture."""
        return LEFT + (value - self.first) / (self.last - self.first) * (WIDTH - LEFT - RIGHT)

    def ticks(self) -> list[tuple[float, str]]:
        """Values with their labels."""
        if self.log:
            step = max(1, round((self.high - self.low) / 5))
            return [(10.0**n, f"1e{n}") for n in range(int(self.low), int(self.high) + 1, step)]
        return [(v := self.low + i * (self.high - self.low) / 4, f"{v:.3g}") for i in range(5)]


def _round_ends(low: float, high: float) -> tuple[float, float]:
    """Ends at round numbers; from zero where that wastes little room."""
    if low >= 0 and low < 0.5 * high:
        low = 0.0
    if high <= low:
        return low - 0.5, low + 0.5
    step = 10.0 ** math.floor(math.log10((high - low) / 4))
    step = next(step * m for m in (1, 2, 2.5, 5, 10) if step * m * 4 >= high - low)
    start = math.floor(low / step + 1e-9) * step
    return start, max(start + 4 * step, math.ceil(high / step - 1e-9) * step)


def _frame(series: Series, scale: _Scale, xs: Sequence[float]) -> str:
    parts = []
    for value, label in scale.ticks():
        y = scale.y(value)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{escape(label)}</text>')
    labels = series.flagged_labels or series.mended_labels
    bottom = HEIGHT - BOTTOM
    if labels:
        step = max(1, math.ceil(len(labels) / MOST_LABELS))
        for i in range(0, min(len(labels), len(xs)), step):
            x = scale.x(xs[i])
            parts.append(
                f'<text x="{x:.1f}" y="{bottom + 14}" text-anchor="middle"><title>{escape(labels[i])}</title>{i + 1}</text>'
            )
        note = "layer"
    else:
        for value in (scale.first, (scale.first + scale.last) / 2, scale.last):
            x = scale.x(value)
            parts.append(f'<text x="{x:.1f}" y="{bottom + 14}" text-anchor="middle">{value:.4g}</text>')
        note = "step"
    parts.append(f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 6}" text-anchor="end">{note}</text>')
    return "".join(parts)


def _side(kind: str, title: str, runs: Sequence[Sequence[float]], xs: Sequence[float], scale: _Scale) -> str:
    """One variant: the range over seeds and the median, as far as the values are finite."""
    columns = [[run[i] for run in runs if i < len(run)] for i in range(max(len(run) for run in runs))]
    points = []
    for x, column in zip(xs, columns, strict=False):
        finite = sorted(v for v in column if math.isfinite(v))
        if len(finite) * 2 < len(column):
            break  # most seeds have diverged here
        if finite:
            points.append((scale.x(x), *(scale.y(v) for v in (finite[0], _median(finite), finite[-1]))))
    if not points:
        return ""
    parts = [f'<g class="{kind}"><title>{escape(title)}</title>']
    if len(points) > 1:
        around = [f"{x:.1f},{low:.1f}" for x, low, _, _ in points]
        around += [f"{x:.1f},{high:.1f}" for x, _, _, high in reversed(points)]
        parts.append(f'<polygon class="band" points="{" ".join(around)}"/>')
        middle = " ".join(f"{x:.1f},{y:.1f}" for x, _, y, _ in points)
        parts.append(f'<polyline class="curve" points="{middle}"/>')
    if len(points) <= 2 * MOST_LABELS:
        parts += [f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="2.4"/>' for x, _, y, _ in points]
    if len(points) < len(columns):
        x, _, y, _ = points[-1]
        parts.append(f'<text x="{x + 4:.1f}" y="{max(y - 4, TOP):.1f}">not finite from here</text>')
    return "".join([*parts, "</g>"])


def _median(values: Sequence[float]) -> float:
    middle = len(values) // 2
    return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2


def _legend(series: Series) -> str:
    legend = (
        f'<text x="{LEFT - 46}" y="14" font-weight="600">{escape(series.title)}</text>'
        f'<g class="flagged"><line class="curve" x1="{LEFT}" x2="{LEFT + 18}" y1="27" y2="27"/>'
        f'<text x="{LEFT + 23}" y="31">as found</text></g>'
    )
    if not series.mended:
        return legend
    return legend + (
        f'<g class="mended"><line class="curve" x1="{LEFT + 92}" x2="{LEFT + 110}" y1="27" y2="27"/>'
        f'<text x="{LEFT + 115}" y="31">mended</text></g>'
    )
