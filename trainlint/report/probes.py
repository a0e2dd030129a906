"""What probes measured, as text: one line of numbers under a finding, and a summary of verdicts."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from trainlint.model import Evidence, Finding, Location
from trainlint.report.excerpt import Lines
from trainlint.report.styled import Line, Style, line, printable

VERDICTS = ("confirmed", "not reproduced", "inconclusive")
STYLES = {"confirmed": Style.STRONG, "not reproduced": Style.QUIET, "inconclusive": Style.PLAIN}


def probe_lines(evidence: Evidence, gutter: int, width: int | None, assumed: bool = False) -> list[Line]:
    """The verdict and the numbers. assumed: also what was filled in or scaled in rebuilding the network."""
    rows = [("probe", evidence.verdict, evidence.detail)]
    if assumed and evidence.notes:
        rows.append(("built", "", "; ".join(evidence.notes)))
    result: list[Line] = []
    for title, verdict, text in rows:
        first = " " * gutter + " = "
        indent = " " * (len(first) + len(title) + 2)
        lead = f"{verdict}: " if verdict and text else verdict
        pieces = _wrapped(lead + printable(text), width, len(indent))
        head: list[tuple[str, Style]] = [(first, Style.FRAME), (f"{title}: ", Style.STRONG)]
        if pieces[0].startswith(lead) and lead:
            head += [(lead, STYLES.get(verdict, Style.PLAIN)), (pieces[0][len(lead) :], Style.PLAIN)]
        else:
            head.append((pieces[0], Style.PLAIN))
        result.append(tuple(head))
        result += [line(indent + piece) for piece in pieces[1:]]
    return result


def _wrapped(text: str, width: int | None, indent: int) -> list[str]:
    if width is None:
        return [text]
    return textwrap.wrap(text, max(width - indent, 20), break_long_words=False, break_on_hyphens=False) or [
        ""
    ]


def dimmed(lines: Iterable[Line]) -> list[Line]:
    """The same without emphasis."""
    return [tuple((text, Style.QUIET) for text, _ in spans) for spans in lines]


def verdict_counts(findings: Iterable[Finding]) -> str:
    """`2 confirmed, 1 inconclusive`; empty without a probe."""
    counts = Counter(finding.probe.verdict for finding in findings if finding.probe is not None)
    return ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS if counts[verdict])


def probe_report(
    findings: Sequence[Finding], others: int, lines: Lines, width: int | None = None
) -> Iterator[Line]:
    """The whole report of `trainlint probe`. others: findings of rules without an experiment, which are not shown."""
    from trainlint.report.text import finding_lines

    for finding in findings:
        yield from finding_lines(finding, lines, width, assumed=True)
        yield line()
    counts = verdict_counts(findings)
    rest = ""
    if others:
        what = "finding" if others == 1 else "findings"
        rest = f"{others} {what} without an experiment (`trainlint check` shows {'it' if others == 1 else 'them'})"
    if counts:
        measured = {id(f.probe): f.probe for f in findings if f.probe is not None}  # findings share them
        seconds = sum(evidence.seconds or 0.0 for evidence in measured.values())
        yield line(
            ("Probed: ", Style.STRONG),
            f"{counts}; {seconds:.1f} s of experiments.",
            f" {rest}." if rest else "",
        )
    else:
        yield line(
            "Nothing was found that an experiment could confirm.",
            f" {rest[0].upper()}{rest[1:]}." if rest else "",
        )


def overfit_report(
    rows: Sequence[tuple[str, Location, Evidence, Finding | None]], lines: Lines, width: int | None = None
) -> Iterator[Line]:
    """The report of `trainlint probe --overfit`: findings, then a line for each other network. rows: name, place, what was
    measured, and the finding where it cannot learn its samples."""
    from trainlint.report.text import finding_lines

    for _, _, _, finding in rows:
        if finding is not None:
            yield from finding_lines(finding, lines, width, assumed=True)
            yield line()
    for name, place, evidence, finding in rows:
        if finding is None:
            word = "learns them" if evidence.verdict == "not reproduced" else "inconclusive"
            yield line(
                (f"{printable(name)} ", Style.STRONG),
                f"({printable(str(place))}): {word}: {printable(evidence.detail)}",
            )
    stuck = sum(finding is not None for *_, finding in rows)
    if rows:
        yield line(
            ("Overfit: ", Style.STRONG), f"{stuck} of {len(rows)} networks cannot learn 16 samples by heart."
        )
    else:
        yield line("No network was seen that is trained.")


def run_report(
    findings: Sequence[Finding],
    others: int,
    lines: Lines,
    *,
    command: str,
    ending: str,
    symptoms: Sequence[str],
    isolation: Sequence[str],
    cost: tuple[float | None, float | None],
    width: int | None = None,
) -> Iterator[Line]:
    """The report of a program that was run. symptoms: what it showed whether or not a rule speaks of it. isolation: what held it.
    cost: seconds a step, and how many of them watching took."""
    from trainlint.report.text import finding_lines

    for finding in findings:
        yield from finding_lines(finding, lines, width)
        yield line()
    if symptoms:
        yield line(("Seen in the run:", Style.STRONG))
        for symptom in symptoms:
            yield line(f"  {printable(symptom)}")
        yield line()
    yield line(("Executed your code: ", Style.STRONG), f"{printable(command)}, {printable(ending)}.")
    seconds, watching = cost
    if seconds is not None and watching is not None:
        yield line(f"  {1000 * seconds:.3g} ms a step, of which watching took {1000 * watching:.3g} ms")
    for row in isolation:
        yield line(f"  {printable(row)}")
    rest = f"; {others} more that a run cannot show" if others else ""
    yield line(
        ("Findings: ", Style.STRONG), f"{verdict_counts(findings) or 'none that a run can show'}{rest}."
    )
