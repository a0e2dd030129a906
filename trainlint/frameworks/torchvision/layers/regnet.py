"""RegNet."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

from trainlint.facts.fact import Fact
from trainlint.frameworks.torchvision.layers.build import (
    BlockClass,
    Listed,
    add,
    block,
    conv,
    flatten,
    layer,
    layers_of,
    named,
    put,
    relu,
    sequential,
    start,
    through,
    zero_biases,
)
from trainlint.frameworks.torchvision.layers.efficient import SQUEEZE
from trainlint.semantics.objects import Instance
from trainlint.semantics.values import Const, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

Setting = tuple[int, int, float, float, int]
"""Depth, first width, slope of the widths, their step in the logarithm, width of a group."""


def _residual(run: Interpreter, instance: Instance, value: Value) -> Value:
    out = add(run, instance, through(run, instance, value, ("proj",)), through(run, instance, value, ("f",)))
    return through(run, instance, out, ("activation",))


BLOCK = BlockClass("torchvision.models.regnet.ResBottleneckBlock", _residual)


def _normalised(
    run: Interpreter, wide: int, width: int, kernel: int, stride: int = 1, groups: int = 1, acts: bool = True
) -> Value:
    layers = [conv(run, wide, width, kernel, stride, kernel // 2, groups), layer(run, "BatchNorm2d", width)]
    return sequential(run, [*layers, relu(run)] if acts else layers)


def _block(run: Interpreter, wide: int, width: int, stride: int, group: int, squeeze: float) -> Value:
    parts = {
        "a": _normalised(run, wide, width, 1),
        "b": _normalised(run, width, width, 3, stride, width // group),
    }
    if squeeze:
        inner = round(squeeze * wide)
        parts["se"] = block(run, SQUEEZE, {
            "fc1": conv(run, width, inner, 1, bias=True), "fc2": conv(run, inner, width, 1, bias=True),
            "activation": layer(run, "ReLU"), "scale_activation": layer(run, "Sigmoid"),
        })  # fmt: skip
    parts["c"] = _normalised(run, width, width, 1, acts=False)
    changes = wide != width or stride != 1
    proj = _normalised(run, wide, width, 1, stride, acts=False) if changes else Const(None)
    return block(run, BLOCK, {"proj": proj, "f": named(run, parts), "activation": relu(run)})


def _stages(setting: Setting) -> list[tuple[int, int, int]]:
    """(width, depth, width of a group) of each stage: the quantised widths of `BlockParams.from_init_params`."""
    depth, first, slope, step, group = setting
    widths: list[int] = []
    for number in range(depth):
        capacity = round(math.log((number * slope + first) / first) / math.log(step))
        widths.append(round(first * step**capacity / 8) * 8)
    found: list[tuple[int, int, int]] = []
    for width in dict.fromkeys(widths):
        narrow = min(group, width)
        fitting = max(narrow, int(width + narrow / 2) // narrow * narrow)
        fitting += narrow if fitting < 0.9 * width else 0
        found.append((fitting, widths.count(width), narrow))
    return found


def _fill(
    setting: Setting, squeeze: float, run: Interpreter, instance: Instance, classes: Value, dropout: Value
) -> None:
    wide, stages = 32, {}
    stem = _normalised(run, 3, wide, 3, 2)
    for stage, (width, depth, group) in enumerate(_stages(setting)):
        blocks = {}
        for number in range(depth):
            made = _block(run, wide, width, 1 if number else 2, group, squeeze)
            blocks[f"block{stage + 1}-{number}"] = made
            wide = width
        stages[f"block{stage + 1}"] = named(run, blocks)
    put(run, instance, {
        "stem": stem, "trunk_output": named(run, stages), "avgpool": layer(run, "AdaptiveAvgPool2d", (1, 1)),
        "fc": layer(run, "Linear", wide, classes),
    })  # fmt: skip


def _init(run: Interpreter, instance: Instance) -> None:
    for module in layers_of(instance, "conv"):
        start(run, module, "weight", "normal", mean=0.0, std=_deviation(module.options))
    for module in layers_of(instance, "linear"):
        start(run, module, "weight", "normal", mean=0.0, std=0.01)
    zero_biases(run, instance, "linear")


def _deviation(options: dict[str, Fact[object]]) -> float:
    kernel, width = options["kernel_size"].value, options["out_channels"].value
    assert isinstance(kernel, int) and isinstance(width, int)
    return math.sqrt(2.0 / (kernel * kernel * width))


def _forward(run: Interpreter, instance: Instance, value: Value) -> Value:
    value = through(run, instance, value, ("stem", "trunk_output", "avgpool"))
    return through(run, instance, flatten(run, instance, value), ("fc",))


SQUEEZED: dict[str, Setting] = {
    "400mf": (16, 48, 27.89, 2.09, 8), "800mf": (14, 56, 38.84, 2.4, 16), "1_6gf": (27, 48, 20.71, 2.65, 24),
    "3_2gf": (21, 80, 42.63, 2.66, 24), "8gf": (17, 192, 76.82, 2.19, 56), "16gf": (18, 200, 106.23, 2.48, 112),
    "32gf": (20, 232, 115.89, 2.53, 232), "128gf": (27, 456, 160.83, 2.52, 264),
}  # fmt: skip
PLAIN: dict[str, Setting] = {
    "400mf": (22, 24, 24.48, 2.54, 16), "800mf": (16, 56, 35.73, 2.28, 16), "1_6gf": (18, 80, 34.01, 2.25, 24),
    "3_2gf": (25, 88, 26.31, 2.25, 48), "8gf": (23, 80, 49.56, 2.88, 120), "16gf": (22, 216, 55.59, 2.1, 128),
    "32gf": (23, 320, 69.86, 2.0, 168),
}  # fmt: skip


def last_width(name: str) -> int:
    """How wide the features are that the head of a network takes."""
    family, _, size = name.removeprefix("regnet_").partition("_")
    return _stages((SQUEEZED if family == "y" else PLAIN)[size])[-1][0]


NETWORKS = {
    **{f"regnet_y_{n}": Listed(partial(_fill, s, 0.25), _forward, _init) for n, s in SQUEEZED.items()},
    **{f"regnet_x_{n}": Listed(partial(_fill, s, 0.0), _forward, _init) for n, s in PLAIN.items()},
}
