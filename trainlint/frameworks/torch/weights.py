"""Layers written by hand: products with a learned tensor, and torch.nn.functional's layers with explicit weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trainlint.facts.fact import Fact, known
from trainlint.facts.graph import Module, Node, Op, Parameter, Shape
from trainlint.semantics.tensors import Tensor, matmul_shape
from trainlint.semantics.values import Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

MOST_STEPS = 64
"""Operations looked at to see what a weight was computed from; spectral normalisation by hand takes about twenty."""
_FORMULA = frozenset({
    Op.ADD, Op.SUB, Op.MUL, Op.DIV, Op.POWER, Op.MATH, Op.REDUCE, Op.RESHAPE, Op.CAST, Op.MATMUL, Op.NORM, Op.JOIN,
})  # fmt: skip
_SPREAD = frozenset({Op.ADD, Op.SUB, Op.MUL, Op.MATH, Op.POWER, Op.ACTIVATION, Op.CAST, Op.JOIN})
"""How weights are drawn: mean plus noise times a spread that is kept positive (softplus, exp)."""


def parameter_behind(value: Value) -> tuple[Parameter, bool] | None:
    """The matrix of weights that a value is, and whether transposed; None for anything else."""
    if not isinstance(value, Tensor):
        return None
    node, turned = value.node, False
    while node.op is Op.RESHAPE and node.name in ("transpose", "permute") and node.inputs:
        node, turned = node.inputs[0], not turned
    fact = node.options.get("parameter")
    if node.op is not Op.PARAMETER or fact is None or not isinstance(fact.value, Parameter):
        return None
    shape = fact.value.shape
    return (fact.value, turned) if shape is None or len(shape) == 2 else None


def made_from(node: Node) -> Parameter | None:
    """The layer's own weight that a computed one is made from: scaled, standardised, divided by its norm, modulated; or
    the mean of weights that are drawn in each pass, beside their spread (Bayes by Backprop, NoisyNet).

    A single matrix under another name is more often part of a formula (the gains of a divisive normalisation)."""
    found = _matrices_behind(node, _FORMULA)
    named = [p for p in found if p.name == "weight"]
    return (named[0] if len(named) == 1 else None) if named else _mean(_matrices_behind(node, _SPREAD))


def _mean(found: list[Parameter]) -> Parameter | None:
    """The first of two parameters of one shape that one module owns, of which the first is the mean."""
    if len(found) != 2 or found[0].shape is None or found[0].shape != found[1].shape:
        return None
    owner = found[0].module
    if owner is None or owner is not found[1].module or owner.op is not None:
        return None
    return next(p for p in owner.parameters.values() if p in found)


def _matrices_behind(node: Node, formula: frozenset[Op]) -> list[Parameter]:
    """The parameters of more than one dimension that a value is computed from by these operations."""
    found: dict[int, Parameter] = {}
    seen: set[int] = set()
    stack = [node]
    while stack and len(seen) < MOST_STEPS:
        at = stack.pop()
        if id(at) in seen:
            continue
        seen.add(id(at))
        fact = at.options.get("parameter")
        if at.op is Op.PARAMETER and fact is not None and isinstance(fact.value, Parameter):
            if fact.value.shape is None or len(fact.value.shape) > 1:
                found[id(fact.value)] = fact.value
        elif at.op in formula:
            stack.extend(at.inputs)
    return list(found.values())


def product(run: Interpreter, left: Value, right: Value) -> Node | None:
    """`x @ W` or `W @ x` for a matrix of weights: a linear layer; None if neither or both operands are one.

    `Q @ x.T` is none: learned queries are compared with x there.
    """
    sides = parameter_behind(left), parameter_behind(right)
    if (sides[0] is None) == (sides[1] is None):
        return None
    found = sides[1] or sides[0]
    assert found is not None
    parameter, turned = found
    data = run.as_node(left if sides[1] is not None else right)
    if sides[0] is not None and data.op is Op.RESHAPE and data.name in ("transpose", "permute"):
        return None
    shape = parameter.shape
    if shape is not None and turned:
        shape = (shape[1], shape[0])
    rows_first = sides[1] is not None  # x @ W: W has one row for each input
    sizes = (None, None) if shape is None else (shape[0], shape[1])
    inner, outer = sizes if rows_first else reversed(sizes)
    options: dict[str, Fact[Any]] = {"bias": known(False)}
    options.update(
        {k: known(n) for k, n in (("in_features", inner), ("out_features", outer)) if n is not None}
    )
    result = matmul_shape(data.shape, shape) if rows_first else matmul_shape(shape, data.shape)
    if shape is None:
        result = None
    return affine(run, "linear", (data,), options, parameter, None, result)


def affine(
    run: Interpreter,
    name: str,
    inputs: tuple[Node, ...],
    options: dict[str, Fact[Any]],
    weight: Parameter | None,
    bias: Parameter | None,
    shape: Shape | None,
    op: Op = Op.AFFINE,
) -> Node:
    """A node of a layer whose weights code passes itself."""
    module = layer_of(run, weight, bias, name, options, op) if weight is not None else None
    return run.node(
        op,
        name,
        inputs,
        options,
        shape,
        module=module,
        location=run.here,
        attached=run.grad_enabled is not False,
    )


def layer_of(
    run: Interpreter,
    weight: Parameter,
    bias: Parameter | None,
    name: str,
    options: dict[str, Fact[Any]],
    op: Op = Op.AFFINE,
) -> Module:
    """The layer that a learned tensor makes: its own module if that is a layer, else one for the tensor alone."""
    owner = weight.module
    if owner is not None and owner.op is op:
        return owner
    made: dict[int, tuple[Parameter, Module]] = run.memo.setdefault("torch.handmade", {})
    if id(weight) not in made:
        alone = owner is None or weight.name != "weight"
        qualname = "torch.nn.Parameter" if alone or owner is None else owner.qualname
        module = Module(qualname, weight.location, op, name, dict(options), {"weight": weight}, parent=owner)
        made[id(weight)] = (weight, module)
    module = made[id(weight)][1]
    if bias is not None:
        module.parameters["bias"] = bias
    return module


def finish(run: Interpreter) -> None:
    """Name the layers made by hand after where their weights stand."""
    for weight, module in run.memo.get("torch.handmade", {}).values():
        owner = weight.module
        module.state["training"] = owner.state.get("training") if owner is not None else None
        parts = [owner.path if owner is not None else "", weight.name if weight.name != "weight" else ""]
        module.path = ".".join(p for p in parts if p)
        if owner is not None:
            owner.children.setdefault(f"<{weight.name}>", module)
