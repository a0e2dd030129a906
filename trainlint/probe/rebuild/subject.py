"""Which network a finding is about, what it computes, and the loss and optimizer that train it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from trainlint.facts.flow import nodes_by_call, outermost
from trainlint.facts.graph import WEIGHTED, Graph, Module, Node, Op
from trainlint.facts.learning_rate import modules_of
from trainlint.facts.losses import predicted
from trainlint.facts.program import Program
from trainlint.facts.training import Clipping, Loss, Optimizer
from trainlint.facts.units import feeds_any, trained_on
from trainlint.model import Location
from trainlint.probe.case import Case, Unbuildable

OF_NETWORKS = frozenset({*WEIGHTED, Op.PARAMETER, Op.ACTIVATION, Op.NORM, Op.DROPOUT, Op.POOL, Op.UPSAMPLE})
"""A finding that stands at one of these is about the network that holds it."""
MOST_LOSSES = 24
"""Losses that are looked at; loops and phases apply the same one again and again."""


@dataclass(frozen=True)
class Subject:
    """What is to be rebuilt. prediction: what the loss (or the caller) receives. nodes: everything learned that it was
    computed from, in the order of execution. loss, optimizer: None where none was seen. stand_in: the result of a network that was
    not seen, in whose place a usual one is put."""

    prediction: Node
    nodes: tuple[Node, ...]
    loss: Loss | None
    optimizer: Optimizer | None
    stand_in: Node | None = None

    @property
    def modules(self) -> set[int]:
        """Identities of the root modules that take part."""
        return {id(n.module.root) for n in self.nodes if n.module is not None}


def subject_of(case: Case, stand_in: bool = False) -> Subject:
    """The network of a finding. stand_in: where a loss is given the result of something unseen, that is no obstacle.

    Raises:
        Unbuildable: none was seen.
    """
    program = case.program
    wanted = _Wanted(case)
    found: tuple[tuple[int, ...], Loss | None, Node, tuple[Node, ...]] | None = None
    for loss, prediction in _ends(program, case.subject):
        nodes = learned_nodes(prediction)
        if not any(n.op in WEIGHTED or n.op is Op.PARAMETER for n in nodes):
            continue
        score = (wanted.score(nodes, loss), int(loss is not None), *_worth(program, loss, nodes))
        if found is None or score > found[0]:
            found = score, loss, prediction, nodes
    if found is None and stand_in and isinstance(case.subject, Loss):
        return _beyond(case, case.subject)
    if found is None:
        raise Unbuildable("no network was seen that computes anything from data")
    _, loss, prediction, nodes = found
    if wanted.places and not found[0][0]:
        raise Unbuildable("the network that this is about was not seen at work")
    return Subject(prediction, nodes, loss, _optimizer(case, nodes))


def _ends(program: Program, subject: Any) -> Iterator[tuple[Loss | None, Node]]:
    """What may be the end of a network: predictions of losses, and results of forward passes."""
    losses = [subject] if isinstance(subject, Loss) else program.losses
    seen: set[int] = set()
    for loss in losses:
        node = predicted(loss)
        if node is not None and id(node) not in seen and len(seen) < MOST_LOSSES:
            seen.add(id(node))
            yield loss, node
    if isinstance(subject, Loss) and seen:
        return
    for call in program.calls:
        for node in call.outputs[:1] if call.parent is None else ():
            if id(node) not in seen and len(seen) < 2 * MOST_LOSSES:
                seen.add(id(node))
                yield None, node


def _worth(program: Program, loss: Loss | None, nodes: tuple[Node, ...]) -> tuple[int, int, int]:
    """What is trained before what is not, what is known before what is not, and large before small."""
    trained: set[int] | None = program.cache.get("probe.trained")
    if trained is None:
        trained = program.cache["probe.trained"] = feeds_any(program.graph, trained_on(program))
    used = loss is not None and (loss.trained or (loss.output is not None and id(loss.output) in trained))
    strange = sum(n.op in (Op.UNKNOWN, Op.CALL) for n in nodes)
    return int(used), -strange, len(nodes)


class _Wanted:
    """What the network of a finding must hold: an operation at its place, or modules."""

    def __init__(self, case: Case) -> None:
        self.places: set[Location] = set()
        self.modules: set[int] = set()
        self.loss: Loss | None = case.subject if isinstance(case.subject, Loss) else None
        place = case.finding.location
        graph = case.program.graph
        if any(n.op in OF_NETWORKS and _stands_at(n, place) for n in graph.nodes):
            self.places.add(place)
        if isinstance(case.subject, Module):
            self.modules = {id(case.subject.root)}
        elif isinstance(case.subject, Optimizer):
            self.modules = {id(m.root) for m in modules_of(case.subject)}
        elif isinstance(case.subject, Clipping):
            self.modules = case.subject.subject.roots()
        else:
            held = [o for o in case.program.optimizers if o.location == place]
            self.modules = {id(m.root) for o in held for m in modules_of(o)}

    def score(self, nodes: tuple[Node, ...], loss: Loss | None) -> int:
        """How well a network fits: 0 not at all."""
        if self.loss is not None and loss is self.loss:
            return 3
        at_place = any(_stands_at(n, place) for n in nodes for place in self.places)
        own = any(n.module is not None and id(n.module.root) in self.modules for n in nodes)
        at_loss = loss is not None and bool(self.places & {loss.location, loss.constructor or loss.location})
        return 2 * int(at_place or at_loss) + int(own)


def _beyond(case: Case, loss: Loss) -> Subject:
    """What stands between a network that was not seen and its loss.

    Raises:
        Unbuildable: it is not one value that comes from there.
    """
    prediction = predicted(loss)
    if prediction is None:
        raise Unbuildable("what the loss is given was not seen")
    between: list[Node] = []
    node = prediction
    while len(node.inputs) == 1 and node.op not in (Op.UNKNOWN, Op.CALL, Op.BACKBONE, Op.BATCH, Op.INDEX):
        between.append(node)
        node = node.inputs[0]
    if node.op in (Op.CONSTANT, Op.RANDOM, Op.READ, Op.DATASET) or (
        len(node.inputs) > 1 and node.op is not Op.UNKNOWN
    ):
        raise Unbuildable("no network was seen that computes what the loss is given")
    return Subject(prediction, (node, *reversed(between)), loss, _optimizer(case, ()), node)


def _stands_at(node: Node, place: Location) -> bool:
    if node.location == place:
        return True
    if node.module is None:
        return False
    return node.module.location == place or any(
        init.location == place for p in node.module.parameters.values() for init in p.inits
    )


def learned_nodes(prediction: Node) -> tuple[Node, ...]:
    """Everything behind a prediction that learned weights take part in, itself included, in order."""
    every = sorted([*Graph.ancestors_of(prediction), prediction], key=lambda n: n.index)
    learned: set[int] = set()
    pending = [n for n in every if n.op is not Op.DETACH]
    changed = True
    while changed:  # once, but where a plan's nodes stand in another order than that of the data
        before = len(learned)
        for node in pending:
            if id(node) not in learned and _learns(node, learned):
                learned.add(id(node))
        changed = len(learned) != before
    return _ordered(prediction, learned)


def _learns(node: Node, learned: set[int]) -> bool:
    if node.op in WEIGHTED or node.op is Op.PARAMETER or (node.op is Op.NORM and node.module is not None):
        return True
    return any(id(i) in learned for i in node.inputs)


def _ordered(prediction: Node, learned: set[int]) -> tuple[Node, ...]:
    """Inputs before what is computed from them."""
    done: set[int] = set()
    order: list[Node] = []
    stack: list[tuple[Node, bool]] = [(prediction, False)]
    while stack:
        node, ready = stack.pop()
        if ready:
            order.append(node)
            continue
        if id(node) in done or id(node) not in learned:
            continue
        done.add(id(node))
        stack.append((node, True))
        stack.extend((i, False) for i in reversed(node.inputs))
    return tuple(order)


def unknown_inputs(program: Program) -> dict[int, str]:
    """By identity of a forward pass without an input on record: the description of the first unknown value that it used."""
    found: dict[int, str] = {}
    for nodes in nodes_by_call(program).values():
        call = next((c for n in nodes if (c := outermost(n)) is not None), None)
        first = next((n for n in nodes if n.op is Op.UNKNOWN and not n.inputs), None)
        if call is not None and first is not None and not call.inputs:
            found[id(call)] = first.name
    return found


def _optimizer(case: Case, nodes: tuple[Node, ...]) -> Optimizer | None:
    """The one that updates the network."""
    if isinstance(case.subject, Optimizer):
        return case.subject
    roots = {id(n.module.root) for n in nodes if n.module is not None}
    place = case.finding.location
    fitting = [o for o in case.program.optimizers if o.parameters.roots() & roots]
    fitting = fitting or [o for o in case.program.optimizers if not o.parameters.complete]
    at_place = [o for o in case.program.optimizers if o.location == place]
    return next(iter(at_place or fitting), None)
