"""Plans: what was computed from symbolic tensors, repeated over real ones when the network is called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trainlint.facts.graph import Module, ModuleCall, Node, Op
from trainlint.frameworks.torch.tree import inner_values
from trainlint.semantics.objects import Instance
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue, UnionValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


@dataclass(frozen=True)
class Plan:
    """A functional network: its symbolic inputs (with their names) and what it returns."""

    inputs: tuple[Node, ...]
    names: tuple[str, ...]
    outputs: Value

    def nodes(self) -> list[Node]:
        """All planned operations between inputs and outputs, in the order in which they were made, inputs first."""
        ends = {id(n) for n in self.inputs}
        seen: dict[int, Node] = {}
        stack = list(tensors_nodes(self.outputs))
        while stack:
            node = stack.pop()
            if id(node) in seen or not node.planned:
                continue
            seen[id(node)] = node
            if id(node) not in ends:
                stack.extend(node.inputs)
                # A layer joins all that it is given to the network, whatever of it its call() uses.
                stack.extend(node.call.outermost.inputs if node.call is not None else ())
        return sorted(seen.values(), key=lambda n: (n.op is not Op.INPUT, n.index))

    def modules(self) -> list[Module]:
        """The layers that it applies itself, in order, each once (their own inner layers are theirs)."""
        found: dict[int, Module] = {}
        ends = {id(n) for n in self.inputs}
        for node in self.nodes():
            module = node.module if node.op is Op.INPUT else None
            if node.call is not None and id(node) not in ends:
                module = node.call.outermost.module
            if module is not None:
                found.setdefault(id(module), module)
        return list(found.values())


def tensors_nodes(value: Value, depth: int = 0) -> list[Node]:
    """The nodes of all tensors in a value."""
    if isinstance(value, Tensor):
        return [value.node]
    return [n for v in inner_values(value) for n in tensors_nodes(v, depth + 1)] if depth < 5 else []


def unfollowed(outputs: Value) -> list[Node]:
    """What a network's outputs are computed from that unseen layers and functions gave."""
    nodes = Plan((), (), outputs).nodes()
    return [n for n in nodes if n.op is Op.UNKNOWN and "unfollowed" in n.options]


def unseen_parts(outputs: Value) -> list[Node]:
    """The symbolic tensors that unseen code made, among what a network's outputs are computed from."""
    unseen = unfollowed(outputs)
    return [n for n in unseen if all(i.op is Op.INPUT and i.module is None for i in n.inputs)]


def frozen_norm(run: Interpreter, module: Module) -> bool:
    """Whether it is a batch norm that is not trainable: since TensorFlow 2 it works as in inference."""
    instance = module.state.get("instance")
    frozen = instance.attrs.get("trainable") if isinstance(instance, Instance) else None
    return module.name == "batchnorm" and frozen is not None and frozen.truth(run) is False


class Replay:
    """One call of a plan."""

    def __init__(self, run: Interpreter, plan: Plan, given: list[Node]) -> None:
        self.run, self.plan = run, plan
        self.made: dict[int, Node] = {}
        self.live = not any(n.planned for n in given)
        self.calls: dict[int, tuple[ModuleCall, ModuleCall]] = {}
        for planned, node in zip(plan.inputs, given, strict=True):
            self.made[id(planned)] = node

    def result(self) -> Value:
        """Repeat every operation, and return what the network returns."""
        nodes = self.plan.nodes()
        self.run.charge(max(len(nodes), 1))
        for node in nodes:
            if id(node) not in self.made:
                self.made[id(node)] = self._repeat(node)
        for old, new in self.calls.values():
            new.inputs = tuple(self.made.get(id(n), n) for n in old.inputs)
            new.outputs = tuple(self.made.get(id(n), n) for n in old.outputs)
        return self._rebuilt(self.plan.outputs, 0)

    def _repeat(self, node: Node) -> Node:
        run = self.run
        if node.op is Op.INPUT and not node.inputs:
            return run.node(Op.INPUT, node.name, (), dict(node.options), node.shape, attached=False)
        outer = run.module_call
        run.module_call = self._call(node.call)
        try:
            return run.node(
                node.op,
                node.name,
                tuple(self.made.get(id(n), n) for n in node.inputs),
                dict(node.options),
                node.shape,
                module=node.module,
                location=node.location,
                attached=False if node.op is Op.DETACH else None,
                low=node.low,
                high=node.high,
                origin=node.origin,
            )
        finally:
            run.module_call = outer

    def _call(self, call: ModuleCall | None) -> ModuleCall | None:
        """The layer's call within this call of the network."""
        if call is None:
            return self.run.module_call
        if id(call) not in self.calls:
            parent = self._call(call.parent)
            training = call.training
            if training is None and parent is not None:
                training = parent.training
            if frozen_norm(self.run, call.module):
                training = False
            new = ModuleCall(call.module, call.location, parent, (), (), training, self.run.grad_enabled)
            self.calls[id(call)] = (call, new)
            if self.live:
                self.run.program.calls.append(new)
        return self.calls[id(call)][1]

    def _rebuilt(self, value: Value, depth: int) -> Value:
        """The same structure with the new tensors in it."""
        if isinstance(value, Tensor):
            return Tensor(self.made.get(id(value.node), value.node), value.flavor)
        if depth > 4:
            return value
        if isinstance(value, TupleValue):
            return TupleValue([self._rebuilt(v, depth + 1) for v in value.elements], value.origin, value.open)
        if isinstance(value, ListValue):
            return ListValue([self._rebuilt(v, depth + 1) for v in value.elements], value.origin, value.open)
        if isinstance(value, DictValue):
            cells = {key: (k, self._rebuilt(v, depth + 1)) for key, (k, v) in value.cells.items()}
            return DictValue(cells, value.origin, value.open)
        if isinstance(value, UnionValue):
            return UnionValue([self._rebuilt(v, depth + 1) for v in value.alternatives])
        return value
