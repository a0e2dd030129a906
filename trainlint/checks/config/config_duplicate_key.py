"""TL051: a mapping holds the same key twice; the first value is silently lost."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.checks.api import check, report
from trainlint.facts.documents import Document
from trainlint.model import Finding, Level, Place, Rule

RULE = Rule("TL051", "config-duplicate-key", Level.ERROR, section="Config")


@check(RULE)
def config_duplicate_key(document: Document) -> Iterator[Finding]:
    """Every key that its mapping already holds."""
    for duplicate in document.duplicates:
        message = (
            f"The key {duplicate.key} stands here again: this value counts, the first one (line {duplicate.first.line}) is "
            "lost without a word. Remove one of them."
        )
        yield report(RULE, duplicate.location, message, (Place(duplicate.first, "the value that is lost"),))
