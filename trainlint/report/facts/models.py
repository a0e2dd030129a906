"""The networks of a program, as objects of the document."""

from __future__ import annotations

from typing import Any

from trainlint.facts.graph import Making, Module
from trainlint.facts.program import Program
from trainlint.report.facts.alternatives import one_of_several
from trainlint.report.facts.layers import (
    weighted_layers,
)
from trainlint.report.facts.network import Network
from trainlint.report.facts.networks import networks_of, untaken
from trainlint.report.facts.repeats import made_again

_OF_LAYERS = ("layers", "hidden_activations", "output_activation", "normalizations")


def model_objects(program: Program) -> list[dict[str, Any]]:
    """Every network of the program, as `networks_of` finds them; several of which a choice that is not known takes one
    are one."""
    networks = networks_of(program)
    made = [
        (_of_every_round(program, root), root.state.get("made", Making()).branches)
        for root in [*networks, *untaken(program, networks)]
    ]
    listed = len(one_of_several(made[: len(networks)]))
    told = one_of_several(made)[:listed]  # the others only say in what their arms differ
    return [each for each in told if any(value is not None for value in each.values())]


def _of_every_round(program: Program, root: Module) -> dict[str, Any]:
    """The network; where a loop makes and trains one in each round (of each kind, for each setting), what these differ in
    is not known."""
    told = _described(program, root)
    for other in made_again(program, root):
        again = _described(program, other)
        differ = [
            key for key in _OF_LAYERS if again[key] is not None and _kinds(again[key]) != _kinds(told[key])
        ]
        told |= dict.fromkeys(differ)
    return told


def _kinds(told: Any) -> Any:
    """What the document says of layers, without their sizes, which may differ from round to round."""
    return (
        [layer["kind"] for layer in told]
        if isinstance(told, list) and told and isinstance(told[0], dict)
        else told
    )


def _described(program: Program, root: Module) -> dict[str, Any]:
    layers = _one_of_each(root)
    if layers:
        return Network(program, root, layers).as_object()
    init = "pretrained" if root.pretrained else None
    return {"name": root.qualname.rsplit(".", 1)[-1], **dict.fromkeys(_OF_LAYERS), "init": init}


def _one_of_each(root: Module) -> list[Module]:
    """The layers of a network; of parts that a condition chooses from, those of the first."""
    groups = [group for module in root.walk() for group in module.state.get("alternatives", ())]
    others = {id(layer) for group in groups for part in group[1:] for layer in weighted_layers(part)}
    kept = {id(layer) for group in groups for layer in weighted_layers(group[0])}
    return [layer for layer in weighted_layers(root) if id(layer) not in others or id(layer) in kept]
