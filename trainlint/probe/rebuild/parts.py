"""What cuts and joins: indices, pieces, reductions, concatenations."""

from __future__ import annotations

from typing import Any

from trainlint.facts.graph import Node, Op
from trainlint.probe.case import Unbuildable
from trainlint.probe.rebuild.builder import Builder, Value
from trainlint.probe.rebuild.layout import dropped, plain
from trainlint.probe.rebuild.reading import describe, known
from trainlint.probe.rebuild.shapes import ShapeError, cost, each


def index(builder: Builder, node: Node) -> Value:
    """A part of a tensor, or a state of a recurrent layer."""
    source = node.inputs[0]
    if node.name in ("hidden", "cell", "state"):
        return _state(builder, node, source)
    value = builder.value(source)
    if node.name in ("chunk", "split", "unbind", "tensor_split"):
        return _piece(builder, node, value)
    if node.name in ("select", "narrow"):
        dim, start = known(node, "dim"), known(node, "index", known(node, "start"))
        place = value.axis(dim)
        if node.name == "select":
            return dropped(builder, node, "select", value, place, {"dim": place, "index": start})
        stop = start + known(node, "length")
        return builder.emit(node, "slice", (value,), {"dim": place, "start": start, "stop": stop})
    at = node.options.get("at")
    if at is None or not isinstance(at.value, tuple):
        raise Unbuildable(f"a part of a tensor that is not known ({node.name})")
    return _indexed(builder, node, value, at.value)


def _state(builder: Builder, node: Node, source: Node) -> Value:
    """The last hidden state: the layer's last step, or all layers and directions."""
    value = builder.value(source)
    layer = next((x for x in builder.layers if x.id == value.id), None)
    if layer is None or layer.op not in ("rnn", "lstm", "gru") or source.module is None:
        raise Unbuildable("a state of a recurrent layer")
    first = builder.shared.get(id(source.module), layer.id)
    before = next(v for v in builder.values.values() if v.id == layer.inputs[0])
    builder.cost -= cost(layer.op, layer.options, (before.shape,), value.shape)  # it runs once for both
    if builder.plan.keras:
        return builder.emit(
            node, layer.op, (before,), {**layer.options, "returns": "last"}, (0, 1), shares=first
        )
    return builder.emit(
        node, layer.op, (before,), {**layer.options, "returns": "hidden"}, (1, 0, 2), shares=first
    )


def _piece(builder: Builder, node: Node, value: Value) -> Value:
    dim, start = known(node, "dim", 0), node.options.get("start")
    if not isinstance(dim, int) or start is None or not isinstance(start.value, int):
        raise Unbuildable(f"pieces of a tensor ({node.name})")
    length = known(node, "length")
    place = value.axis(dim)
    if place == 0 or (length is None and node.name != "unbind"):
        raise Unbuildable(f"pieces of a tensor ({node.name})")
    if node.name == "unbind":
        return dropped(builder, node, "select", value, place, {"dim": place, "index": start.value})
    if builder.plan.divisor > 1:
        raise Unbuildable("pieces of a tensor whose width is scaled")
    return builder.emit(
        node, "slice", (value,), {"dim": place, "start": start.value, "stop": start.value + length}
    )


def _indexed(builder: Builder, node: Node, value: Value, at: tuple[Any, ...]) -> Value:
    """`x[:, -1]` and the like, from the last dimension to the first, so that the places before stay."""
    if "..." in at:
        middle = at.index("...")
        missing = len(value.axes) - sum(p is not None for p in at) + 1
        at = (*at[:middle], *(("slice", None, None, None),) * missing, *at[middle + 1 :])
    counted = [p for p in at if p is not None]
    if len(counted) > len(value.axes):
        raise ShapeError(f"{len(counted)} indices of a tensor of {len(value.axes)} dimensions")
    for dim in range(len(counted) - 1, -1, -1):
        part, place = counted[dim], value.axis(dim)
        if isinstance(part, int):
            if place == 0:
                raise Unbuildable("a single sample of the batch is taken out")
            value = dropped(builder, node, "select", value, place, {"dim": place, "index": part})
        elif part[1:] != (None, None, None):
            if place == 0:
                raise Unbuildable("a part of the batch is taken out")
            options = {"dim": place, "start": part[1] or 0, "stop": part[2], "step": part[3]}
            value = builder.emit(node, "slice", (value,), options)
    for position, part in enumerate(at):
        if part is None:
            value = builder.canonical(value)
            value = builder.emit(node, "unsqueeze", (value,), {"dim": position}, plain(len(value.shape) + 1))
    return value


# -- over dimensions

REDUCTIONS = {"mean": "mean", "sum": "sum", "max": "max", "amax": "max", "min": "min", "amin": "min", "std": "std", "norm": "norm",
              "logsumexp": "logsumexp", "reduce_mean": "mean", "reduce_sum": "sum", "reduce_max": "max"}  # fmt: skip


def reduce(builder: Builder, node: Node) -> Value:
    """A mean, sum or extreme over dimensions."""
    name = REDUCTIONS.get(node.name)
    if name is None:
        raise Unbuildable(f"{node.name} over a tensor is not rebuilt")
    value = builder.value(node.inputs[0])
    dim = known(node, "dim", known(node, "axis"))
    if dim is None:
        raise Unbuildable(f"{node.name} over all of a batch")
    dims = each(dim, 1)
    if not all(isinstance(d, int) for d in dims):
        raise Unbuildable(f"the dimension of {node.name} is not known")
    places = tuple(value.axis(d) for d in dims)
    if 0 in places:
        raise Unbuildable(f"{node.name} over the batch")
    keep = bool(known(node, "keepdim", known(node, "keepdims", False)))
    axes = (
        value.axes if keep else tuple(a - sum(p < a for p in places) for a in value.axes if a not in places)
    )
    return builder.emit(node, f"reduce_{name}", (value,), {"dim": places, "keepdim": keep}, axes)


def concat(builder: Builder, node: Node) -> Value:
    """Tensors side by side."""
    if node.name not in ("cat", "stack", "concat", "concatenate"):
        raise Unbuildable(f"{node.name} is not rebuilt")
    dim = known(node, "dim", known(node, "axis", -1 if builder.plan.keras else 0))
    if not isinstance(dim, int):
        raise Unbuildable(f"the dimension of {node.name} is not known")
    present = [builder.value(n) for n in node.inputs if builder.has(n)]
    if not present:
        raise Unbuildable("learned tensors are joined before data reaches them")
    reference = max(present, key=lambda v: len(v.shape))
    values = []
    for source in node.inputs:
        if not builder.has(source):
            values.append(_beside(builder, source, reference, dim))
            continue
        value = builder.value(source)
        values.append(value if value.axes == reference.axes else builder.canonical(value))
    if any(v.axes != values[0].axes for v in values):
        values = [builder.canonical(v) for v in values]
    if node.name == "stack":
        values = [builder.canonical(v) for v in values]
        place = dim % (len(values[0].axes) + 1)
        if place == 0:
            raise Unbuildable("tensors stacked before the batch")
        return builder.emit(node, "stack", values, {"dim": place}, plain(len(values[0].shape) + 1))
    place = values[0].axis(dim)
    if place == 0:
        raise Unbuildable("samples put into one batch")
    return builder.emit(node, "concat", values, {"dim": place}, values[0].axes)


def _beside(builder: Builder, node: Node, reference: Value, dim: int) -> Value:
    """Data that joins inside of the network."""
    if node.op in (Op.PARAMETER, Op.CONSTANT):
        raise Unbuildable("a learned tensor or constant is joined to the data")
    if node.shape is None or len(node.shape) != len(reference.axes):
        raise Unbuildable(f"the shape of what is joined to the data is not known ({describe(node)})")
    place = reference.axis(dim)
    own = node.shape[dim]
    if place == 0 or own is None:
        raise Unbuildable(f"the shape of what is joined to the data is not known ({describe(node)})")
    shape = tuple(own if i == place - 1 else s for i, s in enumerate(reference.shape))
    return builder.given(node, shape, place - 1, reference.axes)
