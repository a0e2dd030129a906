"""ConvNeXt."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from trainlint.facts.graph import Op
from trainlint.frameworks.torch.layers import add_parameter
from trainlint.frameworks.torchvision.layers.build import (
    BlockClass,
    Listed,
    add,
    block,
    layer,
    layer_norm_2d,
    moved,
    operation,
    pooled,
    put,
    sequential,
    shape_of,
    start,
    through,
    trunc_normal,
)
from trainlint.semantics.objects import Instance
from trainlint.semantics.values import Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

INITIAL_SCALE = 1e-6


def _mixed(run: Interpreter, instance: Instance, value: Value) -> Value:
    out = through(run, instance, value, ("depthwise",))
    out = moved(run, instance, out, (0, 2, 3, 1))
    out = moved(run, instance, through(run, instance, out, ("norm", "wide", "act", "narrow")), (0, 3, 1, 2))
    scale = instance.attrs.get("layer_scale", Unknown("layer_scale"))
    out = operation(run, instance, Op.MUL, "mul", [scale, out], shape_of(out, 4))
    return add(run, instance, out, value)


CN_BLOCK = BlockClass("torchvision.models.convnext.CNBlock", _mixed)


def _block(run: Interpreter, width: int) -> Value:
    made = block(run, CN_BLOCK, {
        "depthwise": layer(run, "Conv2d", width, width, 7, padding=3, groups=width, bias=True),
        "norm": layer(run, "LayerNorm", width, eps=1e-6), "wide": layer(run, "Linear", width, 4 * width),
        "act": layer(run, "GELU"), "narrow": layer(run, "Linear", 4 * width, width),
    })  # fmt: skip
    add_parameter(run, made, "layer_scale", (width, 1, 1))
    start(run, made.data, "layer_scale", "constant", value=INITIAL_SCALE)
    return made


def _fill(
    widths: tuple[int, ...], depths: tuple[int, ...],
    run: Interpreter, instance: Instance, classes: Value, dropout: Value,
) -> None:  # fmt: skip
    stem = [layer(run, "Conv2d", 3, widths[0], 4, stride=4), layer_norm_2d(run, widths[0])]
    features = [sequential(run, stem)]
    for stage, (width, depth) in enumerate(zip(widths, depths, strict=True)):
        features.append(sequential(run, [_block(run, width) for _ in range(depth)]))
        if stage + 1 < len(widths):
            down = layer(run, "Conv2d", width, widths[stage + 1], 2, stride=2)
            features.append(sequential(run, [layer_norm_2d(run, width), down]))
    head = [
        layer_norm_2d(run, widths[-1]),
        layer(run, "Flatten", 1),
        layer(run, "Linear", widths[-1], classes),
    ]
    put(run, instance, {"features": sequential(run, features), "classifier": sequential(run, head)})


def _init(run: Interpreter, instance: Instance) -> None:
    trunc_normal(run, instance, ("conv", "linear"), 0.02)


def _forward(run: Interpreter, instance: Instance, value: Value) -> Value:
    value = through(run, instance, value, ("features",))
    return through(run, instance, pooled(run, instance, value), ("classifier",))


def _network(widths: tuple[int, ...], depths: tuple[int, ...]) -> Listed:
    return Listed(partial(_fill, widths, depths), _forward, _init, frozenset({"stochastic_depth_prob"}))


NETWORKS = {
    "convnext_tiny": _network((96, 192, 384, 768), (3, 3, 9, 3)),
    "convnext_small": _network((96, 192, 384, 768), (3, 3, 27, 3)),
    "convnext_base": _network((128, 256, 512, 1024), (3, 3, 27, 3)),
    "convnext_large": _network((192, 384, 768, 1536), (3, 3, 27, 3)),
}
