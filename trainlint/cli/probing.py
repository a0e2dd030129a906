"""Probes on the command line: their options, a session over a run's findings, and what becomes of the levels."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import click

from trainlint.checks import load_rules
from trainlint.cli.output import Failed
from trainlint.cli.progress import progress_bar
from trainlint.engine import Plan, Result

BUDGET = 300.0
"""As `trainlint.probe.session.BUDGET`, which is not imported for a default."""

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


@dataclass(frozen=True)
class Probing:
    """What the options ask for. budget: seconds for all probes; keep: leave the level of what was not reproduced."""

    budget: float = BUDGET
    keep: bool = False

    def plan(self) -> Plan:
        """For the engine: what is to be measured for a finding."""
        from trainlint.probe.planning import Planner

        return Planner({code: rule.probe for code, rule in load_rules().items()})

    def measure(self, result: Result) -> None:
        """Measure what was planned: findings get their evidence, and those that were not reproduced a milder level."""
        from trainlint.probe.session import Session, lowered

        session = Session(budget=self.budget)
        try:
            with progress_bar() as progress:
                findings = session.run(result.findings, result.plans, progress)
        finally:
            session.close()
        result.findings = findings if self.keep else lowered(findings)


def budget_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """How long probes may take, and what becomes of levels."""
    budget = click.option(
        "--probe-budget",
        type=click.FloatRange(min=0, min_open=True),
        metavar="S",
        default=BUDGET,
        show_default=True,
        help="Seconds that all probes of the run may take; the gravest findings go first.",
    )
    keep = click.option(
        "--keep-not-reproduced",
        is_flag=True,
        help="Leave findings that a probe did not reproduce at their level (else one milder).",
    )
    return budget(keep(command))


def need_torch() -> None:
    """Say at once that experiments need torch, instead of under every finding. torch itself is not imported.

    Raises:
        Failed: it is not installed beside trainlint.
    """
    if importlib.util.find_spec("torch") is None:
        raise Failed('experiments need torch: pip install "trainlint-dl[probe]"')


def probing_of(flags: Mapping[str, Any]) -> Probing:
    """From the command's flags.

    Raises:
        Failed: torch is not installed.
    """
    need_torch()
    return Probing(flags["probe_budget"], flags["keep_not_reproduced"])
