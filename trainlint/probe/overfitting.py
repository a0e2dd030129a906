"""`trainlint probe --overfit`: every network that a program trains, asked to learn a handful of samples by heart (TL109)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from trainlint.facts.graph import Module
from trainlint.facts.program import Program
from trainlint.facts.units import feeds_any, trained_on
from trainlint.model import Evidence, Finding, Location, Rule
from trainlint.probe.case import Case, Unbuildable
from trainlint.probe.experiments import overfit
from trainlint.probe.experiments.api import CONFIRMED
from trainlint.probe.planning import Planned
from trainlint.probe.rebuild.subject import subject_of
from trainlint.probe.session import Progress, Session


@dataclass(frozen=True)
class Candidate:
    """A network that is trained: its name, where it is made, and what is to be measured."""

    name: str
    location: Location
    plan: Planned


def candidates(program: Program, rule: Rule) -> list[Candidate]:
    """The networks of a program whose loss was seen, each once."""
    found: dict[frozenset[int], Candidate] = {}
    for loss, case in _cases(program, rule):
        try:
            subject = subject_of(case)
        except Unbuildable:
            continue
        roots = [n.module.root for n in subject.nodes if n.module is not None]
        key = frozenset(id(root) for root in roots)
        if not roots or key in found or subject.loss is not loss:
            continue
        module = roots[-1]
        case = Case(replace(case.finding, location=module.location), loss, program)
        found[key] = Candidate(_name(module), module.location, _planned(case))
    return list(found.values())


def _cases(program: Program, rule: Rule) -> Iterator[tuple[object, Case]]:
    """A case for each loss that trains something."""
    used = feeds_any(program.graph, trained_on(program))
    for loss in program.losses:
        if loss.trained or (loss.output is not None and id(loss.output) in used):
            finding = Finding(rule.code, rule.name, rule.level, "", loss.location)
            yield loss, Case(finding, loss, program)


def _planned(case: Case) -> Planned:
    try:
        return Planned(overfit.EXPERIMENT, overfit.plan(case))
    except Unbuildable as error:
        return Planned(overfit.EXPERIMENT, why=str(error))
    except Exception as error:  # as in `planning`: a plan that breaks takes nothing else with it
        return Planned(overfit.EXPERIMENT, why=f"the plan failed ({type(error).__name__}: {error})")


def _name(module: Module) -> str:
    return module.qualname.rsplit(".", 1)[-1]


@dataclass(frozen=True)
class Outcome:
    """What came of one network. finding: TL109, where it cannot learn its samples."""

    candidate: Candidate
    evidence: Evidence
    finding: Finding | None


def measure(
    found: Sequence[Candidate], rule: Rule, session: Session, progress: Progress | None = None
) -> list[Outcome]:
    """Ask the networks, each place once."""
    outcomes = []
    places = {candidate.location: candidate for candidate in found}
    for done, candidate in enumerate(places.values()):
        if progress is not None:
            progress(done, len(places), candidate.name)
        evidence = session.evidence(candidate.plan)
        outcomes.append(Outcome(candidate, evidence, _finding(candidate, evidence, rule)))
    return outcomes


def _finding(candidate: Candidate, evidence: Evidence, rule: Rule) -> Finding | None:
    if evidence.verdict != CONFIRMED:
        return None
    left = f"{evidence.flagged:.2f}" if evidence.flagged is not None else "all"
    message = (
        f"{candidate.name} keeps {left} of the chance loss on 16 samples that it is trained on: it cannot fit its training data "
        "either. Find out why before tuning anything else: dropout and weight decay off, ReLU with He initialisation."
    )
    return Finding(rule.code, rule.name, rule.level, message, candidate.location, probe=evidence)
