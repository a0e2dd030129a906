"""TL000: a Python file or notebook does not parse or cannot be read."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.checks.api import check, report
from trainlint.facts.documents import SourceFile
from trainlint.model import Finding, Level, Rule

RULE = Rule("TL000", "source-unreadable", Level.ERROR, section="Training loop")


@check(RULE)
def source_unreadable(source: SourceFile) -> Iterator[Finding]:
    """Every fault of a file; what can be read of it was checked."""
    for fault in source.faults:
        yield report(
            RULE, fault.location, f"This file {fault.reason}. What can be read of the file was checked."
        )
