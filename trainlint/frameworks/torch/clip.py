"""Gradient clipping of torch.nn.utils."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.events import EventKind
from trainlint.facts.fact import unknown
from trainlint.facts.graph import Op
from trainlint.facts.training import Clipping, ParameterSet
from trainlint.frameworks.torch.library import LIBRARY
from trainlint.frameworks.torch.module import parameters_of
from trainlint.frameworks.torch.tensor import TORCH
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_PLACES = ("torch.nn.utils", "torch.nn.utils.clip_grad")


def record(run: Interpreter, kind: str, parameters: Value | None, bound: Value | None) -> Clipping | None:
    """Record one clipping call; None where the bound is infinite, which only measures the norm."""
    limit = (
        run.number(bound, "max_norm" if kind == "norm" else "clip_value") if bound else unknown("no bound")
    )
    if limit.value == float("inf"):
        return None
    subject = parameters_of(run, parameters) if parameters is not None else ParameterSet(complete=False)
    clipping = Clipping(kind, run.here, limit, subject)
    run.program.clippings.append(clipping)
    run.event(EventKind.CLIP, clipping)
    return clipping


def _norm(run: Interpreter) -> Tensor:
    """The total norm that clipping by norm returns."""
    return Tensor(run.node(Op.UNKNOWN, "gradient_norm", shape=(), low=0.0, attached=False), TORCH)


@LIBRARY.function(*(f"{p}.{n}" for p in _PLACES for n in ("clip_grad_norm_", "clip_grad_norm")))
def clip_grad_norm(run: Interpreter, args: Args) -> Value:
    """Scale all gradients together so that their total norm is at most max_norm."""
    given = args.bind("parameters", "max_norm", "norm_type", "error_if_nonfinite", "foreach")
    record(run, "norm", given.get("parameters"), given.get("max_norm"))
    return _norm(run)


@LIBRARY.function(*(f"{p}.clip_grads_with_norm_" for p in _PLACES))
def clip_with_norm(run: Interpreter, args: Args) -> Value:
    """The second half of clip_grad_norm_, with a norm worked out before."""
    given = args.bind("parameters", "max_norm", "total_norm", "foreach")
    record(run, "norm", given.get("parameters"), given.get("max_norm"))
    return Const(None)


@LIBRARY.function(*(f"{p}.get_total_norm" for p in _PLACES))
def total_norm(run: Interpreter, args: Args) -> Value:
    """The norm alone: nothing is clipped."""
    return _norm(run)


@LIBRARY.function(*(f"{p}.{n}" for p in _PLACES for n in ("clip_grad_value_", "clip_grad_value")))
def clip_grad_value(run: Interpreter, args: Args) -> Value:
    """Clamp each element of the gradients to [-clip_value, clip_value]."""
    given = args.bind("parameters", "clip_value", "foreach")
    record(run, "value", given.get("parameters"), given.get("clip_value"))
    return Const(None)
