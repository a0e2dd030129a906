"""DenseNet."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from trainlint.facts.graph import Op
from trainlint.frameworks.torch.tree import children
from trainlint.frameworks.torchvision.layers.build import (
    BlockClass,
    Listed,
    block,
    conv,
    flatten,
    he,
    joined,
    layer,
    named,
    operation,
    put,
    relu,
    through,
    zero_biases,
)
from trainlint.semantics.objects import Instance
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


def _dense_layer(run: Interpreter, instance: Instance, value: Value) -> Value:
    return through(run, instance, value, ("norm1", "relu1", "conv1", "norm2", "relu2", "conv2"))


def _dense_block(run: Interpreter, instance: Instance, value: Value) -> Value:
    features = [value]
    for child in children(instance).values():
        given = joined(run, instance, features) if len(features) > 1 else value
        features.append(run.call(child, Args([given])))
    return joined(run, instance, features)


LAYER = BlockClass("torchvision.models.densenet._DenseLayer", _dense_layer)
BLOCK = BlockClass("torchvision.models.densenet._DenseBlock", _dense_block)


def _layer(run: Interpreter, wide: int, growth: int) -> Value:
    return block(run, LAYER, {
        "norm1": layer(run, "BatchNorm2d", wide), "relu1": relu(run), "conv1": conv(run, wide, 4 * growth, 1),
        "norm2": layer(run, "BatchNorm2d", 4 * growth), "relu2": relu(run),
        "conv2": conv(run, 4 * growth, growth, 3, padding=1),
    })  # fmt: skip


def _fill(
    depths: tuple[int, ...],
    growth: int,
    wide: int,
    run: Interpreter,
    instance: Instance,
    classes: Value,
    dropout: Value,
) -> None:
    features: dict[str, Value] = {
        "conv0": conv(run, 3, wide, 7, 2, 3), "norm0": layer(run, "BatchNorm2d", wide), "relu0": relu(run),
        "pool0": layer(run, "MaxPool2d", kernel_size=3, stride=2, padding=1),
    }  # fmt: skip
    for number, depth in enumerate(depths, 1):
        layers = {f"denselayer{i + 1}": _layer(run, wide + i * growth, growth) for i in range(depth)}
        features[f"denseblock{number}"] = block(run, BLOCK, layers)
        wide += depth * growth
        if number < len(depths):
            features[f"transition{number}"] = named(run, {
                "norm": layer(run, "BatchNorm2d", wide), "relu": relu(run), "conv": conv(run, wide, wide // 2, 1),
                "pool": layer(run, "AvgPool2d", kernel_size=2, stride=2),
            })  # fmt: skip
            wide //= 2
    features["norm5"] = layer(run, "BatchNorm2d", wide)
    put(run, instance, {"features": named(run, features), "classifier": layer(run, "Linear", wide, classes)})


def _init(run: Interpreter, instance: Instance) -> None:
    he(run, instance, "fan_in", "leaky_relu")
    zero_biases(run, instance, "linear")


def _forward(run: Interpreter, instance: Instance, value: Value) -> Value:
    value = through(run, instance, value, ("features",))
    shape = value.node.shape if isinstance(value, Tensor) else None
    value = operation(run, instance, Op.ACTIVATION, "relu", [value], shape)
    pooled = (*shape[:2], 1, 1) if shape and len(shape) == 4 else None
    value = operation(run, instance, Op.POOL, "adaptive_avg", [value], pooled)
    return through(run, instance, flatten(run, instance, value), ("classifier",))


def _network(depths: tuple[int, ...], growth: int = 32, wide: int = 64) -> Listed:
    return Listed(partial(_fill, depths, growth, wide), _forward, _init, frozenset({"memory_efficient"}))


NETWORKS = {
    "densenet121": _network((6, 12, 24, 16)),
    "densenet161": _network((6, 12, 36, 24), 48, 96),
    "densenet169": _network((6, 12, 32, 32)),
    "densenet201": _network((6, 12, 48, 32)),
}
