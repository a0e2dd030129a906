"""What a function that is applied to a network which the code does not show does with layers of the usual kinds."""

from __future__ import annotations

from collections.abc import Iterator

from trainlint.facts.events import EventKind
from trainlint.facts.graph import Init, Module, Op, Parameter
from trainlint.facts.program import Program
from trainlint.facts.transfer import overwritten

SPECIMENS = "specimens"
"""Key of the state of a network that is not shown: for each function that was applied, the layers that stood in for the
network's own, one of each usual kind."""


def drawn(program: Program, norms: bool = True) -> Iterator[tuple[Module, Init]]:
    """Layers of networks that are not shown, with the one initialisation of their weights that code is certain to do.

    None where weights are loaded into the network as well, or it goes into unseen code. norms: whether functions that
    treat norms too count, as their network has some."""
    loaded = {id(e.target) for e in program.events_of(EventKind.LOAD)}
    for network in program.modules:
        if id(network) in loaded or network.escaped or network.pretrained is True:
            continue
        for layers in network.state.get(SPECIMENS, ()):
            if not norms and any(_own(p) for m in layers if m.op is Op.NORM for p in m.parameters.values()):
                continue
            for weight in _weights(layers):
                if len(weight.inits) == 1 and weight.module is not None and not weight.inits[0].maybe:
                    yield weight.module, weight.inits[0]


def lost(program: Program) -> Iterator[tuple[Module, Parameter, Init]]:
    """Networks that are not shown, whose loaded weights a function overwrites in dense layers and in convolutions alike:
    what treats one kind alone may mean a new head."""
    for network in program.modules:
        for layers in network.state.get(SPECIMENS, ()):
            found = [(weight, overwritten(weight)) for weight in _weights(layers)]
            if found and all(init is not None for _, init in found):
                weight, init = found[0]
                if init is not None:
                    yield network, weight, init


def _weights(layers: tuple[Module, ...]) -> list[Parameter]:
    found = [m.parameters.get("weight") for m in layers if m.op is Op.AFFINE]
    return [w for w in found if w is not None and not w.escaped]


def _own(parameter: Parameter) -> bool:
    """Whether code does anything with it."""
    return parameter.escaped or any(i.scheme != "pretrained" for i in parameter.inits)
