"""What reshapes, parts, joins and reductions make of shapes, the batch left out."""

from __future__ import annotations

import math
from collections.abc import Sequence

from trainlint.probe.operations import OPERATIONS
from trainlint.probe.rebuild.dimensions import Options, Rule, Shape, axis, each, need, text


def _padded(shapes: Sequence[Shape], o: Options) -> Shape:
    sizes = list(shapes[0])
    for i in range(len(o["pad"]) // 2):
        sizes[-1 - i] += o["pad"][2 * i] + o["pad"][2 * i + 1]
    return tuple(sizes)


def _flattened(shapes: Sequence[Shape], o: Options) -> Shape:
    shape = shapes[0]
    if not shape:
        return (1,)
    first, last = axis(o.get("start_dim", 1), len(shape)), axis(o.get("end_dim", -1), len(shape))
    return (*shape[:first], math.prod(shape[first : last + 1]), *shape[last + 1 :])


def _reshaped(shapes: Sequence[Shape], o: Options) -> Shape:
    total, wanted = math.prod(shapes[0]), list(o["shape"])
    if -1 in wanted:
        rest = math.prod(n for n in wanted if n != -1)
        need(
            rest > 0 and total % rest == 0 and wanted.count(-1) == 1, f"{text(shapes)} does not fit {wanted}"
        )
        wanted[wanted.index(-1)] = total // rest
    need(math.prod(wanted) == total, f"{text(shapes)} does not fit {wanted}")
    return tuple(wanted)


def _permuted(shapes: Sequence[Shape], o: Options) -> Shape:
    dims = o["dims"]
    need(dims[0] == 0 and sorted(dims) == list(range(len(shapes[0]) + 1)), f"an order {dims} of dimensions")
    return tuple(shapes[0][d - 1] for d in dims[1:])


def _swapped(shapes: Sequence[Shape], o: Options) -> Shape:
    sizes = list(shapes[0])
    a, b = axis(o["dim0"], len(sizes)), axis(o["dim1"], len(sizes))
    sizes[a], sizes[b] = sizes[b], sizes[a]
    return tuple(sizes)


def _squeezed(shapes: Sequence[Shape], o: Options) -> Shape:
    shape = shapes[0]
    if o.get("dim") is None:
        return tuple(s for s in shape if s != 1)
    dims = {axis(d, len(shape)) for d in each(o["dim"], 1)}
    return tuple(s for i, s in enumerate(shape) if i not in dims or s != 1)


def _unsqueezed(shapes: Sequence[Shape], o: Options) -> Shape:
    at = axis(o["dim"], len(shapes[0]) + 1)
    return (*shapes[0][:at], 1, *shapes[0][at:])


def _expanded(shapes: Sequence[Shape], o: Options) -> Shape:
    need(len(o["shape"]) == len(shapes[0]), "an expansion to another rank")
    return tuple(s if wanted == -1 else wanted for s, wanted in zip(shapes[0], o["shape"], strict=True))


def _repeated(shapes: Sequence[Shape], o: Options) -> Shape:
    return tuple(s * n for s, n in zip(shapes[0], o["repeats"], strict=True))


def _selected(shapes: Sequence[Shape], o: Options) -> Shape:
    at = axis(o["dim"], len(shapes[0]))
    need(-shapes[0][at] <= o["index"] < shapes[0][at], "an index beyond the end")
    return (*shapes[0][:at], *shapes[0][at + 1 :])


def _sliced(shapes: Sequence[Shape], o: Options) -> Shape:
    at = axis(o["dim"], len(shapes[0]))
    size = len(range(shapes[0][at])[o["start"] : o.get("stop") : o.get("step")])
    return (*shapes[0][:at], size, *shapes[0][at + 1 :])


def _concatenated(shapes: Sequence[Shape], o: Options) -> Shape:
    at = axis(o["dim"], len(shapes[0]))
    rest = {(*s[:at], *s[at + 1 :]) for s in shapes}
    need(len(rest) == 1, f"{text(shapes)} cannot be joined along dimension {o['dim']}")
    return (*shapes[0][:at], sum(s[at] for s in shapes), *shapes[0][at + 1 :])


def _stacked(shapes: Sequence[Shape], o: Options) -> Shape:
    need(len(set(shapes)) == 1, f"{text(shapes)} cannot be stacked")
    at = axis(o["dim"], len(shapes[0]) + 1)
    return (*shapes[0][:at], len(shapes), *shapes[0][at:])


def _broadcast(shapes: Sequence[Shape]) -> Shape:
    """The shape of an elementwise result.

    Raises:
        ShapeError: sizes differ.
    """
    rank = max(len(s) for s in shapes)
    padded = [(1,) * (rank - len(s)) + tuple(s) for s in shapes]
    sizes = []
    for column in zip(*padded, strict=True):
        wide = {n for n in column if n != 1}
        need(len(wide) <= 1, f"{text(shapes)} do not match")
        sizes.append(wide.pop() if wide else 1)
    return tuple(sizes)


def _product(shapes: Sequence[Shape], o: Options) -> Shape:
    a, b = shapes
    need(len(a) >= 2 and len(b) >= 2 and a[-1] == b[-2], f"{text(shapes)} cannot be multiplied")
    return (*_broadcast([a[:-2], b[:-2]]), a[-2], b[-1])


def _reduced(shapes: Sequence[Shape], o: Options) -> Shape:
    shape = shapes[0]
    dims = {axis(d, len(shape)) for d in each(o["dim"], 1)}
    if o.get("keepdim"):
        return tuple(1 if i in dims else s for i, s in enumerate(shape))
    return tuple(s for i, s in enumerate(shape) if i not in dims)


def _given(shapes: Sequence[Shape], o: Options) -> Shape:
    return tuple(o["shape"])


RULES: dict[str, Rule] = {
    "parameter": _given, "constant": _given, "pad": _padded, "flatten": _flattened, "reshape": _reshaped,
    "permute": _permuted, "transpose": _swapped, "squeeze": _squeezed, "unsqueeze": _unsqueezed, "expand": _expanded,
    "repeat": _repeated, "select": _selected, "slice": _sliced, "concat": _concatenated, "stack": _stacked,
    "matmul": _product,
    **{name: lambda shapes, o: _broadcast(shapes) for name in ("add", "sub", "mul", "div", "maximum", "minimum")},
    **{name: _reduced for name in OPERATIONS if name.startswith("reduce_")},
}  # fmt: skip
