"""SqueezeNet."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from trainlint.frameworks.torchvision.layers.build import (
    BlockClass,
    Listed,
    block,
    conv,
    flatten,
    joined,
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

POOL = 0
LAYOUTS = {
    "1_0": (96, 7, (POOL, 16, 16, 32, POOL, 32, 48, 48, 64, POOL, 64)),
    "1_1": (64, 3, (POOL, 16, 16, POOL, 32, 32, POOL, 48, 48, 64, 64)),
}
"""Width and kernel of the first convolution; then the squeezed width of each block, which widens it eightfold."""


def _fire(run: Interpreter, instance: Instance, value: Value) -> Value:
    value = through(run, instance, value, ("squeeze", "squeeze_activation"))
    arms = (("expand1x1", "expand1x1_activation"), ("expand3x3", "expand3x3_activation"))
    return joined(run, instance, [through(run, instance, value, arm) for arm in arms])


FIRE = BlockClass("torchvision.models.squeezenet.Fire", _fire)


def _block(run: Interpreter, wide: int, squeezed: int) -> Value:
    out = squeezed * 4
    return block(run, FIRE, {
        "squeeze": conv(run, wide, squeezed, 1, bias=True), "squeeze_activation": relu(run),
        "expand1x1": conv(run, squeezed, out, 1, bias=True), "expand1x1_activation": relu(run),
        "expand3x3": conv(run, squeezed, out, 3, padding=1, bias=True), "expand3x3_activation": relu(run),
    })  # fmt: skip


def _fill(version: str, run: Interpreter, instance: Instance, classes: Value, dropout: Value) -> None:
    wide, kernel, layout = LAYOUTS[version]
    features = [conv(run, 3, wide, kernel, 2, bias=True), relu(run)]
    for squeezed in layout:
        if squeezed == POOL:
            features.append(layer(run, "MaxPool2d", kernel_size=3, stride=2, ceil_mode=True))
            continue
        features.append(_block(run, wide, squeezed))
        wide = squeezed * 8
    head = [
        layer(run, "Dropout", p=dropout), conv(run, 512, classes, 1, bias=True), relu(run),
        layer(run, "AdaptiveAvgPool2d", (1, 1)),
    ]  # fmt: skip
    put(run, instance, {"features": sequential(run, features), "classifier": sequential(run, head)})


def _init(run: Interpreter, instance: Instance) -> None:
    convolutions = layers_of(instance, "conv")
    for module in convolutions[:-1]:
        start(run, module, "weight", "he", mode="fan_in", nonlinearity="leaky_relu", distribution="uniform")
    start(run, convolutions[-1], "weight", "normal", mean=0.0, std=0.01)
    zero_biases(run, instance, "conv")


def _forward(run: Interpreter, instance: Instance, value: Value) -> Value:
    return flatten(run, instance, through(run, instance, value, ("features", "classifier")))


NETWORKS = {
    f"squeezenet{version}": Listed(partial(_fill, version), _forward, _init, frozenset({"dropout"}))
    for version in LAYOUTS
}
