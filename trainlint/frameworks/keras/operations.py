"""Functions of tensors as rows: one row serves tf.*, tf.math.*, keras.ops.*, keras.backend.* and a tensor's methods."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from trainlint.facts.graph import Module, Node, Op
from trainlint.frameworks.keras.library import LIBRARY
from trainlint.frameworks.keras.tensor import KERAS
from trainlint.frameworks.signature import signature
from trainlint.frameworks.torch.operations import (
    BoundsRule,
    Operation,
    between,
    kept,
    record,
    unbounded,
)
from trainlint.frameworks.torch.shapes import elementwise, reduced, same, unknown
from trainlint.frameworks.torch.weights import contraction, product
from trainlint.semantics.library import Handler
from trainlint.semantics.objects import Instance
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue, UnionValue
from trainlint.semantics.tensors import Tensor, matmul_shape
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

FIRST = (
    "x", "input", "input_tensor", "inputs", "tensor", "a", "x1", "value", "values", "features", "logits", "images",
    "image", "t", "params", "input_x", "condition", "arrays", "tensors",
)  # fmt: skip
"""What the operand of a function is called, here or there."""
OPTIONS = {
    "axis": "dim",
    "keepdims": "keepdim",
    "keep_dims": "keepdim",
    "reduction_indices": "dim",
    "dims": "dim",
}
"""Options under the names that the facts have for all libraries."""
EVERYWHERE = ("tensorflow", "keras.ops", "keras.backend")


def operand(args: Args) -> Value:
    """The tensor that a function works on, by position or by any of its names."""
    if args.positional:
        return args.positional[0]
    return next(
        (args.keywords[n] for n in FIRST if n in args.keywords), Unknown("an argument that is not given")
    )


def apply(run: Interpreter, operation: Operation, args: Args) -> Value:
    """One function of tensors. Parameters that name tensors are inputs, the others options."""
    parameters = f", {operation.parameters}" if operation.parameters else ""
    table = signature(f"first{parameters}")
    keywords = {OPTIONS.get(k, k): v for k, v in args.keywords.items()}
    bound = table.bind(Args(args.positional, keywords, args.open))
    bound["first"] = operand(args)
    inputs = [run.as_node(bound["first"])]
    taken = {"first"}
    for name in operation.tensors:
        if name in bound and not _is_number(bound[name]):
            inputs.append(run.as_node(bound[name]))
            taken.add(name)
        elif name in bound:
            bound["other"] = bound[name]
    options = table.facts(run, bound, skip=taken)
    if "other" in bound and "other" not in options:
        options["other"] = run.fact(bound["other"])
    return Tensor(record(run, operation, tuple(inputs), options), KERAS)


def _is_number(value: Value) -> bool:
    return isinstance(value, Const) and isinstance(value.value, int | float)


def register(names: str, operation: Operation, places: Iterable[str] = EVERYWHERE) -> None:
    """One row under each of its names in each of the packages."""

    def handler(run: Interpreter, args: Args) -> Value:
        return apply(run, operation, args)

    for name in names.split():
        for place in places:
            LIBRARY.function(f"{place}.{name}")(handler)


def _math(names: str, bounds: BoundsRule = unbounded, parameters: str = "", *tensors: str) -> None:
    for name in names.split():
        shape = elementwise if tensors else same
        register(name, Operation(Op.MATH, name, parameters, tensors, shape, bounds))


POSITIVE, UNIT = between(0.0, None), between(-1.0, 1.0)
_math("exp abs sqrt rsqrt", POSITIVE)
_math("sin cos sign erf", UNIT)
_math(
    "log log1p log2 log10 expm1 negative reciprocal tan asin acos atan sinh cosh asinh acosh atanh floor ceil round "
    "cumsum cumprod lgamma digamma nan_to_num real imag"
)
register("arcsin arccos arctan arctanh", Operation(Op.MATH, "arc", ""))
_math(
    "maximum minimum floor_divide mod floormod atan2 squared_difference divide_no_nan xlogy fmod",
    unbounded,
    "y",
    "y",
)


def _rectified(plain: Handler) -> Handler:
    def handler(run: Interpreter, args: Args) -> Value:
        values = args.values()
        zero = next((v for v in values if isinstance(v, Const) and v.value == 0), None)
        tensor = next((v for v in values if isinstance(v, Tensor)), None)
        if run.module_call is None or zero is None or tensor is None:  # in a loss it is a hinge
            return plain(run, args)
        node = tensor.node
        high = None if node.high is None else max(node.high, 0.0)
        return Tensor(run.node(Op.ACTIVATION, "relu", (node,), {}, node.shape, low=0.0, high=high), KERAS)

    return handler


for _place in EVERYWHERE:  # `K.maximum(x, 0)` in a layer is a relu
    _plain = LIBRARY.entries[f"{_place}.maximum"]
    assert isinstance(_plain, Native)
    LIBRARY.function(f"{_place}.maximum")(_rectified(_plain.function))
register("clip_by_value clip", Operation(Op.MATH, "clamp", "min=None, max=None"))
register("square", Operation(Op.POWER, "square", "", (), same, POSITIVE))
register("pow power", Operation(Op.POWER, "pow", "y", ("y",), elementwise))
for _names, _op, _word in (
    ("add", Op.ADD, "add"),
    ("subtract sub", Op.SUB, "sub"),
    ("multiply mul scalar_mul", Op.MUL, "mul"),
    ("divide truediv true_divide div realdiv", Op.DIV, "div"),
    ("bias_add", Op.ADD, "add"),
):
    register(_names, Operation(_op, _word, "y", ("y",), elementwise))
register("nn.bias_add", Operation(Op.ADD, "add", "y", ("y",), same), ("tensorflow",))
_COMPARISONS = """
equal not_equal less less_equal greater greater_equal logical_and logical_or logical_not logical_xor is_nan isnan isinf
isfinite is_finite is_inf
"""
for _name in _COMPARISONS.split():
    register(_name, Operation(Op.COMPARE, _name, "y=None", ("y",), elementwise))
for _name in ("mean", "sum", "max", "min", "prod", "std", "var", "variance", "logsumexp", "all", "any", "argmax", "argmin",
              "median", "count_nonzero"):  # fmt: skip
    _word = {"variance": "var"}.get(_name, _name)
    _reduction = Operation(
        Op.REDUCE,
        _word,
        "dim=None, keepdim=False",
        (),
        reduced,
        kept if _word in ("mean", "max", "min") else unbounded,
    )
    register(f"reduce_{_name}", _reduction, ("tensorflow",))
    register(_name, _reduction, ("keras.ops", "keras.backend"))
_TOTAL = Operation(Op.REDUCE, "argmax", "dim=None", (), reduced)
register("argmax arg_max", _TOTAL, ("tensorflow",))
register("argmin arg_min", Operation(Op.REDUCE, "argmin", "dim=None", (), reduced), ("tensorflow",))
register("nn.l2_loss", Operation(Op.REDUCE, "l2", "name=None", (), reduced, POSITIVE), ("tensorflow",))
register("norm", Operation(Op.REDUCE, "norm", "ord='euclidean', dim=None, keepdim=False", (), reduced))
register(
    "reduce_euclidean_norm",
    Operation(Op.REDUCE, "norm", "dim=None, keepdim=False", (), reduced),
    ("tensorflow",),
)
register("add_n", Operation(Op.ADD, "add", ""), ("tensorflow",))
register(
    "l2_normalize normalize",
    Operation(Op.MATH, "normalize", "dim=None"),
    ("tensorflow", "keras.backend", "keras.ops"),
)


def _product(run: Interpreter, args: Args) -> Value:
    """tf.matmul(a, b), keras.ops.matmul(x1, x2), K.dot(x, y)"""
    words = args.keywords
    left = (
        args.positional[0]
        if args.positional
        else next((words[n] for n in ("a", "x", "x1") if n in words), None)
    )
    right = args.positional[1] if len(args.positional) > 1 else None
    right = right if right is not None else next((words[n] for n in ("b", "y", "x2") if n in words), None)
    if left is None or right is None:
        return Unknown("matmul()")
    turned = any(
        n in words and words[n].truth(run) is not False for n in ("transpose_a", "transpose_b", "adjoint_b")
    )
    node = product(run, left, right) if not turned else None
    if node is not None:
        return Tensor(node, KERAS)
    inputs = run.as_node(left), run.as_node(right)
    shape = matmul_shape(inputs[0].shape, inputs[1].shape) if not turned else None
    return Tensor(run.node(Op.MATMUL, "matmul", inputs, {}, shape), KERAS)


LIBRARY.function(
    "tensorflow.matmul", "tensorflow.linalg.matmul", "keras.ops.matmul", "keras.ops.dot", "keras.backend.dot"
)(_product)
for _names in ("batch_dot", "linalg.matvec"):
    register(_names, Operation(Op.MATMUL, "matmul", "y=None", ("y",), unknown))


def _contracted(run: Interpreter, left: Value, right: Value, plain: bool) -> Value:
    """A product over the last axis of the data and the first of the weights is a linear layer's."""
    node = product(run, left, right) if plain else None
    if node is None:
        node = run.node(Op.MATMUL, "matmul", (run.as_node(left), run.as_node(right)))
    return Tensor(node, KERAS)


@LIBRARY.function("tensorflow.tensordot", "tensorflow.linalg.tensordot", "keras.ops.tensordot")
def _tensordot(run: Interpreter, args: Args) -> Value:
    """tf.tensordot(x, w, axes=1), axes=(-1, 0), axes=[[2], [0]]"""
    bound = args.bind("a", "b", "axes")
    axes = bound.get("axes")
    ends = [getattr(e, "elements", (e,)) for e in getattr(axes, "elements", ())]
    first_of_right = len(ends) == 2 and all(len(e) == 1 for e in ends) and _is(ends[1][0], 0)
    left, right = bound.get("a", Unknown("a")), bound.get("b", Unknown("b"))
    return _contracted(run, left, right, _is(axes, 1) or first_of_right)


@LIBRARY.function("tensorflow.einsum", "keras.ops.einsum")
def _einsum(run: Interpreter, args: Args) -> Value:
    """tf.einsum("btd,dh->bth", x, w)"""
    equation, *operands = args.positional or [Unknown("equation")]
    if len(operands) != 2:
        nodes = tuple(run.as_node(v) for v in operands) or (run.as_node(Unknown("operands")),)
        return Tensor(run.node(Op.MATMUL, "einsum", nodes), KERAS)
    text = equation.value if isinstance(equation, Const) and isinstance(equation.value, str) else ""
    data, _, rest = text.replace(" ", "").partition(",")
    weights, _, result = rest.partition("->")
    if len(weights) == 2 and data[-1:] == weights[0] and result == data[:-1] + weights[1]:
        return _contracted(run, operands[0], operands[1], True)
    node = contraction(run, text, operands)
    return Tensor(node, KERAS) if node is not None else _contracted(run, operands[0], operands[1], False)


def _is(value: Value | None, number: int) -> bool:
    return isinstance(value, Const) and type(value.value) is int and value.value == number


@LIBRARY.function("tensorflow.nn.xw_plus_b")
def _affine(run: Interpreter, args: Args) -> Value:
    """x @ w + b"""
    bound = args.bind("x", "weights", "biases")
    made = _product(run, Args([bound.get("x", Unknown("x")), bound.get("weights", Unknown("weights"))]))
    added = run.operate("+", made, bound.get("biases", Unknown("biases")))
    return added


def unmodelled(run: Interpreter, qualname: str, args: Args) -> Value | None:
    """A function without a model is a plain function of its tensors, unless a network or the like goes into it."""
    nodes: list[Node] = []
    if not all(_collect(value, nodes, 0) for value in args.values()):
        return None
    if not nodes:
        return Unknown(f"{qualname}()")
    return Tensor(run.node(Op.CALL, qualname.rsplit(".", 1)[-1], tuple(nodes)), KERAS)


def _collect(value: Value, nodes: list[Node], depth: int) -> bool:
    """Gather the tensors of an argument; False if it holds an object whose state a callee may change."""
    if isinstance(value, Tensor):
        nodes.append(value.node)
        return value.parameter is None
    if isinstance(value, Instance):
        return not isinstance(value.data, Module) and value.data is None
    inner: list[Value] = []
    if isinstance(value, TupleValue | ListValue):
        inner = list(value.elements)
    elif isinstance(value, DictValue):
        inner = [v for _, v in value.cells.values()]
    elif isinstance(value, UnionValue):
        inner = list(value.alternatives)
    return depth > 3 or all(_collect(v, nodes, depth + 1) for v in inner[:64])


def handler_of(name: str) -> Handler | None:
    """A function of tf.* by its name, for methods of the same name."""
    found = LIBRARY.entries.get(f"tensorflow.{name}") or LIBRARY.entries.get(f"keras.backend.{name}")
    function = getattr(found, "function", None)
    return function if callable(function) else None
