"""Sums, products, powers and functions of tensors, numbers and learned tensors."""

from __future__ import annotations

from typing import Any

from trainlint.facts.graph import Node, Op, Parameter
from trainlint.probe.case import Unbuildable
from trainlint.probe.rebuild.builder import USUAL_FEATURES, Builder, Value
from trainlint.probe.rebuild.initial import spec_of
from trainlint.probe.rebuild.reading import describe, known

BINARY = {Op.ADD: "add", Op.SUB: "sub", Op.MUL: "mul", Op.DIV: "div"}


def arithmetic(builder: Builder, node: Node) -> Value:
    """Sums, products and the like of tensors, numbers and learned tensors."""
    op = BINARY[node.op]
    if node.name in ("addcmul", "addcdiv", "lerp"):
        raise Unbuildable(f"{node.name} is not rebuilt")
    learned = [n for n in node.inputs if builder.has(n)]
    number = _number(node)
    if len(node.inputs) == 1 or (len(learned) == 1 and number is not None):
        return _with_number(builder, node, op, number)
    if not learned:
        raise Unbuildable("learned tensors that are computed with by themselves")
    reference = builder.value(max(learned, key=lambda n: len(builder.value(n).shape)))
    values = [_operand(builder, n, reference, op) for n in node.inputs]
    if node.op is Op.ADD and node.name == "average":
        total = builder.emit(node, op, values, axes=reference.axes)
        return builder.emit(None, "scale", (total,), {"factor": 1 / len(values)}, reference.axes)
    return builder.emit(node, op, values, axes=reference.axes)


def _operand(builder: Builder, node: Node, reference: Value, op: str) -> Value:
    """One side in the layout of the other."""
    if builder.has(node):
        value = builder.value(node)
        if value.axes == reference.axes or len(value.axes) != len(reference.axes):
            return value
        target = builder.canonical(value)
        return target if reference.plain else _like(builder, target, reference)
    if node.op is Op.PARAMETER or (node.op is Op.CAST and node.inputs and node.inputs[0].op is Op.PARAMETER):
        return parameter(builder, node, reference)
    if node.op is Op.CONSTANT or node.op is Op.RANDOM:
        builder.note(f"{describe(node)} is left out of a sum or product")
        neutral = 0.0 if op in ("add", "sub") else 1.0
        return builder.emit(node, "constant", (), {"shape": (), "value": neutral}, (0,))
    shape = reference.shape
    return builder.given(node, shape, None, reference.axes)


def _like(builder: Builder, value: Value, reference: Value) -> Value:
    order = [0] * len(reference.axes)
    for program, place in enumerate(reference.axes):
        order[place] = program
    made = builder.emit(None, "permute", (value,), {"dims": tuple(order)})
    return Value(made.id, made.shape, reference.axes)


def parameter(builder: Builder, node: Node, reference: Value) -> Value:
    """A learned tensor beside a batch: a leading 1 of the program's shape stands for the batch."""
    shape = node.shape
    if shape is None or None in shape:
        raise Unbuildable("the shape of a learned tensor is not known")
    sizes = tuple(s for s in shape if s is not None)
    if len(sizes) == len(reference.axes) and sizes[0] == 1:
        sizes = sizes[1:]
    source = node if node.op is Op.PARAMETER else node.inputs[0]
    fact = source.options.get("parameter")
    learned = fact.value if fact is not None and isinstance(fact.value, Parameter) else None
    if learned is None and source.module is not None:
        learned = source.module.parameters.get(source.name)
    return builder.parameter(source, learned, sizes)


def _number(node: Node) -> float | None:
    for name in ("other", "exponent"):
        fact = node.options.get(name)
        if fact is not None and isinstance(fact.value, int | float):
            return float(fact.value)
    return None


def _with_number(builder: Builder, node: Node, op: str, number: float | None) -> Value:
    source = next(n for n in node.inputs if builder.has(n))
    value = builder.value(source)
    if number is None:
        raise Unbuildable(f"a number in a {op} is not known")
    reflected = "reflected" in node.options
    if op == "add":
        return builder.emit(node, "shift", (value,), {"offset": number})
    if op == "sub":
        if not reflected:
            return builder.emit(node, "shift", (value,), {"offset": -number})
        return builder.emit(node, "shift", (builder.emit(None, "neg", (value,)),), {"offset": number})
    if op == "mul":
        return builder.emit(node, "scale", (value,), {"factor": number})
    if reflected:
        inverse = builder.emit(None, "power", (value,), {"exponent": -1.0})
        return builder.emit(node, "scale", (inverse,), {"factor": number})
    if number == 0:
        raise Unbuildable("a division by zero")
    return builder.emit(node, "scale", (value,), {"factor": 1 / number})


FUNCTIONS = {
    "exp": "exp", "log": "log", "log1p": "log1p", "sqrt": "sqrt", "abs": "abs", "absolute": "abs", "sin": "sin", "cos": "cos",
    "neg": "neg", "negative": "neg", "square": "square",
}  # fmt: skip


def mathematics(builder: Builder, node: Node) -> Value:
    """Functions of single values."""
    value = builder.value(next((n for n in node.inputs if builder.has(n)), node.inputs[0]))
    if node.op is Op.POWER:
        exponent = 2.0 if node.name == "square" else _number(node)
        if exponent is None:
            raise Unbuildable("an exponent is not known")
        return builder.emit(node, "power", (value,), {"exponent": exponent})
    if node.name == "clamp":
        return builder.emit(node, "clamp", (value,), {k: known(node, k) for k in ("min", "max")})
    if node.name in ("maximum", "minimum"):
        return builder.emit(node, node.name, [builder.value(n) for n in node.inputs])
    if node.name not in FUNCTIONS:
        raise Unbuildable(f"{node.name} is not rebuilt")
    return builder.emit(node, FUNCTIONS[node.name], (value,))


def matmul(builder: Builder, node: Node) -> Value:
    """A product with learned weights, or of two tensors."""
    if node.name == "einsum" or len(node.inputs) != 2:
        raise Unbuildable(f"{node.name} is not rebuilt")
    first, second = node.inputs
    if second.op is Op.PARAMETER or (
        second.op is Op.RESHAPE and second.inputs and second.inputs[0].op is Op.PARAMETER
    ):
        return _as_linear(builder, node, first, second)
    if not (builder.has(first) and builder.has(second)):
        raise Unbuildable("a product with a matrix that is not learned")
    a, b = builder.canonical(builder.value(first)), builder.canonical(builder.value(second))
    return builder.emit(node, "matmul", (a, b))


def _as_linear(builder: Builder, node: Node, data: Node, weight: Node) -> Value:
    source = weight if weight.op is Op.PARAMETER else weight.inputs[0]
    shape = source.shape
    if shape is None or len(shape) != 2:
        raise Unbuildable("the shape of a learned matrix is not known")
    wide, out = shape if weight is source else reversed(shape)
    fact = source.options.get("parameter")
    learned = fact.value if fact is not None and isinstance(fact.value, Parameter) else None
    if not builder.has(data):
        wide = wide or (data.shape[-1] if data.shape else None)
        if wide is None:
            wide = USUAL_FEATURES
            builder.note(f"{wide} features assumed")
        value = builder.given(data, (wide,), 0)
    else:
        value = builder.at_end(builder.value(data))
    options = {
        "in_features": builder.agree(wide, value.shape[-1], node),
        "out_features": builder.width(out, node),
        "bias": False,
    }
    more: dict[str, Any] = {}
    key = id(learned) if learned is not None else id(source)
    if key in builder.shared:
        more = {"shares": builder.shared[key]}
    elif learned is not None and learned.inits:
        more = {"inits": {"weight": spec_of(learned.inits[-1])}}
    made = builder.emit(node, "linear", (value,), options, **more)
    builder.shared.setdefault(key, made.id)
    return made
