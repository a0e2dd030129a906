"""The way of a value as a drawing: a station for each place, the literal first, the place of the finding last."""

from __future__ import annotations

from collections.abc import Sequence

from trainlint.model import Finding, Location, Place
from trainlint.report.excerpt import TAB, Lines
from trainlint.report.html.drawing import shortened, svg, tag, text, width_in_pixels

STEP, LEFT, TOP, COLUMNS = 44.0, 26.0, 14.0, 88
RADIUS = 5.0


def chain_svg(finding: Finding, lines: Lines) -> str:
    """The drawing; "" where a finding has no chain."""
    if not finding.related:
        return ""
    stations = _stations([*finding.related, Place(finding.location, finding.name)])
    rows = [(_head(place), _code(place.location, lines)) for place in stations]
    wide = max(width_in_pixels(line) for row in rows for line in row)
    height = TOP * 2 + (len(rows) - 1) * STEP + 18
    parts = [tag("line", x1=LEFT / 2, x2=LEFT / 2, y1=TOP, y2=TOP + (len(rows) - 1) * STEP, class_="way")]
    for number, (head, code) in enumerate(rows):
        y = TOP + number * STEP
        kind = (
            "literal"
            if number == 0
            else f"end {finding.level.value}"
            if number == len(rows) - 1
            else "station"
        )
        parts.append(tag("circle", cx=LEFT / 2, cy=y, r=RADIUS, class_=kind))
        if number:
            tip = y - RADIUS - 1
            arrow = (
                f"{LEFT / 2 - 4:.1f},{tip - 7:.1f} {LEFT / 2 + 4:.1f},{tip - 7:.1f} {LEFT / 2:.1f},{tip:.1f}"
            )
            parts.append(tag("polygon", points=arrow, class_="tip"))
        parts.append(text(head, LEFT, y + 4, "place"))
        parts.append(text(code, LEFT, y + 20, "code"))
    return svg(LEFT + wide + 8, height, parts, "Trace", "chain")


def _stations(chain: Sequence[Place]) -> list[Place]:
    """Stations that follow each other in one line are one, with the last name that the value had."""
    found: list[Place] = []
    for place in chain:
        if found and str(found[-1].location) == str(place.location):
            found[-1] = Place(place.location, place.label or found[-1].label)
        else:
            found.append(place)
    return found


def _head(place: Place) -> str:
    return shortened(f"{place.location} {place.label}".rstrip(), COLUMNS)


def _code(location: Location, lines: Lines) -> str:
    code = lines.get((location.path, location.cell, location.line), "")
    return shortened(code.replace("\t", TAB).strip(), COLUMNS)
