"""Activations that code writes out as products: Swish, Mish, GELU."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.graph import Node, Op

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

QUICK_GELU = 1.702
"""x * sigmoid(1.702 x) approximates GELU (Hendrycks & Gimpel 2016)."""
_ELEMENTWISE = frozenset({Op.ADD, Op.SUB, Op.MUL, Op.DIV, Op.POWER, Op.MATH, Op.CAST})
_DEEP = 8
"""Operations between x and the gate: tanh(sqrt(2 / pi) * (x + 0.044715 * x ** 3)) has five."""


def product(run: Interpreter, left: Node, right: Node) -> Node | None:
    """The activation that `left * right` is, as one operation on its input; None for any other product."""
    for gate, other in ((left, right), (right, left)):
        name = _swish(gate, other) or _mish(gate, other)
        if name:
            return _as_one(run, name, gate, other)
    factors = [*_factors(left, 2), *_factors(right, 2)]
    if len(factors) == 2:
        for gate, other in (factors, reversed(factors)):
            if _is_normal_cdf(gate, other):
                return _as_one(run, "gelu", gate, other)
    return None


def _as_one(run: Interpreter, name: str, gate: Node, x: Node) -> Node:
    """The activation; what its formula is made of is mathematics, and no activation of its own."""
    stack = [gate]
    while stack:
        node = stack.pop()
        if node is x or node.op not in (*_ELEMENTWISE, Op.ACTIVATION):
            continue
        if node.op is Op.ACTIVATION:
            node.op = Op.MATH
        stack.extend(node.inputs)
    return run.node(Op.ACTIVATION, name, (x,), shape=x.shape)


def _swish(gate: Node, x: Node) -> str:
    if gate.op is not Op.ACTIVATION or gate.name != "sigmoid" or not gate.inputs:
        return ""
    inner = gate.inputs[0]
    if inner is x:
        return "silu"
    if inner.op is Op.MUL and x in inner.inputs and len(inner.inputs) == 2:
        factor = inner.options.get("other")
        learned = any(n.op is Op.PARAMETER for n in inner.inputs)
        return "gelu" if factor is not None and factor.value == QUICK_GELU else "silu" if learned else ""
    return ""


def _mish(gate: Node, x: Node) -> str:
    """x * tanh(softplus(x))"""
    if gate.op is not Op.ACTIVATION or gate.name != "tanh" or not gate.inputs:
        return ""
    inner = gate.inputs[0]
    soft = inner.op is Op.ACTIVATION and inner.name == "softplus"
    return "mish" if soft and inner.inputs[:1] == (x,) else ""


def _factors(node: Node, deep: int) -> list[Node]:
    """What a product is made of, without numbers."""
    if node.op is Op.CONSTANT:
        return []
    if node.op is Op.MUL and deep:
        return [factor for source in node.inputs for factor in _factors(source, deep - 1)]
    if node.op is Op.DIV and deep and len(node.inputs) == 2 and node.inputs[1].op is Op.CONSTANT:
        return _factors(node.inputs[0], deep - 1)
    return [node]


def _is_normal_cdf(gate: Node, x: Node) -> bool:
    """1 + erf(...), or 1 + tanh(...), of x."""
    if gate.op is not Op.ADD or len(gate.inputs) != 2:
        return False
    terms = [n for n in gate.inputs if n.op is not Op.CONSTANT]
    if len(terms) != 1:
        return False
    curve = terms[0]
    known = (curve.op is Op.MATH and curve.name == "erf") or (
        curve.op is Op.ACTIVATION and curve.name == "tanh"
    )
    return known and all(_made_of(source, x, _DEEP) for source in curve.inputs)


def _made_of(node: Node, x: Node, deep: int) -> bool:
    """Whether it is a formula of x and numbers alone."""
    if node is x or node.op is Op.CONSTANT:
        return True
    return deep > 0 and node.op in _ELEMENTWISE and all(_made_of(s, x, deep - 1) for s in node.inputs)
