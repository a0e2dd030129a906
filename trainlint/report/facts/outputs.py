"""The activation of what a network returns."""

from __future__ import annotations

from trainlint.facts.events import EventKind
from trainlint.facts.graph import WEIGHTED, Graph, Module, ModuleCall, Node, Op
from trainlint.facts.program import Program
from trainlint.report.facts.following import (
    LOOKED_THROUGH,
    MOST_PARTS,
    compared_in,
    heads_behind,
    last,
    learns,
    sources,
)
from trainlint.report.facts.layers import weighted_layers

_DATA = (Op.INPUT, Op.DATASET, Op.CONSTANT)
_NESTED = 8
"""How deep results that are put side by side are looked into."""
NONE = "none"
"""Known to be absent, where None means that it is not known."""


class Output:
    """What one network of a program returns. layers: its layers with weights."""

    def __init__(self, program: Program, root: Module, layers: list[Module]) -> None:
        self.program, self.root, self.layers = program, root, layers

    def activation(self) -> str | None:
        """The activation that the network's result comes from."""
        calls = self.program.calls_of(self.root) or self._part_called()
        if not calls:
            ends = {self._result(node) for call in self._last_called() for node in last(call.outputs)}
            return ends.pop() if len(ends) == 1 else None
        results = last(next(filter(learns, calls), calls[0]).outputs)
        results = heads_behind(self.program, self.root, results) or results
        if len(results) > 1:  # states and weights of attention beside what is learned
            results = [node for node in results if id(node) in self._predictions()] or results
        results = compared_in(self.program, results) or results
        # A single number beside the others is a penalty.
        results = [node for node in results if node.shape != ()] or results
        if not any(
            node.attached for node in results
        ):  # an accuracy, of a network that trains itself in its forward pass
            results = self._compared_within() or results
        found = {self._result(node) for node in results}
        return found.pop() if len(found) == 1 else None

    def _compared_within(self) -> list[Node]:
        """What losses compare that its own forward pass applies, where that comes from a part with all of its layers."""
        compared = [loss.prediction for loss in self.program.losses if loss.prediction is not None]
        within = [node for node in compared if node.attached and ran_in(self.root, node)]
        own = {id(layer) for layer in self.layers}
        parts = [{id(layer) for layer in weighted_layers(self._part_of(node))} for node in within]
        return within if all(part >= own for part in parts) else []

    def _part_of(self, node: Node) -> Module:
        """The part of the network that the pass over it called, in which an operation ran."""
        call = node.call
        while call is not None and call.parent is not None and call.parent.module is not self.root:
            call = call.parent
        return call.module if call is not None else self.root

    def _predictions(self) -> set[int]:
        """What losses compare, as networks returned it."""
        found: set[int] | None = self.program.cache.get("predictions")
        if found is None:
            compared = [loss.prediction for loss in self.program.losses if loss.prediction is not None]
            found = self.program.cache["predictions"] = {id(node) for node in compared}
            found |= {id(end) for node in compared for end in sources(self.program, node)}
        return found

    def _part_called(self) -> list[ModuleCall]:
        """The forward passes of the one part that code calls by itself (`self.net(x)` in a training step); of several, of
        the one whose results losses compare."""
        below = {id(m) for m in self.root.walk()}
        apart = [c for c in self.program.calls if c.parent is None and id(c.module) in below]
        if len({id(c.module) for c in apart}) > 1:
            compared = {id(loss.prediction) for loss in self.program.losses}
            apart = [c for c in apart if any(id(node) in compared for node in c.outputs)]
        if any(id(c) in self._by_name() for c in apart):
            return []
        return apart if len({id(c.module) for c in apart}) == 1 else []

    def _last_called(self) -> list[ModuleCall]:
        """Of parts that methods of the network call (`self.actor(self.body(x))` in `act()`, where it has no forward pass of its
        own): one pass of each whose result goes into no other part. [] where one of them was not called, or where the last ones
        stand in a forward pass that is asked for by name."""
        below = {id(m) for m in self.root.walk()}
        apart = [c for c in self.program.calls if c.parent is None and id(c.module) in below]
        apart = [c for c in apart if next(weighted_layers(c.module), None) is not None]
        reached = {id(layer) for c in apart for layer in weighted_layers(c.module)}
        if len(apart) > MOST_PARTS or any(id(layer) not in reached for layer in self.layers):
            return []
        made_by = {id(node): id(c.module) for c in apart for node in c.outputs}
        taken = {
            made_by[id(each)]
            for c in apart
            for node in c.inputs
            for each in (node, *Graph.ancestors_of(node))
            if made_by.get(id(each), id(c.module)) != id(c.module)
        }
        ends = {id(c.module): c for c in reversed(apart) if id(c.module) not in taken}
        # A pass that is asked for by name, `self.forward(x)`: what it makes of its last part's result is not seen here.
        return [] if any(id(c) in self._by_name() for c in ends.values()) else list(ends.values())

    def _by_name(self) -> set[int]:
        """The calls that stand in a method of the name `forward`."""
        events = self.program.events_of(EventKind.FORWARD)
        return {id(e.options.get("call")) for e in events if e.function.rpartition(".")[2] == "forward"}

    def _result(self, node: Node, depth: int = 0) -> str | None:
        """The activation behind one result; alternatives, what is summed, and what is put side by side must agree."""
        if depth > _NESTED:
            return None
        if node.op is Op.JOIN:
            found = {self._result(part, depth + 1) for part in node.inputs if part.op is not Op.JOIN}
            return found.pop() if len(found) == 1 else None
        ends = [node] if node.op not in LOOKED_THROUGH else sources(self.program, node)
        side = [n for n in ends if n.op is Op.CONCAT]
        parts = {self._result(part, depth + 1) for n in side for part in n.inputs if part.op not in _DATA}
        if None in parts or len(parts) > 1:
            return None
        names = {n.name for n in ends if n.op is Op.ACTIVATION} | (parts - {NONE})
        rest = [
            n
            for n in ends
            if (n.attached or n.op in WEIGHTED) and n.op not in (Op.ACTIVATION, Op.PARAMETER, *_DATA)
        ]  # layers count where they are frozen too
        rest = [n for n in rest if n not in side or NONE in parts]
        if names and rest:
            return None
        if not names and any(n.op is Op.UNKNOWN for n in ends):
            return None
        return (names.pop() if len(names) == 1 else None) if names else NONE


def ran_in(root: Module, node: Node) -> bool:
    """Whether it ran in a forward pass of the whole network. What is applied to that one's result is no part of it, though
    it may go into another pass, or into a head that a loss calls by itself."""
    call = node.call
    while call is not None and call.module is not root:
        call = call.parent
    return call is not None
