"""What each operation makes of shapes, the batch left out. Documentation: torch.nn, section of each layer."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from trainlint.probe.operations import ACTIVATIONS, NORMS, OPERATIONS, REGULARISERS

Shape = tuple[int, ...]
Options = Mapping[str, Any]
Rule = Callable[[Sequence[Shape], Options], Shape]


class ShapeError(ValueError):
    """Shapes that do not fit an operation."""


def infer(op: str, options: Options, shapes: Sequence[Shape]) -> Shape:
    """The shape of a result.

    Raises:
        ShapeError: the operation cannot be applied to such shapes, or nothing would be left.
    """
    if op not in OPERATIONS:
        raise ShapeError(f"no operation is called {op}")
    rule = _RULES.get(op)
    try:
        found = rule(shapes, options) if rule is not None else shapes[0]
    except (IndexError, TypeError, KeyError, ZeroDivisionError) as error:
        raise ShapeError(f"{op} on {_text(shapes)}: {error}") from None
    if any(size < 1 for size in found):
        raise ShapeError(f"{op} on {_text(shapes)} leaves nothing")
    return found


def _text(shapes: Sequence[Shape]) -> str:
    return " and ".join("x".join(map(str, s)) or "a number" for s in shapes)


def need(condition: bool, why: str) -> None:
    """Raise ShapeError unless the condition holds."""
    if not condition:
        raise ShapeError(why)


def axis(dim: int, rank: int) -> int:
    """Where a dimension of torch (batch counted, negative ones from the end) stands in a shape without batch.

    Raises:
        ShapeError: there is no such dimension, or it is the batch.
    """
    place = dim if dim >= 0 else dim + rank + 1
    need(1 <= place <= rank, f"dimension {dim} of {rank + 1}")
    return place - 1


def each(value: Any, count: int) -> tuple[int, ...]:
    """One number for each dimension."""
    return tuple(value) if isinstance(value, tuple | list) else (value,) * count


def _same_fits(name: str) -> Rule:
    def rule(shapes: Sequence[Shape], o: Options) -> Shape:
        shape = shapes[0]
        need(shape[-1] == o[name], f"{shape[-1]} features go into a layer that takes {o[name]}")
        return shape

    return rule


def _linear(shapes: Sequence[Shape], o: Options) -> Shape:
    shape = _same_fits("in_features")(shapes, o)
    return (*shape[:-1], o["out_features"])


def _conv(dims: int) -> Rule:
    def rule(shapes: Sequence[Shape], o: Options) -> Shape:
        shape = shapes[0]
        need(
            len(shape) == dims + 1, f"a convolution over {dims} dimensions takes {dims + 1}, not {len(shape)}"
        )
        need(
            shape[0] == o["in_channels"], f"{shape[0]} channels go into a layer that takes {o['in_channels']}"
        )
        groups = o.get("groups", 1)
        need(
            o["in_channels"] % groups == 0 and o["out_channels"] % groups == 0,
            "groups do not divide the channels",
        )
        padding = o.get("padding", 0)
        if padding == "same":
            return (o["out_channels"], *shape[1:])
        return (o["out_channels"], *_slid(shape[1:], {**o, "padding": 0 if padding == "valid" else padding}))

    return rule


def _slid(sizes: Shape, o: Options) -> Shape:
    n = len(sizes)
    kernel = each(o["kernel_size"], n)
    stride = each(o["stride"], n) if o.get("stride") is not None else (1,) * n
    padding, dilation = each(o.get("padding", 0), n), each(o.get("dilation", 1), n)
    up = math.ceil if o.get("ceil_mode") else math.floor
    return tuple(
        up((s + 2 * p - d * (k - 1) - 1) / t) + 1
        for s, k, t, p, d in zip(sizes, kernel, stride, padding, dilation, strict=True)
    )


def _transposed(dims: int) -> Rule:
    def rule(shapes: Sequence[Shape], o: Options) -> Shape:
        shape = shapes[0]
        need(len(shape) == dims + 1 and shape[0] == o["in_channels"], "channels do not fit")
        n = dims
        kernel, stride = each(o["kernel_size"], n), each(o.get("stride") or 1, n)
        padding, dilation = each(o.get("padding", 0), n), each(o.get("dilation", 1), n)
        extra = each(o.get("output_padding", 0), n)
        sizes = tuple(
            (s - 1) * t - 2 * p + d * (k - 1) + e + 1
            for s, k, t, p, d, e in zip(shape[1:], kernel, stride, padding, dilation, extra, strict=True)
        )
        return (o["out_channels"], *sizes)

    return rule


def _pool(dims: int) -> Rule:
    def rule(shapes: Sequence[Shape], o: Options) -> Shape:
        shape = shapes[0]
        need(len(shape) == dims + 1, f"pooling over {dims} dimensions takes {dims + 1}, not {len(shape)}")
        stride = o.get("stride")
        return (
            shape[0],
            *_slid(shape[1:], {**o, "stride": stride if stride is not None else o["kernel_size"]}),
        )

    return rule


def _adaptive(dims: int) -> Rule:
    def rule(shapes: Sequence[Shape], o: Options) -> Shape:
        shape = shapes[0]
        need(len(shape) == dims + 1, f"pooling over {dims} dimensions takes {dims + 1}, not {len(shape)}")
        sizes = each(o["output_size"], dims)
        return (
            shape[0],
            *(s if wanted is None else wanted for s, wanted in zip(shape[1:], sizes, strict=True)),
        )

    return rule


def _recurrent(shapes: Sequence[Shape], o: Options) -> Shape:
    shape = shapes[0]
    need(
        len(shape) == 2 and shape[-1] == o["input_size"],
        "a recurrent layer takes sequences of its input size",
    )
    directions = 2 if o.get("bidirectional") else 1
    returns = o.get("returns", "sequence")
    if returns == "hidden":
        return (directions * o.get("num_layers", 1), o["hidden_size"])
    wide = directions * o["hidden_size"]
    return (wide,) if returns == "last" else (shape[0], wide)


def _attention(shapes: Sequence[Shape], o: Options) -> Shape:
    need(all(len(s) == 2 for s in shapes), "attention takes sequences")
    need(shapes[0][-1] == o["embed_dim"], "attention takes its own width")
    need(o["embed_dim"] % o["num_heads"] == 0, "heads do not divide the width")
    return shapes[0]


def _block(shapes: Sequence[Shape], o: Options) -> Shape:
    need(
        all(len(s) == 2 and s[-1] == o["d_model"] for s in shapes),
        "a transformer takes sequences of its own width",
    )
    need(o["d_model"] % o["nhead"] == 0, "heads do not divide the width")
    return shapes[0]


def _embedding(shapes: Sequence[Shape], o: Options) -> Shape:
    return (*shapes[0], o["embedding_dim"])


def _channels(name: str) -> Rule:
    def rule(shapes: Sequence[Shape], o: Options) -> Shape:
        need(shapes[0][0] == o[name], f"{shapes[0][0]} channels go into a norm of {o[name]}")
        return shapes[0]

    return rule


def _normalized(shapes: Sequence[Shape], o: Options) -> Shape:
    wanted = each(o["normalized_shape"], 1)
    need(shapes[0][len(shapes[0]) - len(wanted) :] == tuple(wanted), f"a norm of {wanted} on {_text(shapes)}")
    return shapes[0]


def _glu(shapes: Sequence[Shape], o: Options) -> Shape:
    sizes = list(shapes[0])
    at = axis(o.get("dim", -1), len(sizes))
    need(sizes[at] % 2 == 0, "a gated unit halves an odd width")
    sizes[at] //= 2
    return tuple(sizes)


def _upsampled(shapes: Sequence[Shape], o: Options) -> Shape:
    shape = shapes[0]
    n = len(shape) - 1
    if o.get("size") is not None:
        return (shape[0], *each(o["size"], n))
    factors = o["scale_factor"]
    factors = factors if isinstance(factors, tuple) else (factors,) * n
    return (shape[0], *(math.floor(s * f) for s, f in zip(shape[1:], factors, strict=True)))


def _pixel_shuffle(shapes: Sequence[Shape], o: Options) -> Shape:
    c, *sizes = shapes[0]
    factor = o["factor"]
    need(c % factor ** len(sizes) == 0, "channels do not divide")
    return (c // factor ** len(sizes), *(s * factor for s in sizes))


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
            rest > 0 and total % rest == 0 and wanted.count(-1) == 1, f"{_text(shapes)} does not fit {wanted}"
        )
        wanted[wanted.index(-1)] = total // rest
    need(math.prod(wanted) == total, f"{_text(shapes)} does not fit {wanted}")
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
    need(len(rest) == 1, f"{_text(shapes)} cannot be joined along dimension {o['dim']}")
    return (*shapes[0][:at], sum(s[at] for s in shapes), *shapes[0][at + 1 :])


def _stacked(shapes: Sequence[Shape], o: Options) -> Shape:
    need(len(set(shapes)) == 1, f"{_text(shapes)} cannot be stacked")
    at = axis(o["dim"], len(shapes[0]) + 1)
    return (*shapes[0][:at], len(shapes), *shapes[0][at:])


def broadcast(shapes: Sequence[Shape]) -> Shape:
    """The shape of an elementwise result.

    Raises:
        ShapeError: sizes differ.
    """
    rank = max(len(s) for s in shapes)
    padded = [(1,) * (rank - len(s)) + tuple(s) for s in shapes]
    sizes = []
    for column in zip(*padded, strict=True):
        wide = {n for n in column if n != 1}
        need(len(wide) <= 1, f"{_text(shapes)} do not match")
        sizes.append(wide.pop() if wide else 1)
    return tuple(sizes)


def _product(shapes: Sequence[Shape], o: Options) -> Shape:
    a, b = shapes
    need(len(a) >= 2 and len(b) >= 2 and a[-1] == b[-2], f"{_text(shapes)} cannot be multiplied")
    return (*broadcast([a[:-2], b[:-2]]), a[-2], b[-1])


def _reduced(shapes: Sequence[Shape], o: Options) -> Shape:
    shape = shapes[0]
    dims = {axis(d, len(shape)) for d in each(o["dim"], 1)}
    if o.get("keepdim"):
        return tuple(1 if i in dims else s for i, s in enumerate(shape))
    return tuple(s for i, s in enumerate(shape) if i not in dims)


def _given(shapes: Sequence[Shape], o: Options) -> Shape:
    return tuple(o["shape"])


_RULES: dict[str, Rule] = {
    "linear": _linear,
    "bilinear": lambda shapes, o: (*shapes[0][:-1], o["out_features"]),
    **{f"conv{n}d": _conv(n) for n in (1, 2, 3)},
    **{f"conv_transpose{n}d": _transposed(n) for n in (1, 2, 3)},
    **{f"{kind}_pool{n}d": _pool(n) for n in (1, 2, 3) for kind in ("max", "avg")},
    **{f"adaptive_{kind}_pool{n}d": _adaptive(n) for n in (1, 2, 3) for kind in ("max", "avg")},
    "embedding": _embedding, "rnn": _recurrent, "lstm": _recurrent, "gru": _recurrent, "attention": _attention,
    **{f"transformer_{kind}coder{end}": _block for kind in ("en", "de") for end in ("", "_layer")},
    "parameter": _given, "constant": _given, "batchnorm": _channels("num_features"),
    "instancenorm": _channels("num_features"), "groupnorm": _channels("num_channels"),
    "layernorm": _normalized, "rmsnorm": _normalized, "glu": _glu, "upsample": _upsampled,
    "pixel_shuffle": _pixel_shuffle, "pad": _padded, "flatten": _flattened, "reshape": _reshaped, "permute": _permuted,
    "transpose": _swapped, "squeeze": _squeezed, "unsqueeze": _unsqueezed, "expand": _expanded, "repeat": _repeated,
    "select": _selected, "slice": _sliced, "concat": _concatenated, "stack": _stacked, "matmul": _product,
    **{name: lambda shapes, o: broadcast(shapes) for name in ("add", "sub", "mul", "div", "maximum", "minimum")},
    **{name: _reduced for name in OPERATIONS if name.startswith("reduce_")},
}  # fmt: skip
"""Operations that are not listed keep the shape of their first input."""

_KEPT = {*ACTIVATIONS, *NORMS, *REGULARISERS, "scale", "shift", "power", "clamp", "exp", "log", "log1p", "sqrt", "abs", "sin",
         "cos", "neg", "square", "detach"}  # fmt: skip
assert set(OPERATIONS) <= _KEPT | set(_RULES), set(OPERATIONS) - _KEPT - set(_RULES)


def cost(op: str, options: Options, before: Sequence[Shape], after: Shape) -> int:
    """Multiplications of one forward pass of one sample, roughly."""
    if op == "linear":
        return math.prod(after) * int(options["in_features"])
    if op.startswith("conv"):
        dims = int(op[-2])
        kernel = math.prod(each(options["kernel_size"], dims))
        wide = after if not op.startswith("conv_t") else before[0]
        narrow = options["in_channels"] if not op.startswith("conv_t") else options["out_channels"]
        return int(math.prod(wide) * kernel * narrow // options.get("groups", 1))
    if op in ("rnn", "lstm", "gru"):
        gates = {"rnn": 1, "lstm": 4, "gru": 3}[op] * (2 if options.get("bidirectional") else 1)
        hidden, layers = options["hidden_size"], options.get("num_layers", 1)
        return int(before[0][0] * gates * hidden * (options["input_size"] + hidden * (2 * layers - 1)))
    if op.startswith(("transformer", "attention")):
        steps, width = before[0]
        inner = options.get("dim_feedforward", 2048) if op.startswith("transformer") else 0
        each_layer = steps * width * (4 * width + 2 * steps + 2 * inner)
        return int(each_layer * options.get("num_layers", 1))
    return math.prod(after)
