"""EfficientNet, EfficientNetV2 and MobileNetV3: inverted residuals with squeeze and excitation."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from trainlint.facts.graph import Op
from trainlint.frameworks.torchvision.layers.build import (
    BlockClass,
    Listed,
    add,
    block,
    conv,
    flatten,
    he,
    layer,
    layers_of,
    operation,
    pooled,
    put,
    sequential,
    shape_of,
    start,
    through,
    zero_biases,
)
from trainlint.semantics.objects import Instance
from trainlint.semantics.values import Const, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


def _squeezed(run: Interpreter, instance: Instance, value: Value) -> Value:
    scale = through(
        run, instance, pooled(run, instance, value), ("fc1", "activation", "fc2", "scale_activation")
    )
    return operation(run, instance, Op.MUL, "mul", [scale, value], shape_of(value, 4))


def _residual(run: Interpreter, instance: Instance, value: Value) -> Value:
    out = through(run, instance, value, ("block",))
    skips = instance.attrs.get("use_res_connect")
    return add(run, instance, out, value) if isinstance(skips, Const) and skips.value else out


SQUEEZE = BlockClass("torchvision.ops.misc.SqueezeExcitation", _squeezed)
MB_CONV = BlockClass("torchvision.models.efficientnet.MBConv", _residual)


@dataclass(frozen=True)
class Stage:
    """Blocks of one kind. hidden: channels inside of each; act: class of torch.nn; squeeze: channels between the two
    layers of squeeze and excitation, 0 for none; fused: one convolution expands and filters."""

    kernel: int
    stride: int
    hidden: int
    width: int
    act: str
    squeeze: int
    fused: bool = False
    scale: str = "Sigmoid"


Norm = tuple[tuple[str, float], ...]
PLAIN: Norm = ()
SLOW: Norm = (("eps", 0.001), ("momentum", 0.01))
FINE: Norm = (("eps", 0.001),)


def divisible(width: float) -> int:
    """The nearest multiple of 8 that takes away no more than a tenth."""
    new = max(8, int(width + 4) // 8 * 8)
    return new + 8 if new < 0.9 * width else new


def _normalised(
    run: Interpreter, wide: int, width: int, kernel: int, stride: int, act: str | None, norm: Norm,
    groups: int = 1,
) -> Value:  # fmt: skip
    layers = [
        conv(run, wide, width, kernel, stride, (kernel - 1) // 2, groups),
        layer(run, "BatchNorm2d", width, **dict(norm)),
    ]
    if act is not None:
        layers.append(layer(run, act, inplace=True))
    return sequential(run, layers)


def _squeeze(run: Interpreter, stage: Stage) -> Value:
    inner = "ReLU" if stage.scale == "Hardsigmoid" else stage.act
    return block(run, SQUEEZE, {
        "fc1": conv(run, stage.hidden, stage.squeeze, 1, bias=True),
        "fc2": conv(run, stage.squeeze, stage.hidden, 1, bias=True),
        "activation": layer(run, inner, inplace=True), "scale_activation": layer(run, stage.scale),
    })  # fmt: skip


def _block(run: Interpreter, wide: int, stage: Stage, norm: Norm) -> Value:
    hidden, layers = stage.hidden, []
    if stage.fused:
        out = hidden if hidden != wide else stage.width
        layers.append(_normalised(run, wide, out, stage.kernel, stage.stride, stage.act, norm))
    else:
        if hidden != wide:
            layers.append(_normalised(run, wide, hidden, 1, 1, stage.act, norm))
        layers.append(_normalised(run, hidden, hidden, stage.kernel, stage.stride, stage.act, norm, hidden))
        if stage.squeeze:
            layers.append(_squeeze(run, stage))
    if not stage.fused or hidden != wide:
        layers.append(_normalised(run, hidden, stage.width, 1, 1, None, norm))
    made = block(run, MB_CONV, {"block": sequential(run, layers)})
    run.set_instance_attribute(made, "use_res_connect", Const(stage.stride == 1 and wide == stage.width))
    return made


def _forward(run: Interpreter, instance: Instance, value: Value) -> Value:
    value = through(run, instance, value, ("features",))
    return through(run, instance, flatten(run, instance, pooled(run, instance, value)), ("classifier",))


# -- EfficientNet

Row = tuple[bool, int, int, int, int, int, int]
"""(fused, expansion, kernel, stride, channels in, channels out, blocks)."""

_FIRST: tuple[Row, ...] = (
    (False, 1, 3, 1, 32, 16, 1), (False, 6, 3, 2, 16, 24, 2), (False, 6, 5, 2, 24, 40, 2),
    (False, 6, 3, 2, 40, 80, 3), (False, 6, 5, 1, 80, 112, 3), (False, 6, 5, 2, 112, 192, 4),
    (False, 6, 3, 1, 192, 320, 1),
)  # fmt: skip
_SECOND: dict[str, tuple[Row, ...]] = {
    "s": (
        (True, 1, 3, 1, 24, 24, 2), (True, 4, 3, 2, 24, 48, 4), (True, 4, 3, 2, 48, 64, 4),
        (False, 4, 3, 2, 64, 128, 6), (False, 6, 3, 1, 128, 160, 9), (False, 6, 3, 2, 160, 256, 15),
    ),
    "m": (
        (True, 1, 3, 1, 24, 24, 3), (True, 4, 3, 2, 24, 48, 5), (True, 4, 3, 2, 48, 80, 5),
        (False, 4, 3, 2, 80, 160, 7), (False, 6, 3, 1, 160, 176, 14), (False, 6, 3, 2, 176, 304, 18),
        (False, 6, 3, 1, 304, 512, 5),
    ),
    "l": (
        (True, 1, 3, 1, 32, 32, 4), (True, 4, 3, 2, 32, 64, 7), (True, 4, 3, 2, 64, 96, 7),
        (False, 4, 3, 2, 96, 192, 10), (False, 6, 3, 1, 192, 224, 19), (False, 6, 3, 2, 224, 384, 25),
        (False, 6, 3, 1, 384, 640, 7),
    ),
}  # fmt: skip


def _fill_efficient(
    rows: tuple[Row, ...], width: float, depth: float, last: int | None, norm: Norm,
    run: Interpreter, instance: Instance, classes: Value, dropout: Value,
) -> None:  # fmt: skip
    wide = divisible(rows[0][4] * width)
    features = [_normalised(run, 3, wide, 3, 2, "SiLU", norm)]
    for fused, expansion, kernel, stride, _, out, blocks in rows:
        stages = []
        for number in range(math.ceil(blocks * depth)):
            new, hidden = divisible(out * width), divisible(wide * expansion)
            squeeze = 0 if fused else max(1, wide // 4)
            stage = Stage(kernel, 1 if number else stride, hidden, new, "SiLU", squeeze, fused)
            stages.append(_block(run, wide, stage, norm))
            wide = new
        features.append(sequential(run, stages))
    final = last if last is not None else 4 * wide
    features.append(_normalised(run, wide, final, 1, 1, "SiLU", norm))
    head = [layer(run, "Dropout", p=dropout, inplace=True), layer(run, "Linear", final, classes)]
    put(run, instance, {
        "features": sequential(run, features), "avgpool": layer(run, "AdaptiveAvgPool2d", 1),
        "classifier": sequential(run, head),
    })  # fmt: skip


def _init_efficient(run: Interpreter, instance: Instance) -> None:
    he(run, instance, nonlinearity="leaky_relu")
    for module in layers_of(instance, "linear"):
        rows = (module.parameters["weight"].shape or (None,))[0]
        bound = 1 / math.sqrt(rows) if rows else None
        start(run, module, "weight", "uniform", **({"low": -bound, "high": bound} if bound else {}))
    for kind in ("conv", "linear"):
        zero_biases(run, instance, kind)


_OPTIONS = frozenset({"dropout", "stochastic_depth_prob"})


def _efficient(
    rows: tuple[Row, ...], width: float, depth: float, dropout: float, last: int | None, norm: Norm
) -> Listed:
    fill = partial(_fill_efficient, rows, width, depth, last, norm)
    return Listed(fill, _forward, _init_efficient, _OPTIONS, dropout)


# -- MobileNetV3

_LARGE = (
    (3, 16, 16, False, "ReLU", 1), (3, 64, 24, False, "ReLU", 2), (3, 72, 24, False, "ReLU", 1),
    (5, 72, 40, True, "ReLU", 2), (5, 120, 40, True, "ReLU", 1), (5, 120, 40, True, "ReLU", 1),
    (3, 240, 80, False, "Hardswish", 2), (3, 200, 80, False, "Hardswish", 1), (3, 184, 80, False, "Hardswish", 1),
    (3, 184, 80, False, "Hardswish", 1), (3, 480, 112, True, "Hardswish", 1), (3, 672, 112, True, "Hardswish", 1),
    (5, 672, 160, True, "Hardswish", 2), (5, 960, 160, True, "Hardswish", 1), (5, 960, 160, True, "Hardswish", 1),
)  # fmt: skip
_SMALL = (
    (3, 16, 16, True, "ReLU", 2), (3, 72, 24, False, "ReLU", 2), (3, 88, 24, False, "ReLU", 1),
    (5, 96, 40, True, "Hardswish", 2), (5, 240, 40, True, "Hardswish", 1), (5, 240, 40, True, "Hardswish", 1),
    (5, 120, 48, True, "Hardswish", 1), (5, 144, 48, True, "Hardswish", 1), (5, 288, 96, True, "Hardswish", 2),
    (5, 576, 96, True, "Hardswish", 1), (5, 576, 96, True, "Hardswish", 1),
)  # fmt: skip
"""(kernel, channels inside, channels out, squeeze and excitation, activation, stride) of each block."""


def _fill_mobile(
    rows: tuple[tuple[int, int, int, bool, str, int], ...], last: int,
    run: Interpreter, instance: Instance, classes: Value, dropout: Value,
) -> None:  # fmt: skip
    wide = 16
    features = [_normalised(run, 3, wide, 3, 2, "Hardswish", SLOW)]
    for kernel, hidden, width, squeezes, act, stride in rows:
        squeeze = divisible(hidden // 4) if squeezes else 0
        stage = Stage(kernel, stride, hidden, width, act, squeeze, scale="Hardsigmoid")
        features.append(_block(run, wide, stage, SLOW))
        wide = width
    features.append(_normalised(run, wide, 6 * wide, 1, 1, "Hardswish", SLOW))
    head = [
        layer(run, "Linear", 6 * wide, last), layer(run, "Hardswish", inplace=True),
        layer(run, "Dropout", p=dropout, inplace=True), layer(run, "Linear", last, classes),
    ]  # fmt: skip
    put(run, instance, {
        "features": sequential(run, features), "avgpool": layer(run, "AdaptiveAvgPool2d", 1),
        "classifier": sequential(run, head),
    })  # fmt: skip


def _init_mobile(run: Interpreter, instance: Instance) -> None:
    he(run, instance, nonlinearity="leaky_relu")
    for module in layers_of(instance, "linear"):
        start(run, module, "weight", "normal", mean=0.0, std=0.01)
    for kind in ("conv", "linear"):
        zero_biases(run, instance, kind)


_B = ((1.0, 1.0, 0.2), (1.0, 1.1, 0.2), (1.1, 1.2, 0.3), (1.2, 1.4, 0.3), (1.4, 1.8, 0.4), (1.6, 2.2, 0.4),
      (1.8, 2.6, 0.5), (2.0, 3.1, 0.5))  # fmt: skip
"""(width, depth, dropout) of EfficientNet B0 to B7."""
NETWORKS = {
    **{
        f"efficientnet_b{n}": _efficient(_FIRST, width, depth, dropout, None, SLOW if n >= 5 else PLAIN)
        for n, (width, depth, dropout) in enumerate(_B)
    },
    **{
        f"efficientnet_v2_{size}": _efficient(_SECOND[size], 1.0, 1.0, dropout, 1280, FINE)
        for size, dropout in (("s", 0.2), ("m", 0.3), ("l", 0.4))
    },
    "mobilenet_v3_large": Listed(
        partial(_fill_mobile, _LARGE, 1280), _forward, _init_mobile, frozenset({"dropout"}), 0.2
    ),
    "mobilenet_v3_small": Listed(
        partial(_fill_mobile, _SMALL, 1024), _forward, _init_mobile, frozenset({"dropout"}), 0.2
    ),
}
