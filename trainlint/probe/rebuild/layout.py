"""What moves dimensions: reshapes, flattening, permutations, padding."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from trainlint.facts.graph import Node
from trainlint.probe.case import Unbuildable
from trainlint.probe.rebuild.builder import Builder, Value
from trainlint.probe.rebuild.reading import known


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
