"""Networks that only take the weights of another one: targets, averages that teach, policies of before."""

from __future__ import annotations

from collections.abc import Collection

from trainlint.facts.events import EventKind
from trainlint.facts.graph import Module
from trainlint.facts.program import Program
from trainlint.report.facts.layers import weighted_layers


def takers(program: Program, networks: list[Module], held: Collection[int]) -> set[int]:
    """Identities of the networks that no optimizer trains and that are copies of one that is trained (`copy.deepcopy`), are
    given its weights (`load_state_dict`), or follow it a little at a time. Not one of several networks that are trained
    elsewhere: what a network follows has to be listed beside it.

    held: identities of the networks that optimizers hold.
    """
    held = set(held) - _only_compiled(program, networks)
    trained = [r for r in networks if id(r) in held]
    layers = {id(layer) for r in trained for layer in weighted_layers(r)}
    kinds = {r.qualname for r in trained}
    given: dict[int, list[Module]] = {}
    for event in program.events_of(EventKind.LOAD):
        source = event.options.get("source")
        if isinstance(event.target, Module) and isinstance(source, Module):
            given.setdefault(id(event.target), []).append(source)

    def takes(root: Module) -> bool:
        own = list(weighted_layers(root))
        if all(_first(layer) in layers for layer in own):
            return True
        sources = [each for part in root.lineage() for each in given.get(id(part), ())]
        if any(id(layer) in layers for source in sources for layer in weighted_layers(source)):
            return True
        follows = any(p.state.get("follows") for part in root.walk() for p in part.parameters.values())
        return follows and root.qualname in kinds

    return {id(r) for r in networks if id(r) not in held and takes(r)}


def _only_compiled(program: Program, networks: list[Module]) -> set[int]:
    """Identities of Keras networks that `compile()` gave an optimizer which never makes an update, as other ones do: a target
    is compiled too. Unseen code that has a network may fit it."""
    updating = {id(event.target) for event in program.events_of(EventKind.STEP)}
    if program.framework != "keras" or not updating:
        return set()
    fitted = {root for o in program.optimizers if id(o) in updating for root in o.parameters.roots()}
    return {id(r) for r in networks if id(r) not in fitted and not r.escaped}


def _first(layer: Module) -> int | None:
    """The layer that one is a copy of, or a copy of its copy; None for one that is no copy."""
    if not layer.state.get("copied"):
        return None
    while isinstance(old := layer.state.get("copy_of"), Module):
        layer = old
    return id(layer)
