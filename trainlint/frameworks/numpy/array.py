"""numpy.ndarray: methods and attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trainlint.facts.fact import Fact
from trainlint.facts.graph import Op
from trainlint.frameworks.numpy.shapes import shape_of
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import ListValue, TupleValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

METHOD_OPS: dict[str, Op] = {
    **dict.fromkeys(
        ("reshape", "ravel", "flatten", "squeeze", "transpose", "swapaxes", "repeat", "resize", "view"),
        Op.RESHAPE,
    ),
    **dict.fromkeys(("astype", "copy", "tolist", "item", "byteswap", "tobytes"), Op.CAST),
    **dict.fromkeys(
        (
            "mean",
            "std",
            "var",
            "sum",
            "min",
            "max",
            "argmin",
            "argmax",
            "ptp",
            "prod",
            "any",
            "all",
            "argsort",
        ),
        Op.REDUCE,
    ),
    **dict.fromkeys(("clip", "round", "cumsum", "cumprod", "conj"), Op.MATH),
    **dict.fromkeys(("take", "compress", "diagonal"), Op.INDEX),
    "dot": Op.MATMUL,
}
"""What each method does to the data."""
KEEPS_SHAPE = frozenset({"astype", "copy", "clip", "round"})


class NumpyFlavor:
    """The flavor of numpy arrays."""

    name = "numpy.ndarray"
    types = ("numpy.ndarray", "object")
    keyed_by_value = True

    def attribute(self, run: Interpreter, tensor: Tensor, name: str) -> Value | None:
        if name == "shape":
            return shape_value(tensor)
        if name in ("T", "flat", "real"):
            shape = tensor.shape if name == "real" else shape_of(name, [tensor.shape], Args())
            return tensor.make(run.node(Op.RESHAPE, name, (tensor.node,), {}, shape))
        if name in ("ndim", "size", "dtype", "nbytes", "itemsize"):
            rank = len(tensor.shape) if tensor.shape is not None and name == "ndim" else None
            return Const(rank) if rank is not None else Unknown(f"{name} of an array")
        if name in ("sort", "fill", "partition", "setflags"):
            return Native(f"ndarray.{name}", lambda r, args: Const(None))
        op = METHOD_OPS.get(name)
        if op is None:
            return None
        return Native(f"ndarray.{name}", lambda r, args: apply_method(r, tensor, op, name, args))

    def item(self, run: Interpreter, tensor: Tensor, key: Value) -> Value | None:
        if tensor.node.op is Op.CONSTANT and tensor.node.name == "eye":
            return tensor.make(run.node(Op.ENCODE, "one_hot", (run.as_node(key),)))
        return None

    def set_item(self, run: Interpreter, tensor: Tensor, key: Value, value: Value) -> bool:
        """`a[key] = value`: the array may hold either from now on."""
        node = run.node(Op.JOIN, "assign_item", (tensor.node, run.as_node(value)), shape=tensor.shape)
        run.write(tensor.cells, "node", node)
        return True


def apply_method(run: Interpreter, tensor: Tensor, op: Op, name: str, args: Args) -> Value:
    """The result of an array's method."""
    inputs = [tensor.node, *(v.node for v in args.values() if isinstance(v, Tensor))]
    options = {key: run.fact(value) for key, value in args.bind("axis").items()} if op is Op.REDUCE else {}
    if name == "reshape":
        options["shape"] = _given_shape(args)
    shape = tensor.shape if name in KEEPS_SHAPE else shape_of(name, [tensor.shape], args)
    return tensor.make(run.node(op, name, tuple(inputs), options, shape))


def _given_shape(args: Args) -> Fact[Any]:
    """The sizes that `reshape(20, -1)` or `reshape((20, -1))` gives; None for those that are not known."""
    given = args.positional
    if len(given) == 1 and isinstance(given[0], TupleValue | ListValue):
        given = list(given[0].elements)
    sizes = tuple(v.value if isinstance(v, Const) else None for v in given)
    return Fact(sizes, given[0].origin if given else (), "", True)


def shape_value(tensor: Tensor) -> Value:
    """`array.shape` as a tuple where the rank is known."""
    if tensor.shape is None:
        return ListValue([], open=True)
    return TupleValue(
        [Const(n) if n is not None else Unknown("a size that is not known") for n in tensor.shape]
    )


NUMPY = NumpyFlavor()
