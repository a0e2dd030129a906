"""Tensors that code makes: constants, random numbers, placeholders, and weights outside of layers (tf.Variable)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.fact import Fact, known
from trainlint.facts.graph import Op
from trainlint.frameworks.keras.given_shapes import shape_of
from trainlint.frameworks.keras.initializers import Scheme, scheme_of
from trainlint.frameworks.keras.layers import new_weight
from trainlint.frameworks.keras.layout_ops import everywhere, in_packages
from trainlint.frameworks.keras.library import LIBRARY
from trainlint.frameworks.keras.operations import operand
from trainlint.frameworks.keras.tensor import KERAS, TENSOR_METHODS
from trainlint.frameworks.torch.parameters import initial
from trainlint.semantics.library import Handler
from trainlint.semantics.objects import LibraryClass
from trainlint.semantics.sequences import ListValue, TupleValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


_MADE: tuple[tuple[str, Op, str, dict[str, object]], ...] = (
    ("zeros", Op.CONSTANT, "zeros", {}),
    ("ones", Op.CONSTANT, "ones", {}),
    ("zeros_like", Op.CONSTANT, "zeros", {}),
    ("ones_like", Op.CONSTANT, "ones", {}),
    ("eye", Op.CONSTANT, "eye", {}),
    ("fill full", Op.CONSTANT, "full", {}),
    ("range arange linspace", Op.CONSTANT, "arange", {}),
    ("random_normal random.normal truncated_normal random.truncated_normal random_normal_variable", Op.RANDOM, "normal",
     {"mean": 0.0, "std": 1.0}),
    ("random_uniform random.uniform random_uniform_variable", Op.RANDOM, "uniform", {"low": 0.0, "high": 1.0}),
)  # fmt: skip
_RENAMED = {"stddev": "std", "minval": "low", "maxval": "high", "scale": "std"}


def _maker(op: Op, name: str, defaults: dict[str, object], like: bool) -> Handler:
    """like: the argument is a tensor of the same shape; else it is the shape, which may be a tensor of numbers."""

    def handler(run: Interpreter, args: Args) -> Value:
        keywords = {_RENAMED.get(k, k): v for k, v in args.keywords.items()}
        size, *rest = args.positional or [keywords.get("shape", keywords.get("dims", Unknown("shape")))]
        bound = Args(rest if args.positional else [], keywords).bind(
            *defaults, *(("value",) if name == "full" else ())
        )
        options: dict[str, Fact[object]] = {key: known(value) for key, value in defaults.items()}
        options.update({key: run.fact(value) for key, value in bound.items()})
        if isinstance(size, Tensor):
            shape = size.shape if like else None
        else:
            shape = shape_of(run, size)
        return Tensor(run.node(op, name, (), options, shape, attached=False), KERAS)

    return handler


for _words, _op, _name, _defaults in _MADE:
    LIBRARY.function(*everywhere(_words), *in_packages(_words.replace("random.", ""), "keras.random"))(
        _maker(_op, _name, _defaults, "_like" in _words)
    )


@LIBRARY.function(*everywhere("constant"))
def _constant(run: Interpreter, args: Args) -> Value:
    """tf.constant([...])"""
    value = operand(args)
    node = run.as_node(value)
    if node.op is not Op.CONSTANT:
        return Tensor(run.node(Op.CAST, "constant", (node,), {}, node.shape), KERAS)
    return Tensor(
        run.node(Op.CONSTANT, "number", (), {"value": run.fact(value)}, node.shape, attached=False), KERAS
    )


# -- learned tensors outside of layers


def variable(run: Interpreter, args: Args) -> Value:
    """tf.Variable(initial_value, trainable=True): a learned tensor, or a number that code changes."""
    bound = args.bind("initial_value", "trainable")
    given = bound.get("initial_value") or args.keywords.get("initializer") or args.keywords.get("value")
    given = given if given is not None else Unknown("the initial value")
    if not isinstance(given, Tensor | Const | ListValue | TupleValue | Unknown):
        given = run.call(given, Args())  # `lambda: tf.zeros(...)`
    source = run.as_node(given)
    init = initial(run, source)
    scheme = Scheme(init.scheme, dict(init.options)) if init is not None else None
    made = new_weight(run, "variable", source.shape, scheme, None, run.here)
    made.node.options["value"] = run.fact(given)
    trainable = bound.get("trainable")
    if trainable is not None and made.parameter is not None and trainable.truth(run) is not True:
        made.parameter.state["requires_grad"] = trainable.truth(run)
        made.node.attached = trainable.truth(run) is not False
    return made


LIBRARY.function("tensorflow.Variable", "keras.Variable", "keras.backend.variable")(variable)


@LIBRARY.function("tensorflow.get_variable")
def get_variable(run: Interpreter, args: Args) -> Value:
    """tf.get_variable(name, shape, initializer=...) of TensorFlow 1."""
    bound = args.bind("name", "shape", "dtype", "initializer", "regularizer", "trainable")
    shape = shape_of(run, bound["shape"]) if "shape" in bound else None
    made = new_weight(run, "variable", shape, scheme_of(run, bound.get("initializer")), None, run.here)
    trainable = bound.get("trainable")
    if trainable is not None and made.parameter is not None and trainable.truth(run) is not True:
        made.parameter.state["requires_grad"] = trainable.truth(run)
    return made


@LIBRARY.function("tensorflow.placeholder", "keras.backend.placeholder")
def placeholder(run: Interpreter, args: Args) -> Value:
    """tf.placeholder(dtype, shape): data that a session feeds."""
    bound = args.bind("dtype", "shape", "name")
    shape = shape_of(run, bound["shape"]) if "shape" in bound else None
    return Tensor(run.node(Op.INPUT, "placeholder", shape=shape, attached=False), KERAS)


def _numpy(run: Interpreter, tensor: Tensor, args: Args) -> Value:
    from trainlint.frameworks.numpy.array import NUMPY

    node = tensor.node
    made = run.node(Op.DETACH, "numpy", (node,), {}, node.shape, attached=False, low=node.low, high=node.high)
    return Tensor(made, NUMPY)


TENSOR_METHODS.setdefault("numpy", _numpy)
TENSOR_METHODS["set_shape"] = lambda run, tensor, args: Const(None)
TENSOR_METHODS["read_value"] = lambda run, tensor, args: tensor
TENSOR_METHODS["value"] = lambda run, tensor, args: tensor


LIBRARY.add(LibraryClass("keras.random.SeedGenerator"))
