"""Networks: their layers in the order of the data, activations, normalisation and initialisation."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from trainlint.facts.events import EventKind
from trainlint.facts.graph import WEIGHTED, Module, ModuleCall, Node, Op
from trainlint.facts.program import Program
from trainlint.report.facts.values import number_of, place_object

NONE = "none"
"""Known to be absent, where None means that it is not known."""

_WIDTHS = (
    ("in_features", "out_features"),
    ("in_channels", "out_channels"),
    ("input_size", "hidden_size"),
    ("num_embeddings", "embedding_dim"),
    ("embed_dim", "embed_dim"),
    ("d_model", "d_model"),
)
"""Options of a layer that say how wide its input and its output are."""

_LOOKED_THROUGH = frozenset(
    {Op.NORM, Op.DROPOUT, Op.RESHAPE, Op.CAST, Op.POOL, Op.INDEX, Op.UPSAMPLE, Op.ADD, Op.MUL, Op.JOIN}
)
"""What may stand between a layer and the activation of its output."""

_NAMED_INITS = ("he", "xavier", "orthogonal")


def model_objects(program: Program) -> list[dict[str, Any]]:
    """Every network of the program: modules with weights that no other module holds.

    A library's layer that is never called beside networks that are is their pattern (as for nn.TransformerEncoder).
    """
    called = {id(call.module) for call in program.calls}
    # One whose layers all stand in another network is a part of that, taken out: `self.body[:-1]`.
    networks = [r for r in program.roots if not r.symbolic and any(m.root is r for m in weighted_layers(r))]
    used = [r for r in networks if r.op is None or id(r) in called]
    found = [_trained_part(program, root) for root in _at_work(program, _once(used or networks))]
    return [_Network(program, root, list(weighted_layers(root))).as_object() for root in found]


def _trained_part(program: Program, root: Module) -> Module:
    """The part that is trained, of a network that is only built around it and never called (to export it)."""
    if id(root) not in program.rehearsed:
        return root
    held = {id(m) for o in program.optimizers for m in o.parameters.modules}
    layers = list(weighted_layers(root))
    parts = (m for m in root.walk() if m is not root and m.op is None and id(m) in held)
    called = (m for m in parts if any(c.parent is None for c in program.calls_of(m)))
    return next((m for m in called if list(weighted_layers(m)) == layers), root)


def _at_work(program: Program, networks: list[Module]) -> list[Module]:
    """Without those that are built and never used, where the program trains others."""
    held = {root for optimizer in program.optimizers for root in optimizer.parameters.roots()}
    if not any(id(r) in held for r in networks):
        return networks
    idle = program.rehearsed - held
    copied = {r.qualname for r in networks if id(r) in held}  # a teacher that follows a student's weights
    return [r for r in networks if id(r) not in idle or r.escaped or r.qualname in copied]


def _once(networks: list[Module]) -> list[Module]:
    """One network for each place, however many functions were run alone that come to it (`fit` and `fit_transform`).
    A place that one run passes several times makes as many networks."""
    first: dict[Any, Any] = {}
    return [m for m in networks if m.state.get("root") == first.setdefault(_place(m), m.state.get("root"))]


def _place(module: Module) -> tuple[Any, ...]:
    layers = tuple(layer.qualname for layer in weighted_layers(module))
    return module.qualname, module.location, layers


def weighted_layers(root: Module) -> Iterator[Module]:
    """The layers with weights of a network, each once; what a library's layer is built of is not listed."""
    seen: set[int] = set()
    stack = [root]
    while stack:
        module = stack.pop()
        if id(module) in seen:
            continue
        seen.add(id(module))
        if module.op in WEIGHTED and not (module.op is Op.BACKBONE and module.built_in):
            yield module
        else:
            stack.extend(reversed(module.children.values()))


class _Network:
    def __init__(self, program: Program, root: Module, layers: list[Module]) -> None:
        self.program, self.root, self.layers = program, root, layers
        self.nodes = {id(layer): self._node(layer) for layer in layers}
        # A block that was only copied (for nn.TransformerEncoder) is a pattern, though an attribute holds it.
        layers = [
            m for m in layers if self.nodes[id(m)] is not None or not m.state.get("prototype")
        ] or layers
        self.layers, self.nodes = layers, {id(m): self.nodes[id(m)] for m in layers}
        called = [layer for layer in layers if self.nodes[id(layer)] is not None]
        if len(called) == len(layers):  # in the order of the data
            self.layers = sorted(layers, key=lambda layer: _index(self.nodes[id(layer)]))

    def as_object(self) -> dict[str, Any]:
        activations = [self._activation(layer) for layer in self.layers]
        known = all(node is not None for node in self.nodes.values())
        hidden = [a for a in activations[:-1] if a not in (None, NONE)]
        inside, norms_inside = self._inside("activations"), self._inside("norms")
        norms = dict.fromkeys(m.name for m in self.root.walk() if m.op is Op.NORM)
        whole = not self._has_unfollowed()
        known_hidden = known and inside is not None and whole
        return {
            "name": self.root.qualname.rsplit(".", 1)[-1],
            "layers": [self._layer(layer, a) for layer, a in zip(self.layers, activations, strict=True)]
            if not _is_ambiguous(self.root)
            else None,
            "hidden_activations": list(dict.fromkeys([*(inside or ()), *hidden])) if known_hidden else None,
            "output_activation": self._output() if known else None,
            "normalizations": list(dict.fromkeys([*(norms_inside or ()), *norms]))
            if norms_inside is not None and whole
            else None,
            "init": initialisation(self.root, self.layers, _gone_before_training(self.program)),
        }

    def _has_unfollowed(self) -> bool:
        """Whether its data passes through calls that are not followed, which may hold layers."""
        unfollowed: set[int] | None = self.program.cache.get("unfollowed")
        if unfollowed is None:
            nodes = self.program.graph.nodes
            through = (
                n for n in nodes if n.op is Op.UNKNOWN and n.call is not None and "unfollowed" in n.options
            )
            unfollowed = {id(n.call.outermost.module) for n in through if n.call is not None}
            self.program.cache["unfollowed"] = unfollowed
        return id(self.root) in unfollowed

    def _inside(self, option: str) -> list[str] | None:
        """What the library's networks among the layers are made of, whose own layers are not listed; None where the
        library's tables do not say."""
        found: list[str] = []
        for layer in self.layers:
            if layer.op is Op.BACKBONE:
                names = layer.options.get(option)
                if names is None or not isinstance(names.value, tuple):
                    return None
                found += names.value
        return found

    def _node(self, layer: Module) -> Node | None:
        """The first application of a layer."""
        first: dict[int, Node] | None = self.program.cache.get("first_applications")
        if first is None:
            first = self.program.cache["first_applications"] = {}
            for node in self.program.graph.nodes:
                if node.module is not None and node.op is not Op.PARAMETER:
                    first.setdefault(id(node.module), node)
        return first.get(id(layer))

    def _layer(self, layer: Module, activation: str | None) -> dict[str, Any]:
        wide, narrow = layer_widths(layer)
        return {
            "kind": layer.name or (layer.op.value if layer.op else None),
            "name": layer.path or layer.qualname.rsplit(".", 1)[-1],
            "in": wide,
            "out": narrow,
            "activation": activation,
            **place_object(layer.location),
        }

    def _activation(self, layer: Module) -> str | None:
        """The activation of a layer's output: `none` if it has none, None if that is not known."""
        node = self.nodes[id(layer)]
        if node is None:
            return None
        ends = list(self.program.graph.downstream(node, lambda n: n.op in _LOOKED_THROUGH))
        names = dict.fromkeys(n.name for n in ends if n.op is Op.ACTIVATION)
        if names:
            return next(iter(names))
        return None if any(n.op is Op.UNKNOWN for n in ends) else NONE

    def _output(self) -> str | None:
        """The activation that the network's result comes from."""
        calls = self.program.calls_of(self.root) or self._part_called()
        if not calls:
            return None
        found = {self._result(node) for node in calls[0].outputs}
        return found.pop() if len(found) == 1 else None

    def _part_called(self) -> list[ModuleCall]:
        """The forward passes of the one part that code calls by itself (`self.net(x)` in a training step)."""
        below = {id(m) for m in self.root.walk()}
        apart = [c for c in self.program.calls if c.parent is None and id(c.module) in below]
        return apart if len({id(c.module) for c in apart}) == 1 else []

    def _result(self, node: Node) -> str | None:
        """The activation behind one result; alternatives must agree."""
        if node.op is Op.JOIN:
            found = {self._result(part) for part in node.inputs if part.op is not Op.JOIN}
            return found.pop() if len(found) == 1 else None
        ends = [node] if node.op not in _LOOKED_THROUGH else _sources(self.program, node)
        names = [n.name for n in ends if n.op is Op.ACTIVATION]
        if not names and any(n.op is Op.UNKNOWN for n in ends):
            return None
        return names[0] if names else NONE


def _sources(program: Program, node: Node) -> list[Node]:
    return list(program.graph.upstream(node, lambda n: n.op in _LOOKED_THROUGH))


def _is_ambiguous(root: Module) -> bool:
    """Whether a part of it is one of several kinds, of which a condition that is not known takes one."""
    for module in root.walk():
        for group in module.state.get("alternatives", ()):
            kinds = {tuple(layer.name or layer.qualname for layer in weighted_layers(part)) for part in group}
            if len(kinds) > 1:
                return True
    return False


def _has_unseen_parts(root: Module) -> bool:
    """Whether it holds a container of layers of which not one was seen."""
    return any(m.op is None and not m.complete and not m.children for m in root.walk())


def _index(node: Node | None) -> int:
    return node.index if node is not None else 0


def layer_widths(layer: Module) -> tuple[float | int | None, float | int | None]:
    """How wide a layer's input and output are, where its options say so."""
    for wide, narrow in _WIDTHS:
        if wide in layer.options or narrow in layer.options:
            return number_of(layer.options.get(wide)), number_of(layer.options.get(narrow))
    return None, None


def _gone_before_training(program: Program) -> set[int]:
    """Identities of what went into unseen code before the first update: it may have been initialised there."""
    first = next((event.index for event in program.events_of(EventKind.STEP)), None)
    gone = program.events_of(EventKind.ESCAPE)
    return {id(event.target) for event in gone if first is None or event.index < first}


def initialisation(root: Module, layers: Iterable[Module], gone: Collection[int]) -> str | None:
    """How the weights start: default, he, xavier, orthogonal, pretrained, or custom; None if that is not known.

    gone: modules and parameters that went into unseen code before the training, by identity. Layers (and whole networks
    of a library) that keep what the library gave them beside layers that are initialised do not count.
    """
    if root.pretrained or any(layer.pretrained for layer in layers):
        return "pretrained"
    if root.pretrained is None or id(root) in gone:
        return None
    schemes: set[str] = set()
    given: set[str] = set()
    for layer in layers:
        for module in layer.walk():
            for parameter in module.parameters.values():
                if parameter.name.startswith("bias") or module.op is Op.NORM:
                    continue
                if id(parameter) in gone or any(init.maybe for init in parameter.inits):
                    return None
                by_library = (module.op is Op.BACKBONE or module.built_in) and len(parameter.inits) == 1
                (given if by_library else schemes).update(init.scheme for init in parameter.inits[-1:])
    if _has_unseen_parts(root):
        return "custom" if len(schemes) > 1 else None
    schemes = schemes or given
    if not schemes:
        return "default"
    scheme = next(iter(schemes))
    return scheme if len(schemes) == 1 and scheme in (*_NAMED_INITS, "pretrained") else "custom"
