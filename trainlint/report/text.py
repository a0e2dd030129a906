"""Findings as text: where, what, the source line, the way of the value, and a summary."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from trainlint.model import Finding, Location, Place
from trainlint.report.excerpt import Lines, excerpt
from trainlint.report.probes import dimmed, probe_lines
from trainlint.report.styled import Line, Span, Style, line, printable
from trainlint.report.summary import LEVEL_STYLES, Summary, summary_lines

MESSAGE_INDENT = "  "


def text_report(
    findings: Sequence[Finding], summary: Summary, lines: Lines, width: int | None = None
) -> Iterator[Line]:
    """The whole report. width: columns of the terminal; None (piped) leaves messages on one line."""
    for finding in findings:
        yield from finding_lines(finding, lines, width)
        yield line()
    yield from summary_lines(summary)


def finding_lines(
    finding: Finding, lines: Lines, width: int | None = None, *, assumed: bool = False
) -> list[Line]:
    """One finding: its head, message, source line, the literal's source line, the chain of origins, and what a probe measured.

    One that was not reproduced is dimmed. assumed: also what the probe's network was assumed to be.
    """
    style = LEVEL_STYLES[finding.level]
    places = [finding.location, *(place.location for place in finding.related[:1])]
    gutter = max(len(str(place.line)) for place in places) + 1
    head = line(
        (f"{place_text(finding.location)}:{finding.location.column}", Style.PATH),
        (f" {finding.code} {finding.name} ", Style.STRONG),
        (finding.level.value, style),
    )
    result = [head, *_message(finding.message, width)]
    result += excerpt(finding.location, lines, gutter, style, width)
    result += _origin(finding, lines, gutter, width)
    if finding.fix is not None:
        note = f"{printable(finding.fix.message)} ({finding.fix.applicability.value})"
        result += _note("fix", [note], gutter, width)
    if finding.probe is not None:
        result += probe_lines(finding.probe, gutter, width, assumed)
        if finding.probe.verdict == "not reproduced":
            return dimmed(result)
    return result


def place_text(location: Location) -> str:
    """`train.py:31`, or `train.ipynb:cell 4:31` in a notebook."""
    return printable(str(location))


def _message(message: str, width: int | None) -> Iterator[Line]:
    for part in message.splitlines():
        text = printable(part)
        for piece in _wrapped(text, width, MESSAGE_INDENT):
            yield line(MESSAGE_INDENT + piece)


def _wrapped(text: str, width: int | None, indent: str) -> list[str]:
    if width is None:
        return [text]
    room = max(width - len(indent), 20)
    return textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False) or [""]


def _origin(finding: Finding, lines: Lines, gutter: int, width: int | None) -> list[Line]:
    """Where the value comes from: the literal's line if it is another one, and the chain."""
    if not finding.related:
        return []
    literal = finding.related[0].location
    place = (literal.path, literal.cell, literal.line)
    here = finding.location
    result: list[Line] = []
    if place != (here.path, here.cell, here.line):
        shown = excerpt(literal, lines, gutter, Style.FRAME, width)
        if shown:
            result = [line((" " * gutter + "::: ", Style.FRAME), place_text(literal)), *shown]
    stations = _stations([*finding.related, Place(here)])
    return result + _note("trace", stations, gutter, width) if len(stations) > 1 else result


def _stations(chain: Sequence[Place]) -> list[str]:
    """The stations as text; those that follow each other in one line are one, with the last name it had."""
    stations: list[str] = []
    previous = ""
    for place in chain:
        text = place_text(place.location)
        if text != previous:
            stations.append(text)
        if place.label:
            stations[-1] = f"{text} {printable(place.label)}"
        previous = text
    return stations


def _note(title: str, stations: Iterable[str], gutter: int, width: int | None) -> list[Line]:
    """A remark under an excerpt; its stations are joined by arrows, and go to new lines between them."""
    first = " " * gutter + " = "
    indent = " " * (len(first) + len(title) + 2)
    rows: list[str] = []
    for station in stations:
        longer = f"{rows[-1]} -> {station}" if rows else station
        if rows and width is not None and len(indent) + len(longer) > width:
            rows[-1] += " ->"
            rows.append(station)
        else:
            rows[-1:] = [longer]
    heading: Span = (f"{title}: ", Style.STRONG)
    return [line((first, Style.FRAME), heading, rows[0]), *(line(indent + row) for row in rows[1:])]


def statistics_lines(findings: Sequence[Finding]) -> list[Line]:
    """How often each rule fired, the most frequent first."""
    counts = Counter((f.code, f.name, f.level) for f in findings)
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0][0]))
    digits = len(str(ranked[0][1])) if ranked else 1
    return [
        line(f"{count:>{digits}} ", (f"{code} {name} ", Style.STRONG), (level.value, LEVEL_STYLES[level]))
        for (code, name, level), count in ranked
    ]
