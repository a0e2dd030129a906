"""MobileNetV2."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    pooled,
    put,
    sequential,
    start,
    through,
    zero_biases,
)
from trainlint.semantics.objects import Instance
from trainlint.semantics.values import Const, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

SETTING = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)
"""(expansion, width, blocks, stride of the first) of each stage."""


def _inverted(run: Interpreter, instance: Instance, value: Value) -> Value:
    out = through(run, instance, value, ("conv",))
    skips = instance.attrs.get("use_res_connect")
    return add(run, instance, value, out) if isinstance(skips, Const) and skips.value else out


INVERTED = BlockClass("torchvision.models.mobilenetv2.InvertedResidual", _inverted)


def _normalised(
    run: Interpreter, wide: int, width: int, kernel: int, stride: int = 1, groups: int = 1
) -> Value:
    return sequential(run, [
        conv(run, wide, width, kernel, stride, kernel // 2, groups), layer(run, "BatchNorm2d", width),
        layer(run, "ReLU6", inplace=True),
    ])  # fmt: skip


def _block(run: Interpreter, wide: int, width: int, stride: int, expansion: int) -> Value:
    hidden = wide * expansion
    layers = [_normalised(run, wide, hidden, 1)] if expansion != 1 else []
    layers += [
        _normalised(run, hidden, hidden, 3, stride, hidden), conv(run, hidden, width, 1),
        layer(run, "BatchNorm2d", width),
    ]  # fmt: skip
    made = block(run, INVERTED, {"conv": sequential(run, layers)})
    run.set_instance_attribute(made, "use_res_connect", Const(stride == 1 and wide == width))
    return made


def _fill(run: Interpreter, instance: Instance, classes: Value, dropout: Value) -> None:
    features = [_normalised(run, 3, 32, 3, 2)]
    wide = 32
    for expansion, width, blocks, stride in SETTING:
        for number in range(blocks):
            features.append(_block(run, wide, width, 1 if number else stride, expansion))
            wide = width
    features.append(_normalised(run, wide, 1280, 1))
    head = [layer(run, "Dropout", p=dropout), layer(run, "Linear", 1280, classes)]
    put(run, instance, {"features": sequential(run, features), "classifier": sequential(run, head)})
    run.set_instance_attribute(instance, "last_channel", Const(1280))


def _init(run: Interpreter, instance: Instance) -> None:
    he(run, instance, nonlinearity="leaky_relu")
    for module in layers_of(instance, "linear"):
        start(run, module, "weight", "normal", mean=0.0, std=0.01)
    zero_biases(run, instance, "linear")


def _forward(run: Interpreter, instance: Instance, value: Value) -> Value:
    value = through(run, instance, value, ("features",))
    return through(run, instance, flatten(run, instance, pooled(run, instance, value)), ("classifier",))


NETWORKS = {"mobilenet_v2": Listed(_fill, _forward, _init, frozenset({"dropout"}), 0.2)}
