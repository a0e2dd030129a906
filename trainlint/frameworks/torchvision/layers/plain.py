"""VGG and AlexNet: chains of layers."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from trainlint.frameworks.torchvision.layers.build import (
    Listed,
    conv,
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
from trainlint.semantics.values import Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

STAGES = {11: (1, 1, 2, 2, 2), 13: (2, 2, 2, 2, 2), 16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}
"""Convolutions of each stage, by the number of weighted layers; widths are 64, 128, 256, 512, 512."""


def _vgg(
    depths: tuple[int, ...], norm: bool, run: Interpreter, instance: Instance, classes: Value, dropout: Value
) -> None:
    layers: list[Value] = []
    wide = 3
    for stage, depth in enumerate(depths):
        width = min(64 * 2**stage, 512)
        for _ in range(depth):
            layers.append(conv(run, wide, width, 3, padding=1, bias=True))
            layers += [layer(run, "BatchNorm2d", width)] if norm else []
            layers.append(relu(run))
            wide = width
        layers.append(layer(run, "MaxPool2d", kernel_size=2, stride=2))
    head = [
        layer(run, "Linear", 512 * 7 * 7, 4096), relu(run), layer(run, "Dropout", dropout),
        layer(run, "Linear", 4096, 4096), relu(run), layer(run, "Dropout", dropout), layer(run, "Linear", 4096, classes),
    ]  # fmt: skip
    put(run, instance, {
        "features": sequential(run, layers), "avgpool": layer(run, "AdaptiveAvgPool2d", (7, 7)),
        "classifier": sequential(run, head),
    })  # fmt: skip


def _vgg_init(run: Interpreter, instance: Instance) -> None:
    he(run, instance)
    zero_biases(run, instance, "conv")
    for module in layers_of(instance, "linear"):
        start(run, module, "weight", "normal", mean=0.0, std=0.01)
        start(run, module, "bias", "zeros")


def _alexnet(run: Interpreter, instance: Instance, classes: Value, dropout: Value) -> None:
    def pool() -> Value:
        return layer(run, "MaxPool2d", kernel_size=3, stride=2)

    features = [
        conv(run, 3, 64, 11, 4, 2, bias=True), relu(run), pool(),
        conv(run, 64, 192, 5, padding=2, bias=True), relu(run), pool(),
        conv(run, 192, 384, 3, padding=1, bias=True), relu(run),
        conv(run, 384, 256, 3, padding=1, bias=True), relu(run),
        conv(run, 256, 256, 3, padding=1, bias=True), relu(run), pool(),
    ]  # fmt: skip
    head = [
        layer(run, "Dropout", dropout), layer(run, "Linear", 256 * 6 * 6, 4096), relu(run),
        layer(run, "Dropout", dropout), layer(run, "Linear", 4096, 4096), relu(run), layer(run, "Linear", 4096, classes),
    ]  # fmt: skip
    put(run, instance, {
        "features": sequential(run, features), "avgpool": layer(run, "AdaptiveAvgPool2d", (6, 6)),
        "classifier": sequential(run, head),
    })  # fmt: skip


def _forward(run: Interpreter, instance: Instance, value: Value) -> Value:
    value = through(run, instance, value, ("features", "avgpool"))
    return through(run, instance, flatten(run, instance, value), ("classifier",))


def _default(run: Interpreter, instance: Instance) -> None:
    """AlexNet keeps what its layers begin with."""


_DROPPED = frozenset({"dropout"})
NETWORKS = {
    "alexnet": Listed(_alexnet, _forward, _default, _DROPPED),
    **{f"vgg{n}": Listed(partial(_vgg, d, False), _forward, _vgg_init, _DROPPED) for n, d in STAGES.items()},
    **{
        f"vgg{n}_bn": Listed(partial(_vgg, d, True), _forward, _vgg_init, _DROPPED) for n, d in STAGES.items()
    },
}
