"""The report as one page: findings by program beside the drawings of that program. It loads nothing."""

from __future__ import annotations

from collections.abc import Sequence

from trainlint.model import Finding, Level, Location
from trainlint.report.document import Report
from trainlint.report.html.chart import rate_svg
from trainlint.report.html.drawing import clean, tag
from trainlint.report.html.findings import card
from trainlint.report.html.graph import Flag, graph_svg
from trainlint.report.html.pictures import Box, Network, Picture, Rate
from trainlint.report.html.style import SCRIPT, STYLE
from trainlint.report.plots import STYLE as PLOT_STYLE
from trainlint.report.styled import plain
from trainlint.report.summary import Summary, plural, summary_lines

POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
"""What the page may load: nothing from anywhere."""
LEVELS = (Level.ERROR, Level.WARNING, Level.ADVICE)
ELSEWHERE = "Elsewhere"
CLEAN = "Nothing was found in"

Anchored = tuple[str, Finding]


def html_report(report: Report, pictures: Sequence[Picture], summary: Summary) -> str:
    """The page. pictures: what was drawn of each program; of those that hold nothing and show no finding nothing is said."""
    anchored = [(f"f{number}", finding) for number, finding in enumerate(report.findings, 1)]
    groups = _grouped(report, anchored, pictures)
    sections = [_section(report, picture, found) for picture, found in groups if found]
    clean_ones = [_folded(picture) for picture, found in groups if picture is not None and not found]
    if clean_ones:
        sections.append(tag("h2", CLEAN) + tag("section", *clean_ones, class_="folded"))
    body = [
        _header(report, anchored),
        tag("main", *(tag("p", clean(line), class_="soft") for line in plain(summary_lines(summary)[1:]).splitlines()),
            *_errors(report), *sections, tag("footer", f"trainlint {clean(report.version)}")),
        tag("script", SCRIPT),
    ]  # fmt: skip
    head = [
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
        tag("title", "trainlint: " + ", ".join(_counts(anchored))),
        tag("style", STYLE + PLOT_STYLE),
    ]
    return "<!doctype html>\n" + tag("html", tag("head", *head), tag("body", *body), lang="en") + "\n"


def _counts(found: Sequence[Anchored]) -> list[str]:
    counts = {level: sum(f.level is level for _, f in found) for level in LEVELS}
    return [
        plural(count, level.value) for level, count in counts.items() if count or level is not Level.ADVICE
    ]


def _header(report: Report, anchored: Sequence[Anchored]) -> str:
    boxes = [
        tag("label", f'<input type="checkbox" checked data-level="{level.value}"> {level.value}')
        for level in LEVELS
        if any(finding.level is level for _, finding in anchored)
    ]
    end = tag("span", *boxes, tag("button", "light / dark", id="theme", type="button"), class_="end")
    return tag("header", tag("h1", "trainlint"), tag("b", ", ".join(_counts(anchored))), end)


def _errors(report: Report) -> list[str]:
    return [
        tag("p", tag("b", "trainlint itself failed: "), clean(error), class_="card error")
        for error in report.errors
    ]


def _grouped(
    report: Report, anchored: Sequence[Anchored], pictures: Sequence[Picture]
) -> list[tuple[Picture | None, list[Anchored]]]:
    """Each program with its findings, those with findings first; what belongs to none comes last."""
    groups: dict[int, list[Anchored]] = {number: [] for number in range(len(pictures))}
    rest: list[Anchored] = []
    for pair in anchored:
        number = _owner(report, pair[1], pictures)
        (rest if number is None else groups[number]).append(pair)
    shown: list[tuple[Picture | None, list[Anchored]]] = [
        (pictures[number], found) for number, found in groups.items() if found or pictures[number].networks
    ]
    shown.sort(key=lambda group: not group[1])
    return [*shown, *([(None, rest)] if rest else [])]


def _owner(report: Report, finding: Finding, pictures: Sequence[Picture]) -> int | None:
    """The program that showed the finding; else (a fault of a file as such) the first that read its file."""
    entry = report.owners.get((finding.code, finding.location))
    path = finding.location.path
    own = [n for n, picture in enumerate(pictures) if picture.entry == entry]
    return next(iter([*own, *(n for n, picture in enumerate(pictures) if path in picture.files)]), None)


def _section(report: Report, picture: Picture | None, found: Sequence[Anchored]) -> str:
    cards = [card(finding, anchor, report.lines, report.rules.get(finding.code)) for anchor, finding in found]
    drawings = _drawings(picture, found) if picture is not None else []
    title = picture.entry if picture is not None else ELSEWHERE
    note = f" {picture.framework}, " if picture is not None and picture.framework != "other" else " "
    heading = tag(
        "h2", clean(title), tag("span", clean(note + ", ".join(_counts(found))), class_="soft small")
    )
    columns = [tag("div", *cards)]
    if drawings:
        columns.append(tag("div", *drawings, class_="pictures"))
    return heading + tag("section", *columns, class_="program pictured" if drawings else "program")


def _folded(picture: Picture) -> str:
    """A program that nothing was found in: its drawings, for those who want to see what was understood."""
    return tag(
        "details", tag("summary", clean(f"{picture.entry} ({picture.framework})")), *_drawings(picture, ())
    )


def _drawings(picture: Picture, found: Sequence[Anchored]) -> list[str]:
    figures = [_rate(rate) for rate in picture.rates]
    return figures + [_network(network, found) for network in picture.networks]


def _rate(rate: Rate) -> str:
    if rate.curve is None:
        known = f"{rate.rate:g}" if rate.rate is not None else "not known"
        note = f" learning rate {known}; how it changes over the run is not known"
    else:
        schedule = rate.curve.schedule.rsplit(".", 1)[-1] if rate.curve.schedule else "no schedule"
        length = "" if rate.curve.complete else "; the run's length is not known"
        value = f" {rate.rate:g}" if rate.rate is not None else ""
        note = f" learning rate{value}, {schedule}{length}"
    origin = f" (from {rate.origin})" if rate.origin else ""
    caption = tag("figcaption", tag("b", clean(rate.optimizer)), clean(f"{note}{origin}"))
    return tag("figure", caption, rate_svg(rate) if rate.curve is not None else "")


def _network(network: Network, found: Sequence[Anchored]) -> str:
    def flags(box: Box) -> list[Flag]:
        starts = set(map(_start, box.places))
        return [
            (finding.code, finding.level.value, anchor)
            for anchor, finding in found
            if _start(finding.location) in starts
        ]

    caption = tag("figcaption", tag("b", clean(network.name)), clean(f" {network.location}"))
    return tag("figure", caption, graph_svg(network, flags), class_="network")


def _start(place: Location) -> tuple[str, int | None, int, int]:
    """Where a place begins: a line may hold several layers."""
    return place.path, place.cell, place.line, place.column
