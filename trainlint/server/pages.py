"""What an editor shows of a rule's page beside a finding."""

from __future__ import annotations

import re

from trainlint.model import Evidence, Finding
from trainlint.pages import NoPagesError, find_page

LEFT_OUT = ("Examples", "Options")
"""Headings of a page that are too long for a hover; the page itself has them."""


def hover_text(finding: Finding, uri: str | None) -> str:
    """What was measured about a finding, and its rule's page without the examples, as Markdown.

    The message is left to the editor, which shows it in the same window.
    """
    parts = [f"**{finding.code} {finding.name}** ({finding.level.value})"]
    if finding.probe is not None:
        parts.append(f"*Probe:* {verdict(finding.probe)}")
    try:
        page = find_page(finding.code)
    except NoPagesError:
        page = None
    if page is not None:
        body = page.text.split("\n", 1)[-1].strip()
        kept = [part for part in re.split(r"(?m)^(?=## )", body) if not part.startswith(_headings())]
        parts += ["---", "".join(kept).strip()]
    if uri is not None:
        parts.append(f"[The whole page of {finding.code}]({uri})")
    return "\n\n".join(parts)


def _headings() -> tuple[str, ...]:
    return tuple(f"## {name}" for name in LEFT_OUT)


def verdict(evidence: Evidence) -> str:
    """What a probe found, in a line."""
    numbers = ""
    if evidence.flagged is not None and evidence.fixed is not None:
        numbers = f" ({evidence.statistic}: {evidence.flagged:.4g} as it is, {evidence.fixed:.4g} mended)"
    detail = f": {evidence.detail}" if evidence.detail else ""
    return f"{evidence.verdict}{numbers}{detail}"
