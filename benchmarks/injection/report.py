"""Figures per rule, misses, and what was found in the originals."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from .lint import Finding
from .mutation import HEALTHY, Mutation, Route

Outcomes = dict[str, list["Outcome"]]
Originals = dict[str, list[Finding]]


@dataclass(frozen=True)
class Outcome:
    """What trainlint made of one mutation."""

    mutation: Mutation
    found: bool
    misplaced: bool = False
    failure: str = ""
    others: tuple[str, ...] = ()


def share(outcomes: list[Outcome]) -> str:
    found = sum(o.found for o in outcomes)
    return f"{found}/{len(outcomes)} ({found / len(outcomes):.0%})" if outcomes else "-"


def render_table(outcomes: Outcomes) -> str:
    """One Markdown row per rule: programs, mutations found in all and by route."""
    everything = [(p, o) for p, some in outcomes.items() for o in some if o.mutation.code != HEALTHY]
    rows = [
        "| rule | programs | found | same file | elsewhere |",
        "|---|---|---|---|---|",
    ]
    for code in sorted({o.mutation.code for _, o in everything}):
        rows.append(_row(code, [(p, o) for p, o in everything if o.mutation.code == code]))
    if everything:
        rows.append(_row("all", everything))
        routes = Counter(str(o.mutation.route) for _, o in everything)
        rows.append("\nPlanted in: " + ", ".join(f"{r} {routes[r]}" for r in Route) + ".")
    return "\n".join(rows)


def _row(name: str, pairs: list[tuple[str, Outcome]]) -> str:
    outcomes = [o for _, o in pairs]
    here = [o for o in outcomes if o.mutation.route == Route.HERE]
    away = [o for o in outcomes if o.mutation.route != Route.HERE]
    return f"| {name} | {len({p for p, _ in pairs})} | {share(outcomes)} | {share(here)} | {share(away)} |"


def render_misses(outcomes: Outcomes) -> str:
    lines = []
    for program, some in outcomes.items():
        for o in some:
            place = ", ".join(sorted({e.path for e in o.mutation.edits}))
            if not o.found and o.mutation.code != HEALTHY:
                why = o.failure or ("found elsewhere" if o.misplaced else "not found")
                lines.append(f"- {o.mutation.code} {program}: {o.mutation.how} ({place}): {why}")
    return "\n".join(["Misses:", *sorted(lines)]) if lines else "Misses: none"


def render_others(outcomes: Outcomes) -> str:
    """Errors and warnings of other rules that appeared with a mutation."""
    lines = [
        f"- {o.mutation.code} in {p} brought {x}"
        for p, some in outcomes.items()
        for o in some
        for x in o.others
        if o.mutation.code != HEALTHY
    ]
    return (
        "\n".join(["Beside the planted fault:", *sorted(lines)])
        if lines
        else "Beside the planted fault: nothing"
    )


def render_healthy(outcomes: Outcomes) -> str:
    """Changes that keep a program healthy, and what was found wrongly after them."""
    kept = [(p, o) for p, some in outcomes.items() for o in some if o.mutation.code == HEALTHY]
    loud = [f"- {p}: {o.mutation.how}: {x}" for p, o in kept for x in o.others or [o.failure] if x]
    return "\n".join([f"Healthy variants: {len(kept)}, with {len(loud)} errors and warnings", *sorted(loud)])


def render_originals(originals: Originals) -> str:
    loud = [f"- {p}: {f}" for p, some in originals.items() for f in some if f.level in {"error", "warning"}]
    quiet = Counter(f.code for some in originals.values() for f in some if f.level == "advice")
    advice = ", ".join(f"{code} {n}" for code, n in sorted(quiet.items())) or "none"
    head = f"Originals: {len(originals)} programs, {len(loud)} errors and warnings; advice: {advice}"
    return "\n".join([head, *loud])


def write_summary(path: Path, originals: Originals, outcomes: Outcomes) -> None:
    parts = [
        "# Fault injection",
        "Written by `python benchmarks/injection.py --write-summary`. Each mutation plants one fault in a healthy"
        " program;\nit is found if the rule reports it at the fault, at a place that the finding relates to it, or in"
        " the function\nthat suffers from it, and the original has no such finding.",
        render_table(outcomes),
        render_originals(originals),
        render_healthy(outcomes),
        render_misses(outcomes),
    ]
    path.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
