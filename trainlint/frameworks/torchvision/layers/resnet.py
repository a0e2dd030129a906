"""ResNet, ResNeXt and Wide ResNet."""

from __future__ import annotations

from functools import partial
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
    put,
    relu,
    sequential,
    through,
)
from trainlint.semantics.objects import Instance
from trainlint.semantics.values import Const, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


def _residual(names: tuple[str, ...]) -> BlockClass:
    kind = "Bottleneck" if "conv3" in names else "BasicBlock"

    def forward(run: Interpreter, instance: Instance, value: Value) -> Value:
        out = through(run, instance, value, names)
        shortcut = through(run, instance, value, ("downsample",))
        return through(run, instance, add(run, instance, out, shortcut), ("relu",))

    return BlockClass(f"torchvision.models.resnet.{kind}", forward)


BASIC = _residual(("conv1", "bn1", "relu", "conv2", "bn2"))
BOTTLENECK = _residual(("conv1", "bn1", "relu", "conv2", "bn2", "relu", "conv3", "bn3"))


def basic_block(run: Interpreter, wide: int, planes: int, stride: int, down: Value) -> Instance:
    """A BasicBlock."""
    return block(run, BASIC, {
        "conv1": conv(run, wide, planes, 3, stride, 1), "bn1": layer(run, "BatchNorm2d", planes), "relu": relu(run),
        "conv2": conv(run, planes, planes, 3, 1, 1), "bn2": layer(run, "BatchNorm2d", planes), "downsample": down,
    })  # fmt: skip


def bottleneck_block(
    run: Interpreter, wide: int, planes: int, stride: int, down: Value, groups: int, base: int
) -> Instance:
    """A Bottleneck."""
    width, out = int(planes * (base / 64)) * groups, planes * 4
    return block(run, BOTTLENECK, {
        "conv1": conv(run, wide, width, 1), "bn1": layer(run, "BatchNorm2d", width),
        "conv2": conv(run, width, width, 3, stride, 1, groups), "bn2": layer(run, "BatchNorm2d", width),
        "conv3": conv(run, width, out, 1), "bn3": layer(run, "BatchNorm2d", out),
        "relu": relu(run), "downsample": down,
    })  # fmt: skip


def shortcut(run: Interpreter, wide: int, out: int, stride: int) -> Value:
    """What a block is given for `downsample` where its output has another size."""
    return sequential(run, [conv(run, wide, out, 1, stride), layer(run, "BatchNorm2d", out)])


def _fill(
    depths: tuple[int, ...], groups: int, base: int, basic: bool,
    run: Interpreter, instance: Instance, classes: Value, dropout: Value,
) -> None:  # fmt: skip
    put(run, instance, {
        "conv1": conv(run, 3, 64, 7, 2, 3), "bn1": layer(run, "BatchNorm2d", 64), "relu": relu(run),
        "maxpool": layer(run, "MaxPool2d", kernel_size=3, stride=2, padding=1),
    })  # fmt: skip
    wide, growth = 64, 1 if basic else 4
    for stage, depth in enumerate(depths):
        planes, stages = 64 * 2**stage, []
        for number in range(depth):
            stride = 2 if stage and not number else 1
            down: Value = Const(None)
            if stride != 1 or wide != planes * growth:
                down = shortcut(run, wide, planes * growth, stride)
            stages.append(
                basic_block(run, wide, planes, stride, down)
                if basic
                else bottleneck_block(run, wide, planes, stride, down, groups, base)
            )
            wide = planes * growth
        put(run, instance, {f"layer{stage + 1}": sequential(run, stages)})
    put(
        run,
        instance,
        {"avgpool": layer(run, "AdaptiveAvgPool2d", (1, 1)), "fc": layer(run, "Linear", wide, classes)},
    )


def _forward(run: Interpreter, instance: Instance, value: Value) -> Value:
    body = ("conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3", "layer4", "avgpool")
    value = through(run, instance, value, body)
    return through(run, instance, flatten(run, instance, value), ("fc",))


def _network(depths: tuple[int, ...], groups: int = 1, base: int = 64, basic: bool = False) -> Listed:
    return Listed(
        partial(_fill, depths, groups, base, basic), _forward, he, frozenset({"zero_init_residual"})
    )


_DEEP = (3, 4, 23, 3)
NETWORKS = {
    "resnet18": _network((2, 2, 2, 2), basic=True),
    "resnet34": _network((3, 4, 6, 3), basic=True),
    "resnet50": _network((3, 4, 6, 3)),
    "resnet101": _network(_DEEP),
    "resnet152": _network((3, 8, 36, 3)),
    "resnext50_32x4d": _network((3, 4, 6, 3), 32, 4),
    "resnext101_32x8d": _network(_DEEP, 32, 8),
    "resnext101_64x4d": _network(_DEEP, 64, 4),
    "wide_resnet50_2": _network((3, 4, 6, 3), 1, 128),
    "wide_resnet101_2": _network(_DEEP, 1, 128),
}
