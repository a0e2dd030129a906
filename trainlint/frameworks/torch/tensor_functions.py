"""Functions of tensors that are more than one row of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.graph import Op
from trainlint.frameworks.torch import reshaping, weights
from trainlint.frameworks.torch.activations import ACTIVATIONS
from trainlint.frameworks.torch.operations import (
    ELEMENTWISE,
    PRODUCTS,
    REDUCTIONS,
    Operation,
    apply,
    tensors_in,
)
from trainlint.semantics.library import Handler
from trainlint.semantics.named_values import NamedValues
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


def handler_of(operation: Operation) -> Handler:
    """The operation as a function of its arguments."""
    return lambda run, args: apply(run, operation, args)


def extreme(name: str) -> Handler:
    """max, min, median, mode: of all elements, along a dimension (with indices), or of two tensors."""
    values = REDUCTIONS[name]
    indices = Operation(Op.REDUCE, f"arg{name}", values.parameters, (), values.shape)
    pair = Operation(Op.MATH, {"max": "maximum", "min": "minimum"}.get(name, name), "other", ("other",))

    def handler(run: Interpreter, args: Args) -> Value:
        second = args.positional[1] if len(args.positional) > 1 else args.keywords.get("other")
        if isinstance(second, Tensor):
            return apply(run, pair, args)
        result = apply(run, values, args)
        if second is None and "dim" not in args.keywords and "axis" not in args.keywords:
            return result
        return NamedValues(("values", "indices"), [result, apply(run, indices, args)])

    return handler


def clamp(name: str) -> Handler:
    """clamp; one that only cuts off what is negative is ReLU."""
    base, relu = handler_of(ELEMENTWISE[name]), handler_of(ACTIVATIONS["relu"])

    def handler(run: Interpreter, args: Args) -> Value:
        bound = args.bind("input", "min", "max")
        low, high = bound.get("min"), bound.get("max", Const(None))
        zero = (
            isinstance(low, Const)
            and low.value is not None
            and not isinstance(low.value, str)
            and low.value == 0
        )
        if zero and isinstance(high, Const) and high.value is None:
            return relu(
                run, Args(args.positional[:1], {k: v for k, v in args.keywords.items() if k == "input"})
            )
        return base(run, args)

    return handler


def product(name: str) -> Handler:
    """A matrix product; with a matrix of weights, a linear layer."""
    base = handler_of(PRODUCTS[name])

    def handler(run: Interpreter, args: Args) -> Value:
        bound = args.bind("input", "other")
        if "input" in bound and "other" in bound:
            node = weights.product(run, bound["input"], bound["other"])
            if node is not None:
                return reshaping.tensor(node)
        return base(run, args)

    return handler


def einsum(run: Interpreter, args: Args) -> Value:
    """`torch.einsum("btd,dh->bth", x, W)`: a linear layer where one operand is learned, else a product."""
    equation = run.fact(args.positional[0]) if args.positional else None
    operands = [v for given in args.positional[1:] for v in tensors_in(given)]
    text = equation.value if equation is not None and isinstance(equation.value, str) else ""
    layer = weights.contraction(run, text, operands)
    if layer is not None:
        return reshaping.tensor(layer)
    options = {"equation": equation} if equation is not None else {}
    return reshaping.tensor(run.node(Op.MATMUL, "einsum", tuple(run.as_node(v) for v in operands), options))
