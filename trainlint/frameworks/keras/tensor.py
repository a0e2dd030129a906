"""Tensors of TensorFlow and Keras: one flavor for eager, graph and symbolic ones (`Node.planned`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from trainlint.facts.fact import Fact, known
from trainlint.facts.graph import Node, Op, Shape
from trainlint.frameworks.torch.weights import product
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import TupleValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

TensorMethod = Callable[["Interpreter", Tensor, Args], Value]
TENSOR_METHODS: dict[str, TensorMethod] = {}
TENSOR_PROPERTIES: dict[str, Callable[[Interpreter, Tensor], Value | None]] = {}

_NETWORK_OUTPUTS = frozenset({"output", "outputs"})
"""Attributes of a network with its symbolic results, which a tensor does not have."""


_PARTS = frozenset({"last_hidden_state", "pooler_output", "logits", "hidden_states", "attentions"})
"""What the networks of transformers return by name."""


class KerasFlavor:
    """The flavor of TensorFlow's tensors and of Keras' symbolic ones."""

    name = "tensorflow.Tensor"
    types = ("tensorflow.Tensor", "keras.KerasTensor", "object")

    def attribute(self, run: Interpreter, tensor: Tensor, name: str) -> Value | None:
        found = TENSOR_PROPERTIES.get(name)
        if found is not None:
            return found(run, tensor)
        if name in _NETWORK_OUTPUTS and "unfollowed" in tensor.node.options:
            # The call that is not followed made a network on the symbolic tensor: this is what that computes.
            return tensor.make(run.node(Op.UNKNOWN, name, (tensor.node,), {"unfollowed": known(True)}))
        if name in _PARTS and tensor.node.op is Op.BACKBONE:
            return tensor.make(run.node(Op.INDEX, name, (tensor.node,)))
        method = TENSOR_METHODS.get(name)
        if method is not None:
            return Native(f"{self.name}.{name}", lambda r, args: method(r, tensor, args))
        return None

    def item(self, run: Interpreter, tensor: Tensor, key: Value) -> Value | None:
        return None

    def binary(
        self, run: Interpreter, tensor: Tensor, op: str, other: Value, reflected: bool
    ) -> Value | None:
        """`x @ W` with learned weights; None for the usual operation."""
        if op != "@":
            return None
        node = product(run, *((other, tensor) if reflected else (tensor, other)))
        return Tensor(node, self) if node is not None else None


KERAS = KerasFlavor()


def shape_value(shape: Shape | None) -> Value:
    """A shape as a tuple; a size that is not known is None where it is the batch's, as Keras has it."""
    if shape is None:
        return Unknown("the shape of a tensor")
    return TupleValue([Const(size) for size in shape])


def planned_input(run: Interpreter, shape: Shape | None, name: str = "input") -> Tensor:
    """A symbolic tensor: what a network's input stands for before the network is called."""
    node = run.node(Op.INPUT, name, (), {"symbolic": known(True)}, shape, attached=False, planned=True)
    return Tensor(node, KERAS)


def unseen_tensor(run: Interpreter, why: str) -> Tensor:
    """A symbolic tensor that unseen code made, of inputs and layers that are not known."""
    options: dict[str, Fact[Any]] = {"unfollowed": known(True)}
    return Tensor(run.node(Op.UNKNOWN, why[:40], (), options, attached=False, planned=True), KERAS)


def is_planned(node: Node) -> bool:
    """Whether it belongs to the plan of a network."""
    return node.planned


def _shape(run: Interpreter, tensor: Tensor) -> Value:
    """`x.shape`: of a symbolic tensor, sizes that are not known are None; of another, they are some number."""
    if tensor.shape is None or tensor.node.planned:
        return shape_value(tensor.shape)
    sizes = [
        Const(n) if n is not None else Unknown(f"size of dimension {i}") for i, n in enumerate(tensor.shape)
    ]
    return TupleValue(sizes)


TENSOR_PROPERTIES["shape"] = _shape
TENSOR_PROPERTIES["_keras_shape"] = TENSOR_PROPERTIES["shape"]
TENSOR_PROPERTIES["dtype"] = lambda run, tensor: Unknown("dtype")
TENSOR_METHODS["get_shape"] = lambda run, tensor, args: _shape(run, tensor)
