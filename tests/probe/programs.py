"""Rebuilds the networks of findings in programs that tests write down."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from trainlint.checks import load_rules
from trainlint.engine import check_paths
from trainlint.facts.program import Program
from trainlint.model import Finding, Level, Location
from trainlint.probe.case import Case, Unbuildable
from trainlint.probe.rebuild import Rebuilt, rebuild
from trainlint.probe.spec import LayerSpec, NetworkSpec
from trainlint.settings import load_settings

Outcome = Rebuilt | Unbuildable

STAND_INS = ("TL201", "TL202", "TL203", "TL204", "TL205", "TL206")
"""Rules about a loss and what directly precedes it."""


def outcome(finding: Finding, subject: Any, program: Program, **options: Any) -> Outcome:
    """The rebuilt network, or why there is none."""
    try:
        return rebuild(Case(finding, subject, program), **options)
    except Unbuildable as error:
        return error


def outcomes(directory: Path, code: str) -> dict[Location, Outcome]:
    """What can be rebuilt of the findings of one rule."""
    settings = load_settings([directory], directory, load_rules())
    settings = settings.override(load_rules(), level=Level.ADVICE, select=(code,))
    plan: Callable[..., Outcome] = lambda f, s, p: outcome(f, s, p, stand_in=code in STAND_INS)  # noqa: E731
    result = check_paths([directory], cwd=directory, settings=settings, plan=plan)
    assert not result.failures, result.failures[0]
    return {place: found for (_, place), found in result.plans.items()}


def rebuilt(tmp_path: Path, text: str, **options: Any) -> Rebuilt:
    """The network of a program, found by nothing but its being there: as for a finding about the whole program.

    Raises:
        Unbuildable
    """
    (tmp_path / "train.py").write_text(text, encoding="utf-8")
    finding = Finding("TL999", "none", Level.ADVICE, "", Location("train.py", 1))
    settings = load_settings([tmp_path], tmp_path, load_rules())
    found: list[Outcome] = []
    check_paths(
        [tmp_path / "train.py"],
        cwd=tmp_path,
        settings=settings,
        digest=lambda program: found.append(outcome(finding, program, program, **options)),
    )
    (result,) = found
    if isinstance(result, Unbuildable):
        raise result
    return result


def chain(network: NetworkSpec) -> list[str]:
    """The operations in order."""
    return [layer.op for layer in network.layers]


def only(network: NetworkSpec, op: str) -> LayerSpec:
    """The one layer of an operation."""
    (found,) = network.of(op)
    return found


__all__ = ["Outcome", "Rebuilt", "Unbuildable", "chain", "only", "outcomes", "rebuilt"]
