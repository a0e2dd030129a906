"""Statistics of tensors, and norms by function: which norm it is shows in what the statistics are taken over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.graph import Node, Op
from trainlint.facts.norms import UNTOLD_NORM
from trainlint.frameworks.keras.library import LIBRARY
from trainlint.frameworks.keras.operations import operand
from trainlint.frameworks.keras.tensor import KERAS
from trainlint.semantics.sequences import TupleValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_SAME = frozenset({Op.RESHAPE, Op.CAST, Op.INDEX, Op.DETACH})
"""What leaves a statistic the same but for its shape."""
_GROUPED = 5
"""Dimensions of images whose channels are parted into groups."""


@LIBRARY.function("tensorflow.nn.moments", "keras.ops.moments")
def _moments(run: Interpreter, args: Args) -> Value:
    """`moments(x, axes, shift=None, keepdims=False)`: mean and variance.

    Source: https://www.tensorflow.org/api_docs/python/tf/nn/moments
    """
    given = args.bind("x", "axes", "shift", "keepdims")
    words = args.keywords
    kept = given.get("keepdims") or words.get("keep_dims")
    data = [v for v in (operand(args), given.get("axes") or words.get("axis")) if v is not None]
    taken = Args(data, {} if kept is None else {"keepdims": kept})
    names = ("tensorflow.reduce_mean", "tensorflow.math.reduce_variance")
    return TupleValue([run.call(run.library_name(name), taken) for name in names])


@LIBRARY.function(
    "tensorflow.nn.batch_normalization", "keras.backend.batch_normalization", "keras.ops.batch_normalization"
)
def _normalised(run: Interpreter, args: Args) -> Value:
    """`batch_normalization(x, mean, variance, ...)`: statistics that code passes say which norm it is."""
    data = run.as_node(operand(args))
    mean = args.bind("x", "mean").get("mean")
    kind = (
        _kind(mean.node, len(data.shape) if data.shape is not None else None)
        if isinstance(mean, Tensor)
        else None
    )
    return Tensor(run.node(Op.NORM, kind or UNTOLD_NORM, (data,), {}, data.shape), KERAS)


def _kind(mean: Node, rank: int | None) -> str | None:
    """The norm that takes this mean away; None where that is not known."""
    while mean.op in _SAME and mean.inputs:
        mean = mean.inputs[0]
    if mean.op is Op.JOIN:
        kinds = {_kind(arm, rank) for arm in mean.inputs}
        return kinds.pop() if len(kinds) == 1 else None
    if mean.op is Op.PARAMETER:
        return "batchnorm"  # running statistics
    if mean.op is not Op.REDUCE or mean.name != "mean" or "dim" not in mean.options:
        return None
    over = mean.options["dim"].value
    axes = (over,) if isinstance(over, int) else over
    if not isinstance(axes, tuple | list) or not all(isinstance(axis, int) for axis in axes):
        return None
    return _over({axis + rank if axis < 0 and rank is not None else axis for axis in axes}, rank)


def _over(axes: set[int], rank: int | None) -> str | None:
    """The norm whose statistics are taken over these dimensions of data with channels last."""
    if 0 in axes:
        return "batchnorm"
    if rank is None:
        return "layernorm" if axes == {-1} else None
    last, places = rank - 1, set(range(1, rank - 1))
    if last not in axes:
        return "instancenorm" if axes and axes == places else None
    if axes == {last} or axes == {*places, last}:
        return "layernorm"
    return "groupnorm" if rank == _GROUPED else None
