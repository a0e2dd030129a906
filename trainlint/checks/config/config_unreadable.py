"""TL058: a config file does not parse."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.checks.api import check, report
from trainlint.facts.documents import Document
from trainlint.facts.program import Program
from trainlint.model import Finding, Level, Rule

RULE = Rule("TL058", "config-unreadable", Level.ERROR, section="Config")


@check(RULE)
def config_unreadable(document: Document) -> Iterator[Finding]:
    """Every fault of a config file."""
    for fault in document.faults:
        yield report(
            RULE, fault.location, f"This {document.format.upper()} file cannot be read: {fault.reason}."
        )


@check(RULE)
def config_unreadable_for_its_loader(program: Program) -> Iterator[Finding]:
    """What a reader of comments and trailing commas lets pass, but the loader that code calls does not."""
    for fault in program.config_faults:
        yield report(
            RULE, fault.location, f"The code reads this file with the json module: it {fault.reason}."
        )
