"""TL058: a config file does not parse."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.checks.api import check, report
from trainlint.facts.documents import Document
from trainlint.model import Finding, Level, Rule

RULE = Rule("TL058", "config-unreadable", Level.ERROR, section="Config")


@check(RULE)
def config_unreadable(document: Document) -> Iterator[Finding]:
    """Every fault of a config file."""
    for fault in document.faults:
        yield report(
            RULE, fault.location, f"This {document.format.upper()} file cannot be read: {fault.reason}."
        )
