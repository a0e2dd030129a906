"""Which layers of a network are listed, and whether the code leaves open which ones it has."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from trainlint.facts.graph import WEIGHTED, Making, Module, Op
from trainlint.report.facts.values import number_of


def weighted_layers(root: Module) -> Iterator[Module]:
    """The layers with weights of a network, each once; what a library's layer is built of is not listed, unless a derived
    class calls those parts itself."""
    seen: set[int] = set()
    stack = [root]
    while stack:
        module = stack.pop()
        if id(module) in seen:
            continue
        seen.add(id(module))
        parts = module.state.get("in_parts") or (module.op is Op.BACKBONE and module.built_in)
        if module.op in WEIGHTED and not parts:
            yield module
        else:
            stack.extend(reversed(module.children.values()))


def is_fixed_layer(module: Module) -> bool:
    """Whether it is a single layer of a library whose weights are set and never learned (coefficients that are known): a
    formula in the shape of a layer, no network."""
    parameters = [p for m in module.walk() for p in m.parameters.values()]
    learns = any(p.requires_grad is not False for p in parameters)
    return module.op is not None and module.op is not Op.BACKBONE and bool(parameters) and not learns


def is_within_another(root: Module, networks: list[Module]) -> bool:
    """Whether all of its layers are among those of a larger network: a functional network that another is built on."""
    own = {id(layer) for layer in weighted_layers(root)}
    return any(own < {id(layer) for layer in weighted_layers(r)} for r in networks if r is not root)


def is_ambiguous(root: Module) -> bool:
    """Whether a part of it is one of several kinds, or a part or none, of which a condition that is not known takes one."""
    if any(next(weighted_layers(p), None) for m in root.walk() for p in m.state.get("optional", ())):
        return True
    return _differ(root, lambda part: tuple(layer.name or layer.qualname for layer in weighted_layers(part)))


def has_ambiguous_norms(root: Module) -> bool:
    """Whether the parts of which such a condition takes one normalise in ways that the rest of the network does not."""
    inside = {id(m) for group in _groups(root) for part in group for m in part.walk()}
    rest = {m.name for m in root.walk() if m.op is Op.NORM and id(m) not in inside}
    return _differ(root, lambda part: frozenset(m.name for m in part.walk() if m.op is Op.NORM) - rest)


def settled_layers(root: Module) -> set[int]:
    """Identities of the layers that it has whichever parts conditions take."""
    inside = {id(m) for group in _groups(root) for part in group for m in part.walk()}
    return {id(layer) for layer in weighted_layers(root)} - inside


def _groups(root: Module) -> list[Sequence[Module]]:
    return [group for module in root.walk() for group in module.state.get("alternatives", ())]


def _differ(root: Module, look: Callable[[Module], object]) -> bool:
    return any(len({look(part) for part in group}) > 1 for group in _groups(root))


def of_one_arm(layers: list[Module]) -> set[int] | None:
    """Identities of the layers of which conditions that are not known make one in each arm, each counted once; None where
    the arms make different ones."""
    arms: dict[int, dict[int, list[Module]]] = {}
    for layer in layers:
        for branch in layer.state.get("made", Making()).branches:
            arms.setdefault(branch.serial, {}).setdefault(branch.arm, []).append(layer)
    chosen = {id(layer) for layer in layers}
    for made in (each for each in arms.values() if len(each) > 1):
        if len({tuple(layer.name or layer.qualname for layer in group) for group in made.values()}) > 1:
            return None
        _, *others = made.values()
        chosen -= {id(layer) for group in others for layer in group}
    return chosen


def lacks_layers(root: Module) -> bool:
    """Whether a functional network is built on what unseen code made."""
    return not root.complete and "plan" in root.state


def is_of_unknown_depth(root: Module) -> bool:
    """Whether a container in it may hold more layers than were seen: `[block() for _ in range(config.depth)]`."""
    return any(module.op is None and module.state.get("open", False) is not False for module in root.walk())


def is_hollow(root: Module) -> bool:
    """Whether a part of it may hold layers of which not one was seen."""
    return any(
        m.op is None
        and (not m.complete or m.state.get("open", False) is not False)
        and next(weighted_layers(m), None) is None
        for m in root.walk()
    )


def repeats_unknown(root: Module, layers: list[Module]) -> bool:
    """Whether layers were made in a loop of which it is not known how often it runs: there may be more of them, or none."""
    own = {id(p.loop) for p in root.state.get("made", Making()).passes}
    return any(
        p.loop.length is None and p.loop.over != "while" and id(p.loop) not in own
        for layer in layers
        for p in layer.state.get("made", Making()).passes
    )


def has_unseen_part(root: Module) -> bool:
    """Whether its data passes through an object that unseen code made: a network of a library that is not known. One in a
    part that only a condition adds does not count; a condition that the whole network stands under says nothing of its parts."""
    whole = {branch.serial for branch in root.state.get("made", Making()).branches}
    return any(
        module.state.get("unseen_part")
        and whole.issuperset(b.serial for b in module.state.get("made", Making()).branches)
        for module in root.walk()
    )


_WIDTHS = (
    ("in_features", "out_features"),
    ("in_channels", "out_channels"),
    ("input_size", "hidden_size"),
    ("num_embeddings", "embedding_dim"),
    ("embed_dim", "embed_dim"),
    ("d_model", "d_model"),
)
"""Options of a layer that say how wide its input and its output are."""


def layer_widths(layer: Module) -> tuple[float | int | None, float | int | None]:
    """How wide a layer's input and output are, where its options say so."""
    for wide, narrow in _WIDTHS:
        if wide in layer.options or narrow in layer.options:
            return number_of(layer.options.get(wide)), number_of(layer.options.get(narrow))
    return None, None
