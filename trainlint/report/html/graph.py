"""The layer graph as a drawing: from the input downwards, flagged layers marked with the rules that flag them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from trainlint.report.html.drawing import clean, shortened, svg, tag, text, width_in_pixels
from trainlint.report.html.pictures import Box, Network, ranks_of

HEIGHT, GAP, SIDE, PAD = 34.0, 18.0, 16.0, 8.0
MIN_WIDTH, COLUMNS = 150.0, 30

Flag = tuple[str, str, str]
"""Code, level, and the anchor of the finding."""
Flags = Callable[[Box], Sequence[Flag]]


def graph_svg(network: Network, flags: Flags) -> str:
    """The network's graph."""
    ranks = ranks_of(network.boxes)
    rows: dict[int, list[int]] = {}
    for number, rank in enumerate(ranks):
        rows.setdefault(rank, []).append(number)
    marks = [list(dict.fromkeys(flags(box))) for box in network.boxes]
    wide = max([MIN_WIDTH, *(_width(box) for box in network.boxes)])
    badge = max([0.0, *(sum(width_in_pixels(code) + 14 for code, _, _ in found) for found in marks)])
    columns = max(len(row) for row in rows.values())
    arcs = SIDE * (
        1 + max((ranks[n] - ranks[i] > 1 for n, b in enumerate(network.boxes) for i in b.inputs), default=0)
    )
    total = columns * (wide + SIDE + badge) + arcs + PAD
    places: dict[int, tuple[float, float]] = {}
    for rank, row in rows.items():
        left = arcs + (total - arcs - len(row) * (wide + SIDE + badge)) / 2
        for column, number in enumerate(row):
            places[number] = left + column * (wide + SIDE + badge), PAD + rank * (HEIGHT + GAP)
    parts = [
        _edge(places, ranks, i, n, wide) for n, box in enumerate(network.boxes) for i in sorted(box.inputs)
    ]
    for number, box in enumerate(network.boxes):
        parts.append(_box(box, *places[number], wide, marks[number]))
    height = PAD + (max(ranks) + 1) * (HEIGHT + GAP)
    return svg(total, height, parts, f"Layers of {network.name}", "graph")


def _width(box: Box) -> float:
    return (
        max(
            width_in_pixels(shortened(box.title, COLUMNS)),
            0.85 * width_in_pixels(shortened(box.detail, COLUMNS)),
        )
        + 2 * PAD
    )


def _edge(
    places: dict[int, tuple[float, float]], ranks: Sequence[int], start: int, end: int, wide: float
) -> str:
    (x, y), (to_x, to_y) = places[start], places[end]
    y += HEIGHT
    if ranks[end] - ranks[start] > 1 and abs(x - to_x) < 1:  # past the boxes in between, on the left
        side = x - SIDE
        y -= HEIGHT / 2
        path = f"M{x:.1f} {y:.1f} C{side:.1f} {y:.1f} {side:.1f} {to_y + 10:.1f} {to_x:.1f} {to_y + 10:.1f}"
    else:
        middle = (y + to_y) / 2
        a, b = x + wide / 2, to_x + wide / 2
        path = f"M{a:.1f} {y:.1f} C{a:.1f} {middle:.1f} {b:.1f} {middle:.1f} {b:.1f} {to_y:.1f}"
    return tag("path", d=path, class_="edge")


def _box(box: Box, x: float, y: float, wide: float, marks: Sequence[Flag]) -> str:
    level = _gravest(marks)
    where = ", ".join(sorted(str(place) for place in box.places))
    parts = [
        tag("title", clean(f"{box.title} {box.detail}: {where}")),
        tag("rect", x=x, y=y, width=wide, height=HEIGHT, rx=6.0),
        text(shortened(box.title, COLUMNS), x + PAD, y + (15 if box.detail else 21), "name"),
    ]
    if box.detail:
        parts.append(text(shortened(box.detail, COLUMNS), x + PAD, y + 28, "path"))
    at = x + wide + 6
    for code, mark, anchor in marks:
        width = width_in_pixels(code) + 8
        chip = tag("rect", x=at, y=y + 8, width=width, height=18.0, rx=9.0)
        parts.append(
            tag(
                "a",
                chip,
                text(code, at + width / 2, y + 21, anchor="middle"),
                href=f"#{anchor}",
                class_=f"chip {mark}",
            )
        )
        at += width + 6
    return tag("g", *parts, class_=f"box {box.kind}" + (f" flagged {level}" if level else ""))


def _gravest(marks: Sequence[Flag]) -> str:
    levels = {level for _, level, _ in marks}
    return next((level for level in ("error", "warning", "advice") if level in levels), "")
