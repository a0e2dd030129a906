"""Functions of numpy: tables of what each does to the data, and the few that need more."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from trainlint.facts.fact import Fact
from trainlint.facts.graph import Op
from trainlint.frameworks.numpy.array import METHOD_OPS, NUMPY, apply_method
from trainlint.frameworks.numpy.library import LIBRARY, tensors_in
from trainlint.frameworks.numpy.shapes import range_shape, shape_of, sizes
from trainlint.frameworks.torch.shapes import common
from trainlint.semantics.amounts import Real, is_number
from trainlint.semantics.library import Handler
from trainlint.semantics.sequences import DictValue, ListValue, TupleValue
from trainlint.semantics.tensors import Tensor, literal_shape
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

FUNCTION_OPS: dict[Op, str] = {
    Op.RESHAPE: "reshape ravel squeeze transpose expand_dims swapaxes moveaxis rollaxis atleast_1d atleast_2d tile "
    "repeat broadcast_to rot90 pad",
    Op.AUGMENT: "flip fliplr flipud roll",
    Op.CAST: "array asarray ascontiguousarray asanyarray copy float32 float64 float16 float_ int64 int32 uint8 "
    "asfarray nan_to_num squeeze_",
    Op.REDUCE: "mean std var sum min max amin amax argmin argmax median percentile quantile average prod any all ptp "
    "argsort count_nonzero nanmean nanstd unique cov corrcoef",
    Op.MATH: "log log1p log2 log10 exp expm1 sqrt square abs absolute clip round floor ceil sign sin cos tanh cumsum "
    "power cbrt maximum minimum rint interp",
    Op.CONCAT: "concatenate vstack hstack stack dstack column_stack row_stack append c_ r_",
    Op.INDEX: "take split array_split vsplit hsplit delete compress extract diff sort",
    Op.MATMUL: "dot matmul inner outer einsum tensordot",
    Op.COMPARE: "isnan isfinite isinf equal greater less logical_and logical_or logical_not isclose where_ isin",
    Op.ADD: "add",
    Op.SUB: "subtract",
    Op.MUL: "multiply",
    Op.DIV: "divide true_divide",
    Op.JOIN: "where",
}
"""What functions do to the data, by operation."""

SCALARS: dict[str, Callable[[float], float]] = {
    "sqrt": math.sqrt, "log": math.log, "exp": math.exp, "log2": math.log2, "log10": math.log10, "abs": abs,
    "floor": math.floor, "ceil": math.ceil, "round": round, "log1p": math.log1p,
}  # fmt: skip
OF_SEVERAL: dict[str, tuple[Callable[..., float], tuple[str, ...]]] = {
    "clip": (lambda a, low, high: min(max(a, low), high), ("a", "a_min", "a_max")),
    "minimum": (min, ("x1", "x2")),
    "maximum": (max, ("x1", "x2")),
    "power": (lambda base, exponent: float(base) ** exponent, ("x1", "x2")),
    "round": (round, ("a", "decimals")),
}
"""The same of several numbers, with the names of their parameters."""
QUESTIONS: dict[str, Callable[[float], bool]] = {
    "isnan": math.isnan, "isinf": math.isinf, "isfinite": math.isfinite,
}  # fmt: skip
FOLDS: dict[str, Callable[[list[float]], float]] = {
    "prod": math.prod, "sum": sum, "max": max, "amax": max, "min": min, "amin": min,
}  # fmt: skip
"""What is made of a plain sequence of numbers."""
CASTS = frozenset(FUNCTION_OPS[Op.CAST].split())
ARRAYS = frozenset(name for op in (Op.RESHAPE, Op.AUGMENT, Op.CONCAT) for name in FUNCTION_OPS[op].split())
"""What gives an array, whatever it is given."""


def _operation(op: Op, name: str) -> Handler:
    def handler(run: Interpreter, args: Args) -> Value:
        found = tensors_in(args.positional) or tensors_in(args.values())
        first = args.positional[0] if args.positional else None
        if not found:
            return _plain(run, op, name, args, first)
        rest = Args(args.positional[1:], args.keywords)
        if isinstance(first, Tensor) and name in METHOD_OPS:
            return apply_method(run, _array(first), op, name, rest)
        keeps = op in (Op.MATH, Op.AUGMENT) or name in CASTS
        shape = found[0].shape if keeps else shape_of(name, [t.shape for t in found], rest)
        if op is Op.CONCAT and getattr(first, "open", False):  # there may be more of them
            shape = common(shape, shape_of(name, [t.shape for t in (*found, found[-1])], rest))
        if name in CASTS and not isinstance(first, Tensor):
            op_here = Op.CONCAT
            return Tensor(run.node(op_here, name, tuple(t.node for t in found)), NUMPY)
        node = run.node(op, name, tuple(t.node for t in found), {}, shape)
        if name in ("split", "array_split", "vsplit", "hsplit"):
            return ListValue([Tensor(node, NUMPY)], open=True)
        if name == "unique" and len(args.keywords) > 0:
            return TupleValue([Tensor(node, NUMPY)], open=True)
        return Tensor(node, NUMPY)

    return handler


def _array(tensor: Tensor) -> Tensor:
    """The same data as an array (a table's or tensor's values)."""
    return Tensor(tensor.node, NUMPY)


def _plain(run: Interpreter, op: Op, name: str, args: Args, first: Value | None) -> Value:
    """A function of numbers and of sequences of numbers."""
    if isinstance(first, Const) and isinstance(first.value, int | float) and name in SCALARS | OF_SEVERAL:
        return _of_numbers(name, args, first)
    if isinstance(first, Const) and isinstance(first.value, int | float) and name in QUESTIONS:
        return Const(QUESTIONS[name](first.value))
    if isinstance(first, Const) and isinstance(first.value, int | float) and name in FOLDS:
        return first if len(args.values()) == 1 and not args.open else Unknown(f"numpy.{name}()")
    if isinstance(first, Const) and name in CASTS:
        whole = (
            isinstance(first.value, float) and name.startswith(("int", "uint")) and math.isfinite(first.value)
        )
        return Const(int(first.value), first.origin) if whole else first
    if isinstance(first, ListValue | TupleValue):
        if name in CASTS:
            options = {"value": run.fact(first)}
            return Tensor(run.node(Op.CONSTANT, "array", (), options, literal_shape(first)), NUMPY)
        if name in FOLDS and not first.open and len(args.values()) == 1:
            plain = [e.value for e in first.elements if isinstance(e, Const)]
            numbers = [n for n in plain if isinstance(n, int | float)]
            if len(numbers) == len(first.elements) and (numbers or name in ("prod", "sum")):
                return Const(FOLDS[name](numbers))
    if first is not None and name in CASTS | ARRAYS:
        return Tensor(run.node(Op.UNKNOWN, name, (run.as_node(first),)), NUMPY)
    if args.positional and name in SCALARS | OF_SEVERAL and all(is_number(v) for v in args.values()):
        return Real(f"numpy.{name}()")
    return Unknown(f"numpy.{name}()")


def _of_numbers(name: str, args: Args, first: Const) -> Value:
    """A function of known numbers, which gives one that counts as a plain one."""
    function, names = OF_SEVERAL.get(name) or (SCALARS[name], ("x",))
    bound = args.bind(*names)
    given = [v.value for v in bound.values() if isinstance(v, Const) and isinstance(v.value, int | float)]
    whole = len(given) == len(bound) == len(args.values()) and not args.open
    try:
        if whole:
            return Const(function(*given), first.origin)
    except (TypeError, ValueError, ArithmeticError):
        pass
    return Unknown(f"numpy.{name} of {first.value}")


def _filled(name: str) -> Handler:
    def handler(run: Interpreter, args: Args) -> Value:
        bound = args.bind("shape")
        like = args.positional[0] if args.positional and name.endswith("_like") else None
        shape = like.shape if isinstance(like, Tensor) else sizes(bound.get("shape"))
        return Tensor(run.node(Op.CONSTANT, name, (), {}, shape), NUMPY)

    return handler


def _reader(name: str) -> Handler:
    def handler(run: Interpreter, args: Args) -> Value:
        path = run.fact(args.bind("fname").get("fname"))
        return Tensor(run.node(Op.READ, name, (), {"path": path}, attached=False), NUMPY)

    return handler


def _isscalar(run: Interpreter, args: Args) -> Value:
    """`np.isscalar(x)`: numbers and texts are."""
    value = args.bind("element").get("element")
    if isinstance(value, Const):
        return Const(isinstance(value.value, bool | int | float | complex | str | bytes))
    if isinstance(value, ListValue | TupleValue | DictValue | Tensor):
        return Const(False)
    return Unknown("numpy.isscalar()")


def _eye(run: Interpreter, args: Args) -> Value:
    size = sizes(args.bind("N").get("N"))
    return Tensor(run.node(Op.CONSTANT, "eye", (), {}, size * 2 if size is not None else None), NUMPY)


def _ends(run: Interpreter, name: str, args: Args) -> dict[str, Fact[Any]]:
    """Where a range of numbers begins and ends, as torch's linspace and arange have it."""
    if name == "linspace":
        given = args.bind("start", "stop", "num")
        return {k: run.fact(given[n]) for k, n in (("start", "start"), ("end", "stop")) if n in given}
    if name == "arange":
        given = args.bind("start", "stop", "step")
        return {
            k: run.fact(given[n])
            for k, n in (("start", "start"), ("end", "stop"), ("step", "step"))
            if n in given
        }
    return {}


def _range(name: str) -> Handler:
    def handler(run: Interpreter, args: Args) -> Value:
        options = _ends(run, name, args)
        kind = name if name == "linspace" else "range"
        return Tensor(run.node(Op.CONSTANT, kind, (), options, range_shape(name, args)), NUMPY)

    return handler


for _op, _names in FUNCTION_OPS.items():
    for _name in _names.split():
        LIBRARY.function(f"numpy.{_name}")(_operation(_op, _name))
for _name in ("zeros", "ones", "full", "empty", "zeros_like", "ones_like", "full_like", "empty_like"):
    LIBRARY.function(f"numpy.{_name}")(_filled(_name))
for _name in ("arange", "linspace", "logspace", "meshgrid", "indices"):
    LIBRARY.function(f"numpy.{_name}")(_range(_name))
LIBRARY.function("numpy.eye", "numpy.identity")(_eye)
LIBRARY.function("numpy.isscalar")(_isscalar)
for _name, _format in (
    ("load", "npy"), ("loadtxt", "text"), ("genfromtxt", "csv"), ("fromfile", "binary"), ("memmap", "binary"),
    ("recfromcsv", "csv"),
):  # fmt: skip
    LIBRARY.function(f"numpy.{_name}")(_reader(_format))
for _name, _value in (
    ("pi", math.pi),
    ("e", math.e),
    ("inf", math.inf),
    ("nan", math.nan),
    ("newaxis", None),
):
    LIBRARY.constant(f"numpy.{_name}", _value)
