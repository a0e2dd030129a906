"""torch.Tensor: which attributes and methods abstract tensors have, and what assigning to them means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.graph import Op
from trainlint.frameworks.torch import freezing, gradients, handwritten, parameters, weights
from trainlint.semantics.outside import Native
from trainlint.semantics.tensors import OPERATORS, Tensor, key_fact
from trainlint.semantics.values import Args, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


class OpenTensor(Tensor):
    """An attribute of something unknown that behaves like a tensor (`model(x).logits`) until it is called."""

    __slots__ = ()

    def call(self, run: Interpreter, args: Args) -> Value:
        inputs = [self.node, *(v.node for v in args.values() if isinstance(v, Tensor))]
        return self.make(run.node(Op.UNKNOWN, "call", tuple(inputs)))


class TorchFlavor:
    """The flavor of torch tensors."""

    name = "torch.Tensor"
    types = ("torch.Tensor", "object")

    def attribute(self, run: Interpreter, tensor: Tensor, name: str) -> Value | None:
        from trainlint.frameworks.torch.in_place import in_place
        from trainlint.frameworks.torch.tensor_methods import METHODS, PROPERTIES

        found = PROPERTIES.get(name)
        if found is not None:
            return found(run, tensor)
        handler = METHODS.get(name)
        if handler is not None:
            return Native(f"{self.name}.{name}", lambda r, args: handler(r, _with_self(tensor, args)))
        if name.endswith("_") and not name.startswith("_"):
            changed = in_place(name)
            if changed is not None:
                return Native(f"{self.name}.{name}", lambda r, args: changed(r, tensor, args))
        if tensor.node.op is Op.UNKNOWN and not name.startswith("__"):
            made = OpenTensor(run.node(Op.INDEX, name, (tensor.node,)), self)
            run.write(tensor.cells, f".{name}", made)  # what is put into it is found again
            return made
        return None

    def item(self, run: Interpreter, tensor: Tensor, key: Value) -> Value | None:
        parameter, _ = parameters.subject(tensor)
        if parameter is None:
            return None
        part = tensor.make(run.node(Op.INDEX, "item", (tensor.node,), {"key": key_fact(key)}))
        part.cells["part_of"] = parameter
        return part

    def set_attribute(self, run: Interpreter, tensor: Tensor, name: str, value: Value) -> bool:
        if name == "grad":
            gradients.assigned(run, tensor, value)
            return True
        if name == "data":
            own = parameters.subject(tensor)[0]
            same = isinstance(value, Tensor) and own is not None and parameters.subject(value)[0] is own
            if not same and not parameters.overwrite(run, tensor, value):
                run.write(tensor.cells, "node", run.as_node(value))
            return True
        if name == "requires_grad":
            if tensor.parameter is not None:
                parameters.set_trainable(run, tensor.parameter, value.truth(run))
            elif value.truth(run):
                leaf(run, tensor)
            return True
        if tensor.parameter is not None:
            freezing.set_on_parameter(run, tensor.parameter, name, value)
        return False

    def set_item(self, run: Interpreter, tensor: Tensor, key: Value, value: Value) -> bool:
        if "grad_of" in tensor.cells:
            gradients.changed_in_place(run, tensor, "assign_item", Args())
        if parameters.subject(tensor)[0] is not None:
            parameters.overwrite(run, tensor, value, change=True)
            return True
        node = run.node(Op.JOIN, "assign_item", (tensor.node, run.as_node(value)), shape=tensor.shape)
        run.write(tensor.cells, "node", node)
        return True

    def binary(
        self, run: Interpreter, tensor: Tensor, op: str, other: Value, reflected: bool
    ) -> Value | None:
        """`x @ W` with learned weights, products that are activations; None for the usual operation."""
        if op == "*" and isinstance(other, Tensor):
            made = handwritten.product(run, tensor.node, other.node)
            return Tensor(made, self) if made is not None else None
        if op != "@":
            return None
        node = weights.product(run, *((other, tensor) if reflected else (tensor, other)))
        return Tensor(node, self) if node is not None else None

    def in_place(self, run: Interpreter, tensor: Tensor, op: str, other: Value) -> Value | None:
        """`tensor op= other`, where the memory of a parameter or of a gradient changes; None otherwise."""
        if "grad_of" in tensor.cells:
            gradients.changed_in_place(run, tensor, op, Args([other]))
            return tensor
        if parameters.subject(tensor)[0] is None:
            return None
        value = tensor.make(
            run.node(OPERATORS[op], op, (tensor.node, run.as_node(other)), shape=tensor.shape)
        )
        parameters.overwrite(run, tensor, value, change=True)
        return tensor


def _with_self(tensor: Tensor, args: Args) -> Args:
    return Args([tensor, *args.positional], args.keywords, args.open)


def leaf(run: Interpreter, tensor: Tensor) -> None:
    """`requires_grad=True` on numbers that code made itself: a parameter outside of any module."""
    if tensor.parameter is not None or tensor.node.op not in (Op.RANDOM, Op.CONSTANT):
        return
    made = parameters.new_parameter(run, tensor.node)
    tensor.parameter = made.parameter
    run.write(tensor.cells, "plain", True)
    run.write(tensor.cells, "node", made.node)


TORCH = TorchFlavor()
