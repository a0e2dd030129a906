"""keras.activations: functions by name, and what `activation=` may be given as."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from trainlint.facts.fact import Fact, known
from trainlint.facts.graph import Module, Node, Op
from trainlint.frameworks.keras.library import LIBRARY
from trainlint.frameworks.keras.tensor import KERAS
from trainlint.frameworks.signature import signature
from trainlint.frameworks.torch.activations import ACTIVATIONS
from trainlint.frameworks.torch.operations import Bounds, Operation, between, record, unbounded
from trainlint.frameworks.torch.shapes import same, unknown
from trainlint.semantics.objects import LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import UnionValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Origin, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_RELU = "negative_slope=0.0, max_value=None, threshold=0.0"
_ROWS: tuple[tuple[str, str, str], ...] = (
    ("relu", "relu", _RELU),
    ("relu6", "relu6", ""),
    ("leaky_relu", "leaky_relu", "negative_slope=0.2"),
    ("elu", "elu", "alpha=1.0"),
    ("selu", "selu", ""),
    ("celu", "celu", "alpha=1.0"),
    ("gelu", "gelu", "approximate=False"),
    ("silu swish", "silu", ""),
    ("mish", "mish", ""),
    ("hard_silu hard_swish", "hardswish", ""),
    ("sigmoid", "sigmoid", ""),
    ("hard_sigmoid", "hardsigmoid", ""),
    ("log_sigmoid", "logsigmoid", ""),
    ("tanh", "tanh", ""),
    ("hard_tanh", "hardtanh", ""),
    ("tanh_shrink", "tanhshrink", ""),
    ("softplus", "softplus", ""),
    ("softsign", "softsign", ""),
    ("soft_shrink", "softshrink", "threshold=0.5"),
    ("hard_shrink", "hardshrink", "threshold=0.5"),
    ("threshold", "threshold", "threshold, default_value"),
    ("softmax", "softmax", "axis=-1"),
    ("log_softmax", "log_softmax", "axis=-1"),
    ("sparsemax", "sparsemax", "axis=-1"),
    ("sparse_sigmoid", "sparse_sigmoid", ""),
    ("sparse_plus", "sparse_plus", ""),
    ("squareplus", "squareplus", "b=4"),
    ("glu", "glu", "axis=-1"),
)
"""Names that Keras knows, what the facts call it, and the signature after the input (Keras 3)."""

RENAMED = {"axis": "dim", "alpha": "negative_slope"}
"""Options under the names that the facts have for all libraries (`alpha` of leaky_relu alone)."""


def _bounds(name: str) -> Callable[[Bounds, Mapping[str, Any]], Bounds]:
    if name in ("sparsemax", "sparse_sigmoid"):
        return between(0.0, 1.0)
    if name in ("sparse_plus", "squareplus"):
        return between(0.0, None)
    found = ACTIVATIONS.get(name)
    return found.bounds if found is not None else unbounded


BY_NAME: dict[str, Operation] = {
    word: Operation(Op.ACTIVATION, name, parameters, (), unknown if name == "glu" else same, _bounds(name))
    for words, name, parameters in _ROWS
    for word in words.split()
}
BY_NAME["exponential"] = Operation(Op.MATH, "exp", "", (), same, between(0.0, None))


def applied(
    run: Interpreter,
    operation: Operation,
    node: Node,
    options: dict[str, Fact[Any]],
    module: Module | None = None,
    origin: Origin = (),
) -> Node:
    """The activation's node, under the name that its options make it (`relu(max_value=6)` is relu6)."""
    options = {
        ("dim" if key == "axis" else "negative_slope" if key == "alpha" and operation.name == "leaky_relu" else key): fact
        for key, fact in options.items()
    }  # fmt: skip
    slope, top = options.get("negative_slope"), options.get("max_value")
    if operation.name == "relu" and slope is not None and slope.value:
        operation = BY_NAME["leaky_relu"]
    elif operation.name == "relu" and top is not None and top.value == 6:
        operation = BY_NAME["relu6"]
    elif operation.name == "relu" and top is not None and not top.known:
        options.pop("max_value")
    return record(run, operation, (node,), options, module=module, origin=origin)


class ActivationFunction(Native):
    """A function of keras.activations or tf.nn: as `activation=` its node stands at the layer."""

    __slots__ = ("operation",)

    def __init__(self, name: str, operation: Operation) -> None:
        super().__init__(name, lambda run, args: call_function(run, operation, args))
        self.operation = operation

    def with_origin(self, origin: Origin) -> Value:
        same_one = ActivationFunction(self.name, self.operation)
        same_one.origin = origin
        return same_one


def call_function(run: Interpreter, operation: Operation, args: Args) -> Value:
    """`keras.activations.relu(x, max_value=6)`"""
    parameters = f", {operation.parameters}" if operation.parameters else ""
    table = signature(f"x{parameters}")
    keywords = dict(args.keywords)
    for old, new in (("alpha", "negative_slope"), ("dim", "axis")):
        if old in keywords and new in table.names:
            keywords[new] = keywords.pop(old)
    bound = table.bind(Args(args.positional, keywords, args.open))
    subject = bound.get("x") or next(
        (keywords[k] for k in ("features", "inputs", "logits", "input", "t", "tensor") if k in keywords), None
    )
    options = table.facts(run, bound, skip=("x",))
    node = run.as_node(subject if subject is not None else Unknown("an argument that is not given"))
    return Tensor(applied(run, operation, node, options), KERAS)


def activate(run: Interpreter, activation: Value | None, node: Node, module: Module) -> Value:
    """What a layer returns whose own result is `node` and that was given `activation=`."""
    if activation is None or (isinstance(activation, Const) and activation.value in (None, "linear")):
        return Tensor(node, KERAS)
    if isinstance(activation, UnionValue):
        arms = [lambda a=a: activate(run, a, node, module) for a in activation.alternatives]
        return run.alternatives(arms)
    if isinstance(activation, Const) and isinstance(activation.value, str):
        operation = BY_NAME.get(activation.value)
        if operation is not None:
            return Tensor(
                applied(run, operation, node, defaults(operation), module, activation.origin), KERAS
            )
        return Tensor(run.node(Op.UNKNOWN, activation.value, (node,), shape=node.shape, module=module), KERAS)
    if isinstance(activation, ActivationFunction):
        operation = activation.operation
        return Tensor(applied(run, operation, node, defaults(operation), module, activation.origin), KERAS)
    if type(activation) is Unknown:
        made = run.node(
            Op.UNKNOWN, "activation", (node,), shape=node.shape, module=module, location=module.location
        )
        return Tensor(made, KERAS)
    if isinstance(activation, LibraryClass):  # `activation=LeakyReLU`: the layer's class instead of one
        activation = run.call(activation, Args())
    return run.call(activation, Args([Tensor(node, KERAS)]))


def defaults(operation: Operation) -> dict[str, Fact[Any]]:
    """The options of a function that is given by name."""
    table = signature(operation.parameters)
    return {name: known(value) for name, value in table.defaults.items()}


def get_activation(run: Interpreter, args: Args) -> Value:
    """`keras.activations.get("relu")`"""
    value = args.positional[0] if args.positional else args.keywords.get("identifier", Unknown("identifier"))
    if isinstance(value, Const) and isinstance(value.value, str):
        operation = BY_NAME.get(value.value)
        if operation is not None:
            return ActivationFunction(f"keras.activations.{value.value}", operation).with_origin(value.origin)
    if isinstance(value, Const) and value.value in (None, "linear"):
        return LINEAR
    return value


def _same(run: Interpreter, args: Args) -> Value:
    return args.values()[0] if args.values() else Unknown("linear()")


LINEAR = Native("keras.activations.linear", _same)
LIBRARY.entries["keras.activations.linear"] = LINEAR
LIBRARY.function("keras.activations.get", "keras.activations.deserialize")(get_activation)
LIBRARY.function("keras.activations.serialize")(_same)
_TF = {
    "relu": "", "relu6": "", "leaky_relu": "alpha=0.2", "elu": "", "selu": "", "crelu": "", "gelu": "approximate=False",
    "silu": "", "swish": "", "sigmoid": "", "tanh": "", "softplus": "", "softsign": "", "softmax": "axis=-1",
    "log_softmax": "axis=-1",
}  # fmt: skip
for _name, _operation in BY_NAME.items():
    for _prefix in ("keras.activations", "keras.ops", "keras.backend"):
        LIBRARY.entries[f"{_prefix}.{_name}"] = ActivationFunction(f"{_prefix}.{_name}", _operation)
    if _name in ("gelu", "mish", "softshrink", "hardshrink", "tanhshrink", "sparsemax"):
        LIBRARY.entries[f"tensorflow_addons.activations.{_name}"] = LIBRARY.entries[
            f"keras.activations.{_name}"
        ]
    if _name in _TF:
        _op = _operation
        if _name in ("relu", "leaky_relu"):
            _op = Operation(
                Op.ACTIVATION,
                _operation.name,
                "alpha=0.2" if _name == "leaky_relu" else "",
                (),
                same,
                _operation.bounds,
            )
        LIBRARY.entries[f"tensorflow.nn.{_name}"] = ActivationFunction(f"tensorflow.nn.{_name}", _op)
for _name, _at in (("sigmoid", "math.sigmoid sigmoid"), ("tanh", "math.tanh tanh"), ("softplus", "math.softplus"),
                   ("softmax", "math.softmax"), ("log_sigmoid", "math.log_sigmoid nn.log_sigmoid"),
                   ("relu", "keras.backend.relu")):  # fmt: skip
    for _place in _at.split():
        if not _place.startswith("keras"):
            LIBRARY.entries[f"tensorflow.{_place}"] = ActivationFunction(
                f"tensorflow.{_place}", BY_NAME[_name]
            )
