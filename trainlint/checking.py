"""Running checks over facts: one that fails never stops the rest, and the same place found twice counts once."""

from __future__ import annotations

import traceback
from typing import Any

from trainlint.checks import load_rules
from trainlint.checks.api import Check, Options
from trainlint.dispatch import checks_for
from trainlint.facts.program import Program
from trainlint.model import Finding, Location, Rule, Silence
from trainlint.settings import Settings
from trainlint.silence import Explained


class Checker:
    """The selected rules, and what their checks have found so far.

    found: findings by code and place. log: all of them as they came, until somebody empties it. failures: tracebacks of checks (and of the evaluation) that broke.
    subjects: where probes are planned (not None), new findings of rules that have one, with what their checks ran on.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.rules = {code: rule for code, rule in load_rules().items() if settings.selects(rule)}
        self._checks: dict[type[Any], list[Check]] = {}
        self._known_options: dict[str, Options] = {}
        self.found: dict[tuple[str, Location], Finding] = {}
        self.failures: list[str] = []
        self.log: list[Finding] = []
        self.subjects: list[tuple[Finding, Any]] | None = None

    def run_all(self, subject: Any, program: Program | None) -> None:
        """Every selected check that is for this kind of subject."""
        kind = type(subject)
        if kind not in self._checks:
            self._checks[kind] = [check for check in checks_for(kind) if check.rule.code in self.rules]
        for check in self._checks[kind]:
            self.run(check, subject, program)

    def run(self, check: Check, subject: Any, program: Program | None) -> bool:
        """One check; whether it found anything."""
        given: dict[type[Any], Any] = {Options: self._options(check.rule), Program: program}
        arguments = [subject, *(given[kind] for kind in check.parameters[1:])]
        found = False
        try:
            for finding in check.function(*arguments):
                new = self.add(finding)
                if new and self.subjects is not None and check.rule.probe is not None:
                    self.subjects.append((finding, subject))
                found = True
        except Exception as error:
            place = getattr(subject, "location", None)
            path = program.entry if program is not None else getattr(subject, "path", "")
            self.failed(place if isinstance(place, Location) else Location(path, 1), check.rule.code, error)
        return found

    def _options(self, rule: Rule) -> Options:
        known = self._known_options.get(rule.code)
        if known is None:
            known = self._known_options[rule.code] = Options(rule, self.settings.rules.get(rule.code))
        return known

    def explain(self, program: Program) -> list[Silence]:
        """Run the checks of a program, and say what was not known that they asked for."""
        explained = Explained(program)
        explained.run(
            lambda check, subject: check.rule.code in self.rules and self.run(check, subject, program)
        )
        return list(explained.silences(self.rules.__contains__))

    def failed(self, location: Location, what: str, error: Exception) -> None:
        """Something of trainlint's own broke: keep its traceback, and say so at the place."""
        self.failures.append("".join(traceback.format_exception(error)))
        self.internal(location, what, f"{type(error).__name__}: {error}")

    def internal(self, location: Location, what: str, error: str) -> None:
        """A finding about trainlint itself."""
        rule = self.rules.get("TL999")
        if rule is not None:
            message = (
                f"trainlint itself failed on {what} ({error}). Everything else was checked; please report it."
            )
            self.add(Finding(rule.code, rule.name, rule.level, message, location))

    def add(self, finding: Finding) -> bool:
        """Keep a finding, unless its rule has one at the same place; whether it was kept."""
        self.log.append(finding)
        return self.found.setdefault((finding.code, finding.location), finding) is finding
