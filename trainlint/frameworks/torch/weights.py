"""Layers written by hand: products with a learned tensor, and torch.nn.functional's layers with explicit weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import TYPE_CHECKING, Any

from trainlint.facts.fact import Fact, known
from trainlint.facts.graph import Module, Node, Op, Parameter, Shape
from trainlint.frameworks.torch.tree import is_state
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


@dataclass(frozen=True, slots=True)
class Weights:
    """A learned tensor as a product sees it. turned: transposed; shape: before that; reshaped: it is another than its own;
    stacked: axes of one element stand before it."""

    parameter: Parameter
    turned: bool
    shape: Shape | None
    reshaped: bool = False
    stacked: bool = False


def weights_behind(value: Value) -> Weights | None:
    """The learned tensor that a value is, transposed or in another shape, or with a part of it masked; None for anything
    else."""
    if not isinstance(value, Tensor):
        return None
    node, turned, shaped = value.node, False, None
    while node.inputs and (node.op is Op.RESHAPE or (masked := _masked(node)) is not None):
        if node.op is not Op.RESHAPE:
            assert masked is not None
            node = masked
            continue
        if node.name in ("transpose", "permute"):
            turned = not turned
        elif node.name in ("reshape", "view"):
            shaped = shaped or node
        else:
            return None
        node = node.inputs[0]
    fact = node.options.get("parameter")
    if node.op is not Op.PARAMETER or fact is None or not isinstance(fact.value, Parameter):
        return None
    shape = shaped.shape if shaped is not None else fact.value.shape
    return Weights(fact.value, turned, shape, shaped is not None)


def _masked(node: Node) -> Node | None:
    """The learned tensor that a product multiplies with numbers that are drawn or given (DropConnect, masks of pruning)."""
    if node.op is not Op.MUL or len(node.inputs) != 2:
        return None
    learned = [n for n in node.inputs if n.op is Op.PARAMETER]
    others = [n for n in node.inputs if n.op is not Op.PARAMETER]
    return learned[0] if len(others) == 1 and _is_of(others[0], (Op.CONSTANT, Op.RANDOM)) else None


def _is_of_weights(node: Node) -> bool:
    """Whether a value is computed from weights and constants alone: the vectors of a power iteration."""
    return _is_of(node, (Op.PARAMETER, Op.CONSTANT, Op.RANDOM))


def _is_of(node: Node, leaves: tuple[Op, ...]) -> bool:
    """Whether a value is computed from nothing but these."""
    seen: set[int] = set()
    stack = [node]
    while stack and len(seen) < MOST_STEPS:
        at = stack.pop()
        if id(at) not in seen:
            seen.add(id(at))
            stack.extend(at.inputs)
            if not at.inputs and at.op not in leaves:
                return False
    return not stack


def _matrix_behind(value: Value) -> Weights | None:
    """A learned matrix; axes of one element may stand before it, for the samples."""
    found = weights_behind(value)
    if found is None or found.shape is None or len(found.shape) == 2:
        return found
    ahead, matrix = found.shape[:-2], found.shape[-2:]
    return replace(found, shape=matrix, stacked=True) if len(matrix) == 2 and set(ahead) == {1} else None


def made_from(node: Node) -> Parameter | None:
    """The layer's own weight that a computed one is made from: scaled, standardised, divided by its norm, modulated; or
    the mean of weights that are drawn in each pass, beside their spread (Bayes by Backprop, NoisyNet).

    A single matrix under another name is more often part of a formula (the gains of a divisive normalisation)."""
    found = [p for p in _matrices_behind(node, _FORMULA) if not is_state(p)]
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
    sides = _matrix_behind(left), _matrix_behind(right)
    if (sides[0] is None) == (sides[1] is None):
        return None
    found = sides[1] or sides[0]
    assert found is not None
    data = run.as_node(left if sides[1] is not None else right)
    if sides[0] is not None and data.op is Op.RESHAPE and data.name in ("transpose", "permute"):
        return None
    if found.reshaped and _is_of_weights(data):
        return None
    shape = found.shape
    if shape is not None and found.turned:
        shape = (shape[1], shape[0])
    rows_first = sides[1] is not None  # x @ W: W has one row for each input
    sizes = (None, None) if shape is None else (shape[0], shape[1])
    inner, outer = sizes if rows_first else reversed(sizes)
    options: dict[str, Fact[Any]] = {"bias": known(False)}
    options.update(
        {k: known(n) for k, n in (("in_features", inner), ("out_features", outer)) if n is not None}
    )
    result = matmul_shape(data.shape, shape) if rows_first else matmul_shape(shape, data.shape)
    if shape is None or found.stacked:
        result = None
    return affine(run, "linear", (data,), options, found.parameter, None, result)


def contraction(run: Interpreter, equation: str, operands: Sequence[Value]) -> Node | None:
    """`einsum("btd,dhe->bthe", x, W)`: a linear layer, where axes of the data give way to axes that only the learned
    tensor has, in their place or as the last ones; None for other products.

    `einsum("qd,btd->bqt", Q, x)` is none: learned queries are compared with x there.
    """
    terms, _, result = equation.replace(" ", "").replace("...", "").partition("->")
    sides = terms.split(",")
    found = [weights_behind(v) for v in operands]
    if len(sides) != 2 or len(found) != 2 or (found[0] is None) == (found[1] is None):
        return None
    at = 0 if found[0] is not None else 1
    weights, letters, data = found[at], sides[at], sides[1 - at]
    assert weights is not None
    inner = "".join(a for a in data if a in letters)
    outer = "".join(a for a in letters if a not in data)
    if not inner or not outer or inner not in data or any(a in result for a in inner):
        return None
    if result not in (data.replace(inner, outer), data.replace(inner, "") + outer):
        return None
    options: dict[str, Fact[Any]] = {"bias": known(False)}
    if not data.endswith(inner):
        options["mixes"] = known(True)  # places or heads, of which there are few, and not features
    if weights.shape is not None and len(weights.shape) == len(letters) and not weights.turned:
        sizes = dict(zip(letters, weights.shape, strict=True))
        for name, axes in (("in_features", inner), ("out_features", outer)):
            counts = [n for a in axes if (n := sizes[a]) is not None]
            if len(counts) == len(axes):
                options[name] = known(prod(counts))
    return affine(run, "linear", (run.as_node(operands[1 - at]),), options, weights.parameter, None, None)


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
