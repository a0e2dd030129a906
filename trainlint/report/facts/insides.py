"""What the library's networks and blocks among a network's layers are made of."""

from __future__ import annotations

from collections.abc import Sequence

from trainlint.facts.graph import Module, Op


def inside_of(layers: Sequence[Module], option: str) -> list[str] | None:
    """What the library's networks among the layers are made of, whose own layers are not listed; None where the
    library's tables do not say."""
    found: list[str] = []
    for layer in layers:
        for part in _made_of(layer, option):
            names = part.options.get(option)
            if names is None or not isinstance(names.value, tuple):
                return None
            found += names.value
    return found


def _made_of(layer: Module, option: str) -> list[Module]:
    """The parts of a library's layer that tell what stands inside of it: a backbone itself, the blocks of a transformer;
    itself too where it shows no block. Norms of blocks are seen as they are."""
    if layer.op is Op.BACKBONE:
        return [layer]
    if layer.op is not Op.TRANSFORMER or option != "activations":
        return []
    return [part for part in layer.walk() if option in part.options] or [layer]
