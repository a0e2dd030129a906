"""What is to be measured for a finding: the engine calls this while a program's facts stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trainlint.facts.program import Program
from trainlint.model import Finding
from trainlint.probe.case import Case, Unbuildable
from trainlint.probe.experiments import load_experiments
from trainlint.probe.experiments.api import Experiment
from trainlint.probe.spec import Request


@dataclass(frozen=True)
class Planned:
    """An experiment for a finding. why: what makes it impossible, where there is no request."""

    experiment: Experiment
    request: Request | None = None
    why: str = ""


class Planner:
    """Plans for findings by the experiments that their rules name. probes: rule's code -> name of its experiment."""

    def __init__(self, probes: Mapping[str, str | None]) -> None:
        self.probes = probes

    def __call__(self, finding: Finding, subject: Any, program: Program) -> Planned | None:
        """What to measure; None where the rule's experiment is not built, or switched off."""
        experiment = load_experiments().get(self.probes.get(finding.code) or "")
        if experiment is None or not experiment.runs_for(finding.code):
            return None
        try:
            request = experiment.plan(Case(finding, subject, program))
        except Unbuildable as error:
            return Planned(experiment, why=str(error))
        except Exception as error:  # a plan that breaks must not take the findings with it
            return Planned(experiment, why=f"the plan failed ({type(error).__name__}: {error})")
        return Planned(experiment, request)
