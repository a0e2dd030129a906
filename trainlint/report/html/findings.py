"""A finding as a card: what, where, its source, the way of the value, the mend, and what a probe measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from trainlint.model import Evidence, Finding, Fix, Location
from trainlint.report.document import RuleHelp
from trainlint.report.excerpt import TAB, Lines
from trainlint.report.html.chain import chain_svg
from trainlint.report.html.drawing import clean, tag
from trainlint.report.html.probes import probe_drawings

AROUND = 2
"""Lines shown before and after the one that is meant."""


def card(finding: Finding, anchor: str, lines: Lines, rule: RuleHelp | None) -> str:
    """The whole card."""
    place = finding.location
    level = finding.level.value
    head = tag(
        "div",
        tag("span", level, class_=f"badge {level}"),
        tag("b", clean(f"{finding.code} {finding.name}")),
        _verdict(finding.probe),
        tag("span", clean(f"{place}:{place.column}"), class_="place soft"),
        class_="head",
    )
    parts = [head, *(tag("p", clean(line)) for line in finding.message.splitlines()), source(place, lines)]
    chain = chain_svg(finding, lines)
    if chain:
        parts.append(tag("h3", "Trace") + tag("div", chain, class_="scroll"))
    parts += [*_fix(finding.fix, lines), *_evidence(finding.probe), *_help(rule)]
    return tag("article", *parts, id=anchor, class_=f"card {level}")


def source(place: Location, lines: Lines) -> str:
    """The line of a place with those around it; "" where it cannot be read."""
    rows = []
    for number in range(place.line - AROUND, place.line + AROUND + 1):
        code = lines.get((place.path, place.cell, number))
        if code is not None:
            shown = _meant(place, code) if number == place.line else clean(_tabs(code))
            kind = "row meant" if number == place.line else "row"
            rows.append(tag("span", tag("span", f"{number:>5}  ", class_="number"), shown, class_=kind))
    if (place.path, place.cell, place.line) not in lines:
        return ""
    return tag("pre", "\n".join(rows))


def _meant(place: Location, code: str) -> str:
    """The line with the part that is meant marked."""
    end = len(code.rstrip())
    if place.end_line == place.line and place.end_column > place.column:
        end = min(place.end_column - 1, end)
    start = min(max(place.column - 1, 0), end)
    before, meant, after = code[:start], code[start:end], code[end:]
    return clean(_tabs(before)) + tag("mark", clean(_tabs(meant))) + clean(_tabs(after))


def _tabs(code: str) -> str:
    return code.rstrip("\r\n").replace("\t", TAB)


def _verdict(evidence: Evidence | None) -> str:
    if evidence is None:
        return ""
    kind = "confirmed" if evidence.verdict == "confirmed" else "plain"
    return tag("span", clean(f"probe: {evidence.verdict}"), class_=f"badge {kind}")


def _fix(fix: Fix | None, lines: Lines) -> Iterator[str]:
    if fix is None:
        return
    yield tag("p", tag("b", "Fix"), clean(f" ({fix.applicability.value}): {fix.message}"))
    rows = []
    for edit in fix.edits:
        place = edit.location
        old = lines.get((place.path, place.cell, place.line))
        rows.append(tag("span", clean(f"{place}"), class_="number"))
        if old is not None and place.end_line in (0, place.line) and place.end_column > place.column:
            rows.append(tag("del", clean(old[place.column - 1 : place.end_column - 1])))
        rows += [tag("ins", clean(line)) for line in edit.replacement.splitlines()]
    if rows:
        yield tag("pre", "\n".join(rows))


def _evidence(evidence: Evidence | None) -> Iterator[str]:
    if evidence is None:
        return
    yield tag("h3", "What the probe measured")
    numbers = [f"{name} {value:.4g}" for name, value in (("as it is", evidence.flagged), ("mended", evidence.fixed))
               if value is not None]  # fmt: skip
    if evidence.statistic:
        yield tag(
            "p", clean(f"{evidence.statistic}: {', '.join(numbers)}" if numbers else evidence.statistic)
        )
    if evidence.detail:
        yield tag("p", clean(evidence.detail), class_="soft")
    for drawing in probe_drawings(evidence):
        yield tag("div", drawing, class_="scroll plot")


def _help(rule: RuleHelp | None) -> Sequence[str]:
    if rule is None or not rule.text:
        return ()
    page = tag("pre", clean_page(rule.text))
    return (tag("details", tag("summary", clean(f"About {rule.code}: {rule.summary}")), page),)


def clean_page(markdown: str) -> str:
    """A rule's page as it is written; line by line, as it holds line ends."""
    return "\n".join(clean(line) for line in markdown.splitlines())
