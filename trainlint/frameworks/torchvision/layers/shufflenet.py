"""ShuffleNetV2 and MNASNet."""

from __future__ import annotations

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
    joined,
    layer,
    layers_of,
    operation,
    pooled,
    put,
    relu,
    sequential,
    shape_of,
    shaped,
    start,
    through,
    zero_biases,
)
from trainlint.semantics.objects import Instance
from trainlint.semantics.values import Const, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

MOMENTUM = 1 - 0.9997
"""Of MNASNet's batch norms."""


# -- ShuffleNetV2


def _halves(run: Interpreter, instance: Instance, value: Value) -> list[Value]:
    shape = shape_of(value, 4)
    half = (shape[0], shape[1] // 2, *shape[2:]) if shape and shape[1] is not None else None
    return [operation(run, instance, Op.INDEX, "chunk", [value], half) for _ in range(2)]


def _shuffled(run: Interpreter, instance: Instance, value: Value) -> Value:
    """One half passes as it is, unless the picture is narrowed; then the channels of both are mixed."""
    narrows = "0" in getattr(instance.attrs.get("branch1"), "attrs", {})
    first, second = (value, value) if narrows else _halves(run, instance, value)
    left = through(run, instance, first, ("branch1",)) if narrows else first
    out = joined(run, instance, [left, through(run, instance, second, ("branch2",))])
    return shaped(run, instance, out, "view", shape_of(out, 4))


SHUFFLED = BlockClass("torchvision.models.shufflenetv2.InvertedResidual", _shuffled)


def _norm(run: Interpreter, width: int) -> Value:
    return layer(run, "BatchNorm2d", width)


def _shuffle_block(run: Interpreter, wide: int, out: int, stride: int) -> Value:
    half = out // 2
    first = [
        conv(run, wide, wide, 3, stride, 1, wide), _norm(run, wide), conv(run, wide, half, 1), _norm(run, half), relu(run),
    ] if stride > 1 else []  # fmt: skip
    second = [
        conv(run, wide if stride > 1 else half, half, 1), _norm(run, half), relu(run),
        conv(run, half, half, 3, stride, 1, half), _norm(run, half), conv(run, half, half, 1), _norm(run, half), relu(run),
    ]  # fmt: skip
    return block(run, SHUFFLED, {"branch1": sequential(run, first), "branch2": sequential(run, second)})


def _fill_shuffle(
    widths: tuple[int, ...], run: Interpreter, instance: Instance, classes: Value, dropout: Value
) -> None:
    stem = [conv(run, 3, widths[0], 3, 2, 1), _norm(run, widths[0]), relu(run)]
    pool = layer(run, "MaxPool2d", kernel_size=3, stride=2, padding=1)
    put(run, instance, {"conv1": sequential(run, stem), "maxpool": pool})
    wide = widths[0]
    for stage, (depth, width) in enumerate(zip((4, 8, 4), widths[1:], strict=False)):
        blocks = []
        for number in range(depth):
            blocks.append(_shuffle_block(run, wide, width, 1 if number else 2))
            wide = width
        put(run, instance, {f"stage{stage + 2}": sequential(run, blocks)})
    last = [conv(run, wide, widths[-1], 1), _norm(run, widths[-1]), relu(run)]
    put(run, instance, {"conv5": sequential(run, last), "fc": layer(run, "Linear", widths[-1], classes)})


def _forward_shuffle(run: Interpreter, instance: Instance, value: Value) -> Value:
    body = ("conv1", "maxpool", "stage2", "stage3", "stage4", "conv5")
    value = pooled(run, instance, through(run, instance, value, body))
    return through(run, instance, flatten(run, instance, value), ("fc",))


def _as_made(run: Interpreter, instance: Instance) -> None:
    """The constructor leaves the weights as the layers draw them."""


# -- MNASNet


def _inverted(run: Interpreter, instance: Instance, value: Value) -> Value:
    out = through(run, instance, value, ("layers",))
    skips = instance.attrs.get("apply_residual")
    return add(run, instance, out, value) if isinstance(skips, Const) and skips.value else out


INVERTED = BlockClass("torchvision.models.mnasnet._InvertedResidual", _inverted)


def _slow_norm(run: Interpreter, width: int) -> Value:
    return layer(run, "BatchNorm2d", width, momentum=MOMENTUM)


def _mnas_block(run: Interpreter, wide: int, width: int, kernel: int, stride: int, expansion: int) -> Value:
    inner = wide * expansion
    made = block(run, INVERTED, {"layers": sequential(run, [
        conv(run, wide, inner, 1), _slow_norm(run, inner), relu(run),
        conv(run, inner, inner, kernel, stride, kernel // 2, inner), _slow_norm(run, inner), relu(run),
        conv(run, inner, width, 1), _slow_norm(run, width),
    ])})  # fmt: skip
    run.set_instance_attribute(made, "apply_residual", Const(stride == 1 and wide == width))
    return made


STAGES = ((3, 2, 3, 3), (5, 2, 3, 3), (5, 2, 6, 3), (3, 1, 6, 2), (5, 2, 6, 4), (3, 1, 6, 1))
"""(kernel, stride of the first, expansion, blocks)"""


def _rounded(width: float) -> int:
    """To a multiple of 8, not over a tenth below."""
    found = max(8, int(width + 4) // 8 * 8)
    return found if found >= 0.9 * width else found + 8


def _fill_mnas(alpha: float, run: Interpreter, instance: Instance, classes: Value, dropout: Value) -> None:
    first, second, *widths = (_rounded(w * alpha) for w in (32, 16, 24, 40, 80, 96, 192, 320))
    layers = [
        conv(run, 3, first, 3, 2, 1), _slow_norm(run, first), relu(run),
        conv(run, first, first, 3, 1, 1, first), _slow_norm(run, first), relu(run),
        conv(run, first, second, 1), _slow_norm(run, second),
    ]  # fmt: skip
    wide = second
    for width, (kernel, stride, expansion, depth) in zip(widths, STAGES, strict=True):
        blocks = []
        for number in range(depth):
            blocks.append(_mnas_block(run, wide, width, kernel, 1 if number else stride, expansion))
            wide = width
        layers.append(sequential(run, blocks))
    layers += [conv(run, wide, 1280, 1), _slow_norm(run, 1280), relu(run)]
    head = [layer(run, "Dropout", p=dropout, inplace=True), layer(run, "Linear", 1280, classes)]
    put(run, instance, {"layers": sequential(run, layers), "classifier": sequential(run, head)})


def _init_mnas(run: Interpreter, instance: Instance) -> None:
    he(run, instance)
    for module in layers_of(instance, "linear"):
        start(run, module, "weight", "he", mode="fan_out", nonlinearity="sigmoid", distribution="uniform")
    zero_biases(run, instance, "linear")


def _forward_mnas(run: Interpreter, instance: Instance, value: Value) -> Value:
    value = pooled(run, instance, through(run, instance, value, ("layers",)))
    return through(run, instance, flatten(run, instance, value), ("classifier",))


def _mnas(alpha: float) -> Listed:
    return Listed(partial(_fill_mnas, alpha), _forward_mnas, _init_mnas, frozenset({"dropout"}), 0.2)


def _shuffle(*widths: int) -> Listed:
    return Listed(partial(_fill_shuffle, widths), _forward_shuffle, _as_made)


NETWORKS = {
    "shufflenet_v2_x0_5": _shuffle(24, 48, 96, 192, 1024),
    "shufflenet_v2_x1_0": _shuffle(24, 116, 232, 464, 1024),
    "shufflenet_v2_x1_5": _shuffle(24, 176, 352, 704, 1024),
    "shufflenet_v2_x2_0": _shuffle(24, 244, 488, 976, 2048),
    "mnasnet0_5": _mnas(0.5),
    "mnasnet0_75": _mnas(0.75),
    "mnasnet1_0": _mnas(1.0),
    "mnasnet1_3": _mnas(1.3),
}
