"""torchvision.models.video: ResNets of 18 layers over space and time."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from trainlint.frameworks.torchvision.layers.build import (
    BlockClass,
    Listed,
    add,
    block,
    flatten,
    he,
    layer,
    layers_of,
    put,
    relu,
    sequential,
    start,
    through,
    zero_biases,
)
from trainlint.semantics.objects import Instance
from trainlint.semantics.values import Const, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

Triple = tuple[int, int, int]
FULL, SPACE, APART = "space and time", "space", "space, then time"
"""What a convolution of 3 takes in."""


def _conv(
    run: Interpreter,
    wide: int,
    width: int,
    kernel: Triple,
    stride: Triple = (1, 1, 1),
    padding: Triple = (0, 0, 0),
) -> Value:
    return layer(run, "Conv3d", wide, width, kernel_size=kernel, stride=stride, padding=padding, bias=False)


def _convolution(run: Interpreter, kind: str, wide: int, width: int, between: int, stride: int) -> Value:
    if kind == FULL:
        return _conv(run, wide, width, (3, 3, 3), (stride, stride, stride), (1, 1, 1))
    if kind == SPACE:
        return _conv(run, wide, width, (1, 3, 3), (1, stride, stride), (0, 1, 1))
    return sequential(run, [
        _conv(run, wide, between, (1, 3, 3), (1, stride, stride), (0, 1, 1)), layer(run, "BatchNorm3d", between),
        relu(run), _conv(run, between, width, (3, 1, 1), (stride, 1, 1), (1, 0, 0)),
    ])  # fmt: skip


def _residual(run: Interpreter, instance: Instance, value: Value) -> Value:
    out = through(run, instance, value, ("conv1", "conv2"))
    shortcut = through(run, instance, value, ("downsample",))
    return through(run, instance, add(run, instance, out, shortcut), ("relu",))


BASIC = BlockClass("torchvision.models.video.resnet.BasicBlock", _residual)


def _block(run: Interpreter, kind: str, wide: int, width: int, stride: int) -> Value:
    between = (wide * width * 27) // (wide * 9 + 3 * width)
    first, second = (_convolution(run, kind, a, width, between, s) for a, s in ((wide, stride), (width, 1)))
    down: Value = Const(None)
    if stride != 1 or wide != width:
        step = (1, stride, stride) if kind == SPACE else (stride, stride, stride)
        down = sequential(run, [_conv(run, wide, width, (1, 1, 1), step), layer(run, "BatchNorm3d", width)])
    return block(run, BASIC, {
        "conv1": sequential(run, [first, layer(run, "BatchNorm3d", width), relu(run)]),
        "conv2": sequential(run, [second, layer(run, "BatchNorm3d", width)]), "relu": relu(run), "downsample": down,
    })  # fmt: skip


def _stem(run: Interpreter, apart: bool) -> Value:
    if not apart:
        layers = [_conv(run, 3, 64, (3, 7, 7), (1, 2, 2), (1, 3, 3))]
    else:
        layers = [
            _conv(run, 3, 45, (1, 7, 7), (1, 2, 2), (0, 3, 3)), layer(run, "BatchNorm3d", 45), relu(run),
            _conv(run, 45, 64, (3, 1, 1), (1, 1, 1), (1, 0, 0)),
        ]  # fmt: skip
    return sequential(run, [*layers, layer(run, "BatchNorm3d", 64), relu(run)])


def _fill(
    kinds: tuple[str, ...], run: Interpreter, instance: Instance, classes: Value, dropout: Value
) -> None:
    put(run, instance, {"stem": _stem(run, kinds[0] == APART)})
    wide = 64
    for stage, kind in enumerate(kinds):
        width = 64 * 2**stage
        blocks = [
            _block(run, kind, wide, width, 2 if stage else 1),
            _block(run, kind, width, width, 1),
        ]
        put(run, instance, {f"layer{stage + 1}": sequential(run, blocks)})
        wide = width
    pool = layer(run, "AdaptiveAvgPool3d", (1, 1, 1))
    put(run, instance, {"avgpool": pool, "fc": layer(run, "Linear", wide, classes)})


def _init(run: Interpreter, instance: Instance) -> None:
    he(run, instance)
    for module in layers_of(instance, "linear"):
        start(run, module, "weight", "normal", mean=0.0, std=0.01)
    zero_biases(run, instance, "linear")


def _forward(run: Interpreter, instance: Instance, value: Value) -> Value:
    body = ("stem", "layer1", "layer2", "layer3", "layer4", "avgpool")
    value = through(run, instance, value, body)
    return through(run, instance, flatten(run, instance, value), ("fc",))


def _network(*kinds: str) -> Listed:
    return Listed(partial(_fill, kinds), _forward, _init, frozenset({"zero_init_residual"}))


NETWORKS = {
    "video.r3d_18": _network(FULL, FULL, FULL, FULL),
    "video.mc3_18": _network(FULL, SPACE, SPACE, SPACE),
    "video.r2plus1d_18": _network(APART, APART, APART, APART),
}
CLASSES = 400
"""Of Kinetics, which their weights come from."""
