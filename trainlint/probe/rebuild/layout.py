"""What moves, cuts and joins: reshapes, indices, reductions, concatenations."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from trainlint.facts.graph import Node, Op
from trainlint.probe.case import Unbuildable
from trainlint.probe.rebuild.builder import Builder, Value, describe, known
from trainlint.probe.rebuild.shapes import ShapeError, cost, each


def plain(rank: int) -> tuple[int, ...]:
    """The layout of torch itself for so many dimensions without the batch."""
    return tuple(range(rank + 1))


def reshape(builder: Builder, node: Node) -> Value:
    """A change of layout."""
    value = builder.value(node.inputs[0])
    name = node.name
    if name in ("identity", "contiguous"):
        return value
    if name == "flatten":
        return _flatten(builder, node, value)
    if name in ("view", "reshape"):
        return _view(builder, node, value)
    if name in ("permute", "transpose", "swapaxes", "movedim"):
        return _moved(node, value)
    if name in ("squeeze", "unsqueeze"):
        return _thin(builder, node, value)
    if name == "pad":
        return _pad(builder, node, value)
    if name == "pixel_shuffle":
        return builder.emit(
            node, name, (builder.at_front(value, 1),), {"factor": known(node, "upscale_factor")}
        )
    if name == "expand" and node.shape is not None and len(node.shape) == len(value.axes) and value.plain:
        shape = tuple(
            -1 if n is None or n == old else n for n, old in zip(node.shape[1:], value.shape, strict=True)
        )
        return builder.emit(node, "expand", (value,), {"shape": shape})
    if name == "repeat" and builder.plan.keras and isinstance(known(node, "n"), int):
        wide = builder.emit(node, "unsqueeze", (value,), {"dim": 1})
        return builder.emit(None, "expand", (wide,), {"shape": (known(node, "n"), -1)})
    raise Unbuildable(f"{name} is not rebuilt")


def _flatten(builder: Builder, node: Node, value: Value) -> Value:
    start = 1 if builder.plan.keras else known(node, "start_dim", 1)
    end = known(node, "end_dim", -1)
    if not isinstance(start, int) or not isinstance(end, int):
        raise Unbuildable("the dimensions that are flattened are not known")
    rank = len(value.axes)
    first, last = start % rank, end % rank
    if first == 0:
        return _all_in_one(builder, node, value) if last + 1 == rank else _merged(value, last + 1)
    if first == last:
        return value
    value = builder.canonical(value)
    options = {"start_dim": first, "end_dim": last}
    return builder.emit(node, "flatten", (value,), options, plain(rank - 1 - (last - first)))


def _all_in_one(builder: Builder, node: Node, value: Value) -> Value:
    """Everything in one row: harmless where a sample is one number, and for losses that go by single numbers.

    Raises:
        Unbuildable: the batch is not the first dimension.
    """
    value = builder.canonical(value)
    if math.prod(value.shape) == 1:
        return builder.emit(node, "squeeze", (value,), {}, (0,))
    return Value(value.id, value.shape, (0,))


def _merged(value: Value, count: int) -> Value:
    """The batch and the dimensions behind it as one: nothing changes but what the program counts.

    Raises:
        Unbuildable: the features are merged as well.
    """
    if count == 1:
        return value
    if count >= len(value.axes) or 0 not in value.axes[:count]:
        raise Unbuildable("samples are merged with their features")
    return Value(value.id, value.shape, (0, *value.axes[count:]))


def _view(builder: Builder, node: Node, value: Value) -> Value:
    given = known(node, "shape", known(node, "target_shape", ()))
    if given is None:
        raise Unbuildable("the shape that code asks for is not known")
    wanted: list[Any] = list(given) if isinstance(given, tuple | list) else [given]
    if builder.plan.keras and node.module is not None:
        wanted = [None, *wanted]  # layers leave the batch out
    if not wanted:
        raise Unbuildable("the shape that code asks for is not known")
    if wanted == [-1]:
        return _all_in_one(builder, node, value)
    told = node.shape if node.shape is not None and len(node.shape) == len(wanted) else (None,) * len(wanted)
    value_rank = len(value.axes)
    inside = [_size(w, t) for w, t in zip(wanted[1:], told[1:], strict=True)]
    if (
        len(value.axes) == len(value.shape) + 1
        and len(wanted) < value_rank
        and _keeps_end(value, inside, value_rank)
    ):
        batch = wanted[0]
        if batch == -1 or (batch is None and all(n not in (None, -1) for n in inside)):
            return _merged(value, value_rank - len(inside))
    if len(value.axes) < len(value.shape) + 1:
        return _split_again(value, inside)
    value = builder.canonical(value)
    unknown = [i for i, n in enumerate(inside) if n is None or n == -1]
    if len(unknown) > 1:
        inside = _from_before(value, inside)
        unknown = [i for i, n in enumerate(inside) if n is None or n == -1]
        if len(unknown) > 1:
            raise Unbuildable("the shape that code asks for is not known")
    shape = tuple(-1 if i in unknown else n for i, n in enumerate(inside))
    if not shape:
        return _all_in_one(builder, node, value)
    return _reshaped(builder, node, value, shape)


def _size(wanted: Any, told: int | None) -> Any:
    return wanted if isinstance(wanted, int) and wanted != -1 else told if told is not None else wanted


def _keeps_end(value: Value, inside: Sequence[Any], rank: int) -> bool:
    """Whether the last sizes are as before, so that only the batch takes in others."""
    ends = [value.shape[a - 1] for a in value.axes[rank - len(inside) :] if a > 0]
    return len(ends) == len(inside) and all(n in (None, -1, e) for n, e in zip(inside, ends, strict=True))


def _split_again(value: Value, inside: Sequence[Any]) -> Value:
    """The batch apart from what had been merged with it."""
    if len(inside) == len(value.shape) and all(
        n in (None, -1, s) for n, s in zip(inside, value.shape, strict=True)
    ):
        return Value(value.id, value.shape, plain(len(value.shape)))
    raise Unbuildable("a change of layout of merged samples")


def _from_before(value: Value, inside: Sequence[Any]) -> list[Any]:
    """Sizes that are not known as those before, where the rank stays (`x.view(n, t, heads, -1)` has only new ones)."""
    return [
        value.shape[i] if n is None and i < len(value.shape) and any(m == -1 for m in inside) else n
        for i, n in enumerate(inside)
    ]


def _reshaped(builder: Builder, node: Node, value: Value, shape: tuple[int, ...]) -> Value:
    """With the sizes asked for; where widths were scaled down, the last one gives way."""
    fits = -1 in shape or math.prod(shape) == math.prod(value.shape)
    known_part = math.prod(n for n in shape if n != -1)
    if (not fits or math.prod(value.shape) % known_part) and not builder.plan.strict:
        free = len(shape) - 1 if len(shape) > 1 and -1 not in shape[:-1] else 0
        shape = tuple(-1 if i == free else n for i, n in enumerate(n for n in shape))
    return builder.emit(node, "reshape", (value,), {"shape": shape}, plain(len(shape)))


def _moved(node: Node, value: Value) -> Value:
    """Dimensions in another order: only the note of the layout changes."""
    rank = len(value.axes)
    if node.name == "permute":
        dims = known(node, "dims")
        if (
            isinstance(dims, tuple) and len(dims) == rank - 1 and 0 not in dims
        ):  # Keras counts from 1, without the batch
            dims = (0, *dims)
    else:
        pair = known(node, "dim0", -2), known(node, "dim1", -1)
        if not all(isinstance(d, int) and -rank <= d < rank for d in pair):
            raise Unbuildable("dimensions that change places are not known")
        dims = list(range(rank))
        a, b = pair[0] % rank, pair[1] % rank
        dims[a], dims[b] = dims[b], dims[a]
    if not isinstance(dims, tuple | list) or not all(isinstance(d, int) for d in dims):
        raise Unbuildable("dimensions that change places are not known")
    if sorted(d % rank for d in dims) != list(range(rank)):
        raise Unbuildable("dimensions that change places do not fit")
    return Value(value.id, value.shape, tuple(value.axes[d % rank] for d in dims))


def _thin(builder: Builder, node: Node, value: Value) -> Value:
    """Dimensions of size 1 come and go."""
    dim = known(node, "dim", known(node, "axis"))
    rank = len(value.axes)
    if node.name == "unsqueeze":
        if not isinstance(dim, int) or not -rank - 1 <= dim <= rank:
            raise Unbuildable("the dimension that unsqueeze adds is not known")
        value = builder.canonical(value)
        place = dim % (rank + 1)
        if place == 0:
            raise Unbuildable("a dimension before the batch")
        return builder.emit(node, "unsqueeze", (value,), {"dim": place}, plain(len(value.shape) + 1))
    if dim is None:
        value = builder.canonical(value)
        rest = sum(s != 1 for s in value.shape)
        return builder.emit(node, "squeeze", (value,), {}, plain(rest))
    place = value.axis(dim) if isinstance(dim, int) else 0
    if place == 0 or value.shape[place - 1] != 1:
        if place == 0:
            raise Unbuildable("squeeze of the batch")
        return value
    return dropped(builder, node, "squeeze", value, place, {"dim": place})


def dropped(
    builder: Builder, node: Node | None, op: str, value: Value, place: int, options: dict[str, Any]
) -> Value:
    """An operation after which one dimension (as rebuilt) is gone."""
    axes = tuple(a - (a > place) for a in value.axes if a != place)
    return builder.emit(node, op, (value,), options, axes)


def _pad(builder: Builder, node: Node, value: Value) -> Value:
    keras = builder.plan.keras
    given = known(node, "padding", known(node, "pad"))
    n = len(value.shape) - 1
    if isinstance(given, int):
        given = (given,) * (2 * n)
    elif isinstance(given, tuple) and all(
        isinstance(p, tuple) for p in given
    ):  # Keras: ((top, bottom), (left, right))
        given = tuple(p for pair in reversed(given) for p in pair)
    elif keras and isinstance(given, tuple):
        given = tuple(p for size in reversed(given) for p in (size, size))
    if not isinstance(given, tuple) or not all(isinstance(p, int) for p in given):
        raise Unbuildable("the padding is not known")
    value = builder.at_front(value, -1 if keras else 1)
    return builder.emit(node, "pad", (value,), {"pad": given})


# -- parts


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
