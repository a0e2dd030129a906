"""TL057: a value of the command line or of a config is replaced by a literal before anything reads it."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.checks.api import check, report
from trainlint.facts.program import Program
from trainlint.model import Finding, Level, Rule

RULE = Rule("TL057", "config-value-overridden", Level.WARNING, section="Config")


@check(RULE)
def config_value_overridden(program: Program) -> Iterator[Finding]:
    """Every hyperparameter that is written over, whatever the run is given."""
    for change in program.overwritten:
        message = (
            f"`{change.name}` is set to {change.new!r} before anything reads it: the value {change.value!r} from "
            f"{change.place.location}, and whatever a user gives instead, has no effect. Remove this line, or change the "
            "value there."
        )
        yield report(RULE, change.location, message, [change.place])
