"""The page of `trainlint probe --html`: findings, verdicts, numbers and plots in one file that loads nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import Any

from trainlint.model import Evidence, Finding
from trainlint.report.excerpt import Lines
from trainlint.report.plots import STYLE, plots
from trainlint.report.probes import verdict_counts

_PAGE_STYLE = """\
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
article { border-top: 1px solid color-mix(in srgb, currentColor 25%, transparent); padding: 0.5rem 0 1rem; }
h2 { font-size: 1.05rem; margin: 0.6rem 0; }
code, pre { font: 13px ui-monospace, monospace; }
pre { overflow-x: auto; margin: 0.4rem 0; }
.verdict { font-weight: 600; }
.not-reproduced { opacity: 0.6; }
.notes { opacity: 0.75; font-size: 0.9em; }
.plots { display: flex; flex-wrap: wrap; gap: 1rem; }
table { border-collapse: collapse; font-size: 0.9em; }
td { padding: 0.1rem 0.8rem 0.1rem 0; font-variant-numeric: tabular-nums; }
"""


def probe_page(findings: Sequence[Finding], lines: Lines) -> str:
    """The whole document; findings without a probe are left out."""
    probed = [finding for finding in findings if finding.probe is not None]
    counts = verdict_counts(probed) or "nothing was found that an experiment could confirm"
    articles = "\n".join(_article(f, f.probe, lines) for f in probed if f.probe is not None)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>trainlint: what the probes measured</title>
<style>
{_PAGE_STYLE}{STYLE}</style>
</head>
<body>
<h1>What the probes measured</h1>
<p>{escape(counts)}. Orange is the network as it was found, green its mended twin, trained on synthetic data from the same
seeds; lines are medians over seeds, bands reach from the smallest to the largest value.</p>
{articles}
</body>
</html>
"""


def _article(finding: Finding, evidence: Evidence, lines: Lines) -> str:
    place = finding.location
    source = lines.get((place.path, place.cell, place.line))
    verdict = evidence.verdict.replace(" ", "-")
    parts = [
        f'<article class="{escape(verdict)}">',
        f"<h2><code>{escape(str(place))}</code> {finding.code} {escape(finding.name)}</h2>",
        f"<p>{escape(finding.message)}</p>",
        f"<pre>{escape(source.strip())}</pre>" if source else "",
        f'<p><span class="verdict">{escape(evidence.verdict)}</span>{_after(evidence.detail)}</p>',
        f'<div class="plots">{"".join(plots(evidence))}</div>',
        _numbers(evidence),
        f'<p class="notes">{escape("; ".join(evidence.notes))}</p>' if evidence.notes else "",
        "</article>",
    ]
    return "\n".join(part for part in parts if part)


def _after(detail: str) -> str:
    return f": {escape(detail)}" if detail else ""


def _numbers(evidence: Evidence) -> str:
    """Single numbers as a table; lists over seeds are in the JSON."""
    rows = [
        f"<tr><td>{escape(name.replace('_', ' '))}</td><td>{escape(_number(value))}</td></tr>"
        for name, value in evidence.numbers.items()
        if isinstance(value, int | float | str)
    ]
    return f"<details><summary>numbers</summary><table>{''.join(rows)}</table></details>" if rows else ""


def _number(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}" if math.isfinite(value) else "not finite"
    return str(value)
