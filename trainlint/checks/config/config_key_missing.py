"""TL056: code reads a key that the config it loads does not have."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.checks.api import check, report
from trainlint.facts.program import Program
from trainlint.model import Finding, Level, Place, Rule

RULE = Rule("TL056", "config-key-missing", Level.ERROR, section="Config")


@check(RULE)
def config_key_missing(program: Program) -> Iterator[Finding]:
    """Every key that is read without a default, and that the one document which is loaded lacks."""
    for missing in program.missing_keys:
        hint = f"; it has `{missing.near}`" if missing.near else ""
        message = (
            f"{missing.config} has no key `{missing.key}`{hint}: this line ends the run with an error. "
            "Add the key there, or read it with a default."
        )
        yield report(
            RULE, missing.use, message, [Place(missing.mapping, f"the mapping without {missing.key}")]
        )
