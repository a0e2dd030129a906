"""One network: its layers in the order of the data, activations, normalisation and initialisation."""

from __future__ import annotations

from typing import Any

from trainlint.facts.graph import Module, Node, Op
from trainlint.facts.modes import WRAPS
from trainlint.facts.norms import UNTOLD_NORM
from trainlint.facts.program import Program
from trainlint.report.facts.following import goes_through, index_of, learns
from trainlint.report.facts.initials import initialisation
from trainlint.report.facts.insides import inside_of
from trainlint.report.facts.layers import (
    has_ambiguous_norms,
    has_unseen_part,
    is_ambiguous,
    is_hollow,
    is_of_unknown_depth,
    lacks_layers,
    layer_widths,
    of_one_arm,
    repeats_unknown,
    settled_layers,
    weighted_layers,
)
from trainlint.report.facts.norms import has_silent_part, written_norms
from trainlint.report.facts.outputs import NONE, Output, ran_in
from trainlint.report.facts.values import place_object

_WEIGHTINGS = ("softmax", "log_softmax", "softmin", "gumbel_softmax")
"""Between layers these weigh what others say (attention, gates): no activation of a layer's own output."""


def _wrapped(root: Module) -> Module:
    """The network that a wrapper of the project's (a DataParallel of its own, a loss) is put around; else the network
    itself."""
    while (name := root.state.get(WRAPS)) and name in root.children:
        root = root.children[name]
    return root


class Network:
    """One network of a program: its layers in the order of the data, and what stands between them."""

    def __init__(self, program: Program, root: Module, layers: list[Module]) -> None:
        self.program, self.root, self.layers = program, root, layers
        self.feeding: set[int] | None = None  # what layers take, and all that it was computed from
        self.nodes = {id(layer): self._node(layer) for layer in layers}
        # A block that was only copied (for nn.TransformerEncoder) is a pattern of its copies, though an attribute holds it.
        copied = {id(m.state.get("copy_of")) for m in layers}
        patterns = {id(m) for m in layers if m.state.get("prototype") and id(m) in copied}
        layers = [m for m in layers if self.nodes[id(m)] is not None or id(m) not in patterns] or layers
        self.layers, self.nodes = layers, {id(m): self.nodes[id(m)] for m in layers}
        called = [layer for layer in layers if self.nodes[id(layer)] is not None]
        self.settled = len(called) == len(layers) or self._is_settled()
        if self.settled:  # in the order of the data
            idle = [layer for layer in layers if self.nodes[id(layer)] is None]
            self.layers = [*sorted(called, key=lambda layer: index_of(self.nodes[id(layer)])), *idle]

    def as_object(self) -> dict[str, Any]:
        """The network as the document tells it."""
        chosen = of_one_arm(self.layers)
        activations = [self._activation(layer) for layer in self.layers]
        known = self.settled
        used = [
            pair for pair in zip(self.layers, activations, strict=True) if self.nodes[id(pair[0])] is not None
        ]
        hidden = [
            name
            for layer, a in used[:-1]
            if a not in (None, NONE)
            for name, goes_on in self._activations(layer).items()
            if name not in _WEIGHTINGS and (not known or goes_on)
        ]
        inside, norms_inside = inside_of(self.layers, "activations"), inside_of(self.layers, "norms")
        norms = dict.fromkeys(m.name for m in self.root.walk() if m.op is Op.NORM)
        written = written_norms(self.program, self.root)
        norms |= dict.fromkeys([*self._applied_norms(), *(n for n in written if n is not None)])
        open_, hollow, bare = self._leaves_open(), is_hollow(self.root), lacks_layers(self.root)
        whole = not self._has_unfollowed()
        unsure = hollow or bare or is_ambiguous(self.root)
        known_hidden = known and inside is not None and whole and bool(hidden or not unsure)
        known_hidden = known_hidden and (bool(hidden or inside) or not self._applies_others())
        known_hidden = known_hidden and (bool(hidden) or all(a is not None for _, a in used[:-1]))
        known_hidden = known_hidden and not (is_ambiguous(self.root) and self._hides_others(hidden))
        return {
            "name": _wrapped(self.root).qualname.rsplit(".", 1)[-1],
            "layers": [
                self._layer(layer, a)
                for layer, a in zip(self.layers, activations, strict=True)
                if chosen is None or id(layer) in chosen
            ]
            if chosen is not None and not open_
            else None,
            "hidden_activations": list(dict.fromkeys([*(inside or ()), *hidden])) if known_hidden else None,
            "output_activation": Output(self.program, self.root, self.layers).activation()
            if known or self.program.calls_of(self.root)
            else None,
            "normalizations": list(dict.fromkeys([*(norms_inside or ()), *norms]))
            if norms_inside is not None
            and whole
            and UNTOLD_NORM not in norms
            and (norms or not (hollow or bare or None in written or has_silent_part(self.program, self.root)))
            and not has_ambiguous_norms(self.root)
            else None,
            "init": None if bare else self._initialisation(),
        }

    def _applies_others(self) -> bool:
        """Whether activations go into its layers that no layer was seen to have: behind operations that are not looked
        through."""
        nodes = (n for n in self.program.graph.nodes if n.op is Op.ACTIVATION and n.name not in _WEIGHTINGS)
        return any(id(n) in (self.feeding or ()) and ran_in(self.root, n) for n in nodes)

    def _hides_others(self, hidden: list[str]) -> bool:
        """Whether parts of which a condition takes one may have other activations than the rest of the network."""
        certain = settled_layers(self.root)
        rest = {self._activation(layer) for layer in self.layers if id(layer) in certain}
        others = [layer for layer in weighted_layers(self.root) if id(layer) not in certain]
        self.nodes |= {id(layer): self._node(layer) for layer in others}
        found = {*hidden, *(self._activation(layer) for layer in others)} - {NONE, *_WEIGHTINGS}
        return not found <= rest

    def _initialisation(self) -> str | None:
        """How its weights start, whichever part a condition takes."""
        found = initialisation(self.program, self.root, self.layers)
        every = list(weighted_layers(self.root))
        if len(every) == len(self.layers) or found == initialisation(self.program, self.root, every):
            return found
        return None

    def _leaves_open(self) -> bool:
        """Whether the code does not say which layers there are."""
        if any(
            asks(self.root) for asks in (is_ambiguous, lacks_layers, is_of_unknown_depth, has_unseen_part)
        ):
            return True
        return repeats_unknown(self.root, self.layers)

    def _is_settled(self) -> bool:
        """Whether layers that no pass reached are known to be idle: the network's passes hold nothing unknown but what
        they are given."""
        if not self.program.complete or not any(c.outputs for c in self.program.calls_of(self.root)):
            return False
        unclear: set[int] | None = self.program.cache.get("unclear_networks")
        if unclear is None:
            inside = (n for n in self.program.graph.nodes if n.op is Op.UNKNOWN and "passed" not in n.options)
            unclear = {id(n.call.outermost.module) for n in inside if n.call is not None}
            self.program.cache["unclear_networks"] = unclear
        return id(self.root) not in unclear and not self._has_unfollowed()

    def _has_unfollowed(self) -> bool:
        """Whether its data passes through calls that are not followed, which may hold layers."""
        if has_unseen_part(self.root):
            return True
        unfollowed: set[int] | None = self.program.cache.get("unfollowed")
        if unfollowed is None:
            nodes = self.program.graph.nodes
            through = (
                n for n in nodes if n.op is Op.UNKNOWN and n.call is not None and "unfollowed" in n.options
            )
            unfollowed = {
                id(m) for n in through if n.call is not None for m in n.call.outermost.module.lineage()
            }
            self.program.cache["unfollowed"] = unfollowed
        return id(self.root) in unfollowed

    def _applied_norms(self) -> list[str]:
        """Normalisation by function, within forward passes of the network."""
        applied: dict[int, dict[str, None]] | None = self.program.cache.get("applied_norms")
        if applied is None:
            applied = self.program.cache["applied_norms"] = {}
            for node in self.program.graph.nodes:
                if node.op is Op.NORM and node.name != "l2" and node.module is None and node.call is not None:
                    for holder in node.call.outermost.module.lineage():
                        applied.setdefault(id(holder), {})[node.name] = None
        return list(applied.get(id(self.root), ()))

    def _node(self, layer: Module) -> Node | None:
        """The first application of a layer, in training if there is one."""
        first: dict[int, Node] | None = self.program.cache.get("first_applications")
        if first is None:
            first = self.program.cache["first_applications"] = {}
            nodes = [n for n in self.program.graph.nodes if n.op is not Op.PARAMETER]
            nodes.sort(key=lambda n: n.call is not None and not learns(n.call.outermost))
            for node in nodes:
                computed = node.options.get("layer") if node.module is None else None
                layer_applied = node.module if computed is None else computed.value
                if layer_applied is not None:
                    first.setdefault(id(layer_applied), node)
            called = [n for n in nodes if n.call is not None]
            for node in called:  # of a derived class that computes in its own way: what comes first
                if node.call is not None and node.call.module.op is not None:
                    first.setdefault(id(node.call.module), node)
            for node in called:  # of one of which only the weights are taken: what they go into
                for weight in node.inputs if node.attached else ():
                    if weight.op is Op.PARAMETER and weight.module is not None:
                        first.setdefault(id(weight.module), node)
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
        names = self._activations(layer)
        if names:
            return next(iter(names))
        ends = self.program.graph.downstream(node, goes_through)
        return None if any(n.op is Op.UNKNOWN for n in ends) else NONE

    def _activations(self, layer: Module) -> dict[str, bool]:
        """What is applied to a layer's output, several where its channels are parted (`tanh(a) * sigmoid(b)`), and whether
        that goes into another layer of the network: else it belongs to a result."""
        if self.feeding is None:
            self.feeding = set()
            stack = [source for node in self.nodes.values() if node is not None for source in node.inputs]
            while stack:
                node = stack.pop()
                if id(node) not in self.feeding:
                    self.feeding.add(id(node))
                    stack.extend(node.inputs)
                    if "through" in node.options:  # unseen code had it
                        stack.extend(node.options["through"].value or ())
        start = self.nodes[id(layer)]
        assert start is not None
        found: dict[str, bool] = {}
        for end in self.program.graph.downstream(start, goes_through):
            if end.op is Op.ACTIVATION:
                goes_on = id(end) in self.feeding and not (
                    ran_in(self.root, start) and not ran_in(self.root, end)
                )
                goes_on = goes_on and not self._is_result(end)
                found[end.name] = found.get(end.name, False) or goes_on
        return found

    def _is_result(self, node: Node) -> bool:
        """Whether the network returns it, and only parts take it that the program then calls by themselves: an image that a
        discriminator beside the generator judges."""
        call = node.call.outermost if node.call is not None else None
        if call is None or call.module is not self.root or node not in call.outputs:
            return False
        users = self.program.graph.consumers(node)
        taken = [user.call.outermost for user in users if user.call is not None]
        return bool(taken) and all(each.module is not self.root for each in taken)
