"""`.grad` of tensors: clearing, clipping and changing gradients by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trainlint.facts.events import EventKind
from trainlint.facts.fact import Fact, unknown
from trainlint.facts.graph import Node, Op, Parameter
from trainlint.facts.training import Clipping, ParameterSet
from trainlint.frameworks.torch import parameters
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


def gradient(run: Interpreter, tensor: Tensor) -> Tensor:
    """`tensor.grad`"""
    kept = tensor.cells.get("grad")
    if isinstance(kept, Tensor):
        return kept
    found = tensor.make(run.node(Op.CALL, "grad", (tensor.node,), shape=tensor.shape, attached=False))
    found.cells["grad_of"] = tensor.parameter
    if tensor.parameter is not None:
        tensor.cells["grad"] = found
    return found


def owner(tensor: Tensor) -> Parameter | None:
    """The parameter whose gradient a tensor is."""
    found = tensor.cells.get("grad_of")
    return found if isinstance(found, Parameter) else None


def changed_in_place(run: Interpreter, tensor: Tensor, name: str, args: Args) -> None:
    """`p.grad.zero_()`, `p.grad.clamp_(-1, 1)`, `p.grad.mul_(0.5)`"""
    parameter = owner(tensor)
    zero = name == "zero_" or (name == "fill_" and _is_zero(args.bind("value").get("value")))
    if zero:
        run.event(EventKind.ZERO_GRAD, parameter)
        return
    if name in ("clamp_", "clip_") and parameter is not None:
        bound = args.bind("min", "max")
        clipped(run, parameter, bound.get("max"))
    options: dict[str, Any] = {"how": name}
    if name in ("mul_", "*") and args.positional:
        factor = args.positional[0]
        limit = _norm_bound(factor)
        if limit is not None and parameter is not None:
            clipped(run, parameter, None, limit)
        elif not isinstance(factor, Const):
            options["factor"] = "unknown"
    run.event(EventKind.GRAD_CHANGE, parameter, **options)


def _norm_bound(factor: Value) -> Fact[Any] | None:
    """The bound in `bound / (norm + eps)`, where the norm is a gradient's; None if a factor is anything else."""
    if not isinstance(factor, Tensor):
        return None
    node = factor.node
    while node.op in (Op.CAST, Op.DETACH, Op.RESHAPE, Op.MATH) and node.inputs:
        if node.op is Op.MATH and node.name not in ("clamp", "clip", "min", "minimum"):
            return None
        node = node.inputs[0]
    if node.op is not Op.DIV or "reflected" not in node.options or not parameters.from_gradient(node):
        return None
    return node.options.get("other")


def assigned(run: Interpreter, tensor: Tensor, value: Value) -> None:
    """`p.grad = value`"""
    if isinstance(value, Const) and value.value is None:
        run.event(EventKind.ZERO_GRAD, tensor.parameter, how="none")
        return
    node = run.as_node(value)
    if tensor.parameter is not None and _clamped(node):
        clipped(run, tensor.parameter, None)
    run.event(EventKind.GRAD_CHANGE, tensor.parameter, how="assigned")


def _clamped(node: Node) -> bool:
    return node.op is Op.MATH and node.name == "clamp"


def _is_zero(value: Value | None) -> bool:
    return isinstance(value, Const) and value.value == 0


def clipped(
    run: Interpreter, parameter: Parameter, limit: Value | None, norm: Fact[Any] | None = None
) -> None:
    """One clipping for all parameters that one line of a loop clips; norm: the bound of their norms, if it is by these."""
    made: dict[object, Clipping] = run.memo.setdefault("torch.manual_clippings", {})
    key = (run.here, run.passes[:-1])
    if key in made:
        clipping = made[key]
        if all(p is not parameter for p in clipping.subject.parameters):
            clipping.subject = ParameterSet((*clipping.subject.parameters, parameter))
        return
    largest = run.number(limit, "max") if limit is not None else unknown("not given as a number")
    kind = "manual" if norm is None else "norm"
    clipping = made[key] = Clipping(kind, run.here, norm or largest, ParameterSet((parameter,)))
    run.program.clippings.append(clipping)
    run.event(EventKind.CLIP, clipping)
