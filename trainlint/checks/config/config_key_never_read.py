"""TL055: a hyperparameter of a config that the code which loads it never reads."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.checks.api import check, report
from trainlint.facts.program import Program
from trainlint.model import Finding, Level, Rule

RULE = Rule("TL055", "config-key-never-read", Level.WARNING, section="Config")


@check(RULE)
def config_key_never_read(program: Program) -> Iterator[Finding]:
    """Every hyperparameter of a loaded document that nothing seen asks for, and nothing unseen can."""
    for config in program.loaded_configs:
        for key in config.unread:
            message = (
                f"`{key}` is set here, but {program.entry}, which loads this config and trains, never reads it: the value "
                "has no effect. Pass it on to where it belongs, or remove it."
            )
            yield report(RULE, config.scalars[key], message)
