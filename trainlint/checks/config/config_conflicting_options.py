"""TL053: options that exclude each other are both set."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.checks.api import check, report
from trainlint.facts.option_conflicts import CONFLICTS
from trainlint.facts.options import OptionSet
from trainlint.model import Finding, Level, Place, Rule

RULE = Rule("TL053", "config-conflicting-options", Level.ERROR, section="Config")


@check(RULE)
def config_conflicting_options(options: OptionSet) -> Iterator[Finding]:
    """Every pair of the table that these options hold. It stands at the later of the two."""
    for conflict in CONFLICTS:
        if conflict.schema != options.schema or not conflict.holds(options):
            continue
        given = [key for key in conflict.keys if options.known(key)]
        places = sorted({options.place(key) for key in given}, key=lambda at: (at.path, at.line, at.column))
        if not places:
            continue
        related = [Place(place, "") for place in places[:-1]]
        yield report(RULE, places[-1], f"{conflict.fault(options)} {conflict.remedy}", related)
