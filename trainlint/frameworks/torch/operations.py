"""Operations on tensors as table rows: one row serves `torch.relu(x)`, `F.relu(x)`, `x.relu()` and `x.relu_()`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trainlint.facts.fact import Fact
from trainlint.facts.graph import Module, Node, Op, Shape
from trainlint.frameworks.signature import signature
from trainlint.frameworks.torch import handwritten
from trainlint.frameworks.torch import shapes as s
from trainlint.semantics.sequences import ListValue, TupleValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Origin, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

Bounds = tuple[float | None, float | None]
BoundsRule = Callable[[Bounds, Mapping[str, Any]], Bounds]


def unbounded(bounds: Bounds, options: Mapping[str, Any]) -> Bounds:
    """Nothing is known of the bounds."""
    return None, None


def kept(bounds: Bounds, options: Mapping[str, Any]) -> Bounds:
    """The bounds stay."""
    return bounds


def between(low: float | None, high: float | None) -> BoundsRule:
    """Always within these bounds."""
    return lambda bounds, options: (low, high)


def nonnegative(bounds: Bounds, options: Mapping[str, Any]) -> Bounds:
    """max(x, 0)"""
    low, high = bounds
    return max(low or 0.0, 0.0), None if high is None else max(high, 0.0)


@dataclass(frozen=True, slots=True)
class Operation:
    """What one operation does. parameters: its signature after the input; tensors: the further operands among
    them (recorded as inputs when they are tensors, as options when they are numbers)."""

    op: Op
    name: str
    parameters: str = ""
    tensors: tuple[str, ...] = ()
    shape: s.ShapeRule = s.same
    bounds: BoundsRule = unbounded


def plain(options: Mapping[str, Fact[Any]]) -> dict[str, Any]:
    """The options that are known, as bare values."""
    return {name: fact.value for name, fact in options.items() if fact.known}


def tensor_input(run: Interpreter, value: Value | None) -> Node:
    """The node of an operand."""
    return run.as_node(value if value is not None else Unknown("an argument that is not given"))


def first(args: Args) -> Value:
    """The tensor that a function works on."""
    if args.positional:
        return args.positional[0]
    given = next((args.keywords[k] for k in ("input", "self", "x") if k in args.keywords), None)
    return given if given is not None else Unknown("an argument that is not given")


def record(
    run: Interpreter,
    operation: Operation,
    inputs: tuple[Node, ...],
    options: dict[str, Fact[Any]],
    *,
    module: Module | None = None,
    shape: Shape | None = None,
    origin: Origin = (),
) -> Node:
    """A node of the operation with its shape and bounds worked out. A layer's node stands at its constructor."""
    known = plain(options)
    if shape is None:
        shape = operation.shape([n.shape for n in inputs], known) if inputs else None
    low, high = operation.bounds((inputs[0].low, inputs[0].high) if inputs else (None, None), known)
    location = module.location if module is not None else None
    return run.node(
        operation.op,
        operation.name,
        inputs,
        options,
        shape,
        module=module,
        location=location,
        low=low,
        high=high,
        origin=origin,
    )


def apply(run: Interpreter, operation: Operation, args: Args) -> Tensor:
    """The operation on its first argument; `inplace=True` also changes that argument."""
    from trainlint.frameworks.torch.tensor import TORCH

    table = signature(f"input, {operation.parameters}" if operation.parameters else "input")
    bound = table.bind(args)
    first = bound.get("input") or args.keywords.get("self") or args.keywords.get("x")
    inputs = [tensor_input(run, first)]
    taken = {"input"}
    for name in operation.tensors:
        value = bound.get(name)
        if value is not None and not isinstance(value, Const):
            inputs.append(run.as_node(value))
            taken.add(name)
    options = table.facts(run, bound, skip=taken)
    made = handwritten.product(run, *inputs) if operation.op is Op.MUL and len(inputs) == 2 else None
    node = made or record(run, operation, tuple(inputs), options)
    flag = options.get("inplace")
    if isinstance(first, Tensor) and flag is not None and flag.value is True and first.parameter is None:
        run.write(first.cells, "node", node)
        return first
    return Tensor(node, TORCH)


def tensors_in(value: Value | None) -> list[Value]:
    """The elements of a list or tuple of tensors."""
    if isinstance(value, TupleValue | ListValue):
        return list(value.elements)
    return [] if value is None else [value]


BINARY = "other, *, alpha=1, out=None"


def _binary(op: Op, name: str) -> Operation:
    return Operation(op, name, BINARY, ("other",), s.elementwise)


def _math(
    name: str,
    parameters: str = "*, out=None",
    bounds: BoundsRule = unbounded,
    *tensors: str,
) -> Operation:
    return Operation(Op.MATH, name, parameters, tensors, s.elementwise if tensors else s.same, bounds)


def _written(name: str, parameters: str, *tensors: str) -> Operation:
    """What is written into places of the input: `out.index_add_(0, owners, data)`."""
    return Operation(Op.MATH, name, parameters, tensors, s.same, unbounded)


def _reduce(name: str, parameters: str = "dim=None, keepdim=False, *, dtype=None, out=None") -> Operation:
    bounds = kept if name in ("mean", "max", "min", "median", "amax", "amin", "quantile") else unbounded
    return Operation(Op.REDUCE, name, parameters, (), s.reduced, bounds)


def _compare(name: str) -> Operation:
    return Operation(Op.COMPARE, name, "other=None, *, out=None", ("other",), s.elementwise)


_FUNCTIONS = """
log log2 log10 log1p expm1 neg negative reciprocal tan asin acos atan sinh cosh asinh acosh atanh erfinv floor ceil
round trunc frac erfc sinc i0 lgamma digamma nan_to_num angle real imag conj logit deg2rad rad2deg
"""
_COMPARISONS = """
eq ne lt le gt ge greater greater_equal less less_equal not_equal isclose logical_and logical_or logical_xor isin equal allclose isnan isinf isfinite logical_not
bitwise_not bitwise_and bitwise_or
"""


def _words(text: str) -> list[str]:
    return text.split()


POSITIVE = between(0.0, None)
UNIT = between(-1.0, 1.0)

ELEMENTWISE: dict[str, Operation] = {
    **{n: _binary(Op.ADD, "add") for n in ("add",)},
    **{n: _binary(Op.SUB, "sub") for n in ("sub", "subtract", "rsub")},
    **{n: _binary(Op.MUL, "mul") for n in ("mul", "multiply")},
    **{
        n: Operation(Op.DIV, "div", "other, *, rounding_mode=None, out=None", ("other",), s.elementwise)
        for n in ("div", "divide", "true_divide")
    },
    "addcmul": Operation(Op.ADD, "addcmul", "tensor1, tensor2, *, value=1", ("tensor1", "tensor2"), s.elementwise),
    "addcdiv": Operation(Op.ADD, "addcdiv", "tensor1, tensor2, *, value=1", ("tensor1", "tensor2"), s.elementwise),
    "lerp": Operation(Op.ADD, "lerp", "end, weight", ("end", "weight"), s.elementwise),
    "pow": Operation(Op.POWER, "pow", "exponent, *, out=None", ("exponent",), s.elementwise),
    "square": Operation(Op.POWER, "square", "", (), s.same, POSITIVE),
    "float_power": Operation(Op.POWER, "pow", "exponent", ("exponent",), s.elementwise),
    **{n: _math(n, bounds=POSITIVE) for n in ("exp", "abs", "absolute", "exp2")},
    **{n: _math(n, bounds=POSITIVE) for n in ("sqrt", "rsqrt")},
    **{n: _math(n, bounds=UNIT) for n in ("sin", "cos", "sign", "erf", "sgn")},
    **{
        n: _math(n)
        for n in _words(_FUNCTIONS)
    },
    **{n: _math("clamp", "min=None, max=None, *, out=None") for n in ("clamp", "clip")},
    "clamp_min": _math("clamp", "min"),
    "clamp_max": _math("clamp", "max"),
    **{n: _math(n, "other", unbounded, "other") for n in ("maximum", "minimum", "fmod", "remainder", "atan2")},
    **{n: _math(n, "other", unbounded, "other") for n in ("hypot", "logaddexp", "xlogy", "floor_divide", "fmax")},
    **{n: _math(n, "dim") for n in ("cumsum", "cumprod", "logcumsumexp", "diff")},
    **{n: _math(n, "diagonal=0") for n in ("tril", "triu")},
    **{n: _math(n, "mask, value", kept) for n in ("masked_fill",)},
    **{
        n: _written(n, "dim, index, src=None, value=None, *, reduce=None", "src", "value")
        for n in ("scatter", "scatter_add")
    },
    "scatter_reduce": _written("scatter_reduce", "dim, index, src, reduce, *, include_self=True", "src"),
    **{n: _written(n, "dim, index, source, *, alpha=1", "source") for n in ("index_add", "index_copy")},
    "index_reduce": _written("index_reduce", "dim, index, source, reduce, *, include_self=True", "source"),
    "index_put": _written("index_put", "indices, values, accumulate=False", "values"),
    "masked_scatter": _written("masked_scatter", "mask, source", "source"),
    "index_fill": _written("index_fill", "dim, index, value", "value"),
    **{n: _compare(n) for n in _words(_COMPARISONS)},
    }  # fmt: skip

_DIMENSION = "dim=None, keepdim=False, *, out=None"
REDUCTIONS: dict[str, Operation] = {
    **{
        n: _reduce(n)
        for n in (
            "mean",
            "sum",
            "prod",
            "nanmean",
            "nansum",
            "logsumexp",
            "all",
            "any",
            "numel",
        )
    },
    **{
        n: _reduce(n, _DIMENSION)
        for n in ("max", "min", "argmax", "argmin", "median", "mode", "amax", "amin")
    },
    **{n: _reduce(n, "dim=None, unbiased=True, keepdim=False, *, correction=1") for n in ("std", "var")},
    "norm": _reduce("norm", "p='fro', dim=None, keepdim=False, dtype=None"),
    "quantile": _reduce("quantile", "q, dim=None, keepdim=False"),
    "count_nonzero": _reduce("count_nonzero", "dim=None"),
    "dist": Operation(Op.REDUCE, "dist", "other, p=2", ("other",), s.unknown),
    "trace": _reduce("trace", ""),
    "bincount": _reduce("bincount", "weights=None, minlength=0"),
    "histc": _reduce("histc", "bins=100, min=0, max=0"),
}

PRODUCTS: dict[str, Operation] = {
    **{
        n: Operation(Op.MATMUL, n, "other, *, out=None", ("other",), s.matmul)
        for n in ("matmul", "mm", "spmm", "smm")
    },
    "bmm": Operation(Op.MATMUL, "bmm", "mat2, *, out=None", ("mat2",), s.matmul),
    **{
        n: Operation(Op.MATMUL, n, "other", ("other",), s.unknown)
        for n in ("mv", "dot", "inner", "outer", "ger")
    },
    **{n: Operation(Op.MATMUL, n, "other", ("other",), s.unknown) for n in ("kron", "tensordot", "cross")},
    **{
        n: Operation(Op.MATMUL, n, "mat1, mat2, *, beta=1, alpha=1", ("mat1", "mat2"), s.unknown)
        for n in ("addmm", "baddbmm", "addbmm", "addmv", "addr")
    },
    "cdist": Operation(Op.MATMUL, "cdist", "x2, p=2.0", ("x2",), s.unknown),
}
