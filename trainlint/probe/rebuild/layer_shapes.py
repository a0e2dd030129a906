"""What layers make of shapes, the batch left out. Documentation: torch.nn, section of each layer."""

from __future__ import annotations

import math
from collections.abc import Sequence

from trainlint.probe.rebuild.dimensions import Options, Rule, Shape, axis, each, need, text


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
    need(shapes[0][len(shapes[0]) - len(wanted) :] == tuple(wanted), f"a norm of {wanted} on {text(shapes)}")
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


RULES: dict[str, Rule] = {
    "linear": _linear,
    "bilinear": lambda shapes, o: (*shapes[0][:-1], o["out_features"]),
    **{f"conv{n}d": _conv(n) for n in (1, 2, 3)},
    **{f"conv_transpose{n}d": _transposed(n) for n in (1, 2, 3)},
    **{f"{kind}_pool{n}d": _pool(n) for n in (1, 2, 3) for kind in ("max", "avg")},
    **{f"adaptive_{kind}_pool{n}d": _adaptive(n) for n in (1, 2, 3) for kind in ("max", "avg")},
    "embedding": _embedding, "rnn": _recurrent, "lstm": _recurrent, "gru": _recurrent, "attention": _attention,
    **{f"transformer_{kind}coder{end}": _block for kind in ("en", "de") for end in ("", "_layer")},
    "batchnorm": _channels("num_features"), "instancenorm": _channels("num_features"),
    "groupnorm": _channels("num_channels"), "layernorm": _normalized, "rmsnorm": _normalized, "glu": _glu,
    "upsample": _upsampled, "pixel_shuffle": _pixel_shuffle,
}  # fmt: skip
