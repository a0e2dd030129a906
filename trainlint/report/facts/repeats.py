"""Networks that one place makes several times: folds, runs, several of a kind."""

from __future__ import annotations

from typing import Any

from trainlint.facts.events import different_arms
from trainlint.facts.graph import Making, Module
from trainlint.facts.program import Program
from trainlint.report.facts.layers import weighted_layers
from trainlint.report.facts.watched import training_loops


def once(program: Program, networks: list[Module]) -> list[Module]:
    """One network for each place, however many functions were run alone that come to it (`fit` and `fit_transform`), and
    however often a loop makes it anew and trains it (folds, runs), and whichever arm of a condition makes it. A place that
    one run passes several times otherwise makes as many networks."""
    first: dict[Any, Any] = {}
    found: dict[Any, list[tuple[Making, tuple[Any, ...]]]] = {}
    kept: list[Module] = []
    trained = training_loops(program)
    called = {(m.location, m.qualname): m.state.get("root") for m in networks if program.calls_of(m)}
    for module in networks:
        place = place_of(module)
        used_by = called.get((module.location, module.qualname), module.state.get("root"))
        if used_by != module.state.get("root") and not program.calls_of(module):
            continue  # made once more by a function that was run alone, with another head
        if module.state.get("root") != first.setdefault(place, module.state.get("root")):
            continue
        made = module.state.get("made", Making())
        inner = tuple((p.loop.location, p.number) for p in made.passes if id(p.loop) not in trained)
        others = found.setdefault(place, [])
        again = len(inner) < len(made.passes) and any(i == inner for _, i in others)
        if not again and not any(different_arms(m.branches, made.branches) for m, _ in others):
            kept.append(module)
        others.append((made, inner))
    return kept


def made_again(program: Program, network: Module) -> list[Module]:
    """The networks that later rounds of a loop that trains make at the place of this one, for which `once` keeps it."""
    trained, place = training_loops(program), place_of(network)
    passes = network.state.get("made", Making()).passes
    if not any(id(p.loop) in trained for p in passes):
        return []
    run = network.state.get("root")
    others = (r for r in program.roots if r is not network and r.state.get("root") == run)
    return [r for r in others if program.calls_of(r) and place_of(r) == place]


def place_of(module: Module) -> tuple[Any, ...]:
    """What two networks have in common that one place makes: class, place and layers."""
    layers = tuple(layer.qualname for layer in weighted_layers(module))
    return module.qualname, module.location, layers
