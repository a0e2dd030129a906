"""Inception v3 and GoogLeNet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from trainlint.frameworks.torchvision.layers.build import (
    BlockClass,
    Listed,
    block,
    flatten,
    joined,
    layer,
    layers_of,
    pooled,
    put,
    relu,
    sequential,
    start,
    through,
)
from trainlint.semantics.named_values import NamedValues
from trainlint.semantics.objects import Instance
from trainlint.semantics.values import Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

Size = int | tuple[int, int]
Filter = tuple[int, Size, int, Size]
"""(channels, kernel, stride, padding) of one convolution with its batch norm."""


def _normalised(run: Interpreter, instance: Instance, value: Value) -> Value:
    return through(run, instance, value, ("conv", "bn", "relu"))


BASIC = BlockClass("torchvision.models.inception.BasicConv2d", _normalised)


def _basic(run: Interpreter, wide: int, kind: Filter) -> Value:
    width, kernel, stride, padding = kind
    made = layer(run, "Conv2d", wide, width, kernel, stride=stride, padding=padding, bias=False)
    return block(
        run, BASIC, {"conv": made, "bn": layer(run, "BatchNorm2d", width, eps=0.001), "relu": relu(run)}
    )


def _f(width: int, kernel: Size = 1, stride: int = 1, padding: Size = 0) -> Filter:
    return width, kernel, stride, padding


def _chain(run: Interpreter, wide: int, kinds: Sequence[Filter]) -> list[Value]:
    made = []
    for kind in kinds:
        made.append(_basic(run, wide, kind))
        wide = kind[0]
    return made


def _branches(run: Interpreter, instance: Instance, value: Value) -> Value:
    names = [name for name in instance.attrs if name.startswith("branch")]
    return joined(run, instance, [through(run, instance, value, (name,)) for name in names])


def _split_end(run: Interpreter, instance: Instance, value: Value) -> Value:
    value = through(run, instance, value, ("body",))
    return joined(run, instance, [through(run, instance, value, (name,)) for name in ("wide", "tall")])


MIXED = BlockClass("torchvision.models.inception.Inception", _branches)
SPLIT = BlockClass("torchvision.models.inception.Split", _split_end)
Branch = tuple[Filter, ...]


def _mixed(run: Interpreter, wide: int, branches: Sequence[Branch | Value]) -> Value:
    made: dict[str, Value] = {}
    for number, branch in enumerate(branches):
        made[f"branch{number}"] = (
            sequential(run, _chain(run, wide, branch)) if isinstance(branch, tuple) else branch
        )
    return block(run, MIXED, made)


def _pool(run: Interpreter, wide: int, width: int, kind: str = "AvgPool2d") -> Value:
    return sequential(run, [layer(run, kind, 3, stride=1, padding=1), _basic(run, wide, _f(width))])


def _largest(run: Interpreter) -> Value:
    return layer(run, "MaxPool2d", 3, stride=2)


_WIDE, _TALL = ((1, 7), (0, 3)), ((7, 1), (3, 0))


def _seven(width: int, shape: tuple[tuple[int, int], tuple[int, int]]) -> Filter:
    return width, shape[0], 1, shape[1]


def _a(run: Interpreter, wide: int, width: int) -> Value:
    return _mixed(run, wide, [
        (_f(64),), (_f(48), _f(64, 5, 1, 2)), (_f(64), _f(96, 3, 1, 1), _f(96, 3, 1, 1)), _pool(run, wide, width),
    ])  # fmt: skip


def _c(run: Interpreter, wide: int, n: int) -> Value:
    return _mixed(run, wide, [
        (_f(192),), (_f(n), _seven(n, _WIDE), _seven(192, _TALL)),
        (_f(n), _seven(n, _TALL), _seven(n, _WIDE), _seven(n, _TALL), _seven(192, _WIDE)), _pool(run, wide, 192),
    ])  # fmt: skip


def _split(run: Interpreter, wide: int, body: Branch) -> Value:
    return block(run, SPLIT, {
        "body": sequential(run, _chain(run, wide, body)), "wide": _basic(run, 384, (384, (1, 3), 1, (0, 1))),
        "tall": _basic(run, 384, (384, (3, 1), 1, (1, 0))),
    })  # fmt: skip


def _e(run: Interpreter, wide: int) -> Value:
    deep = (_f(448), _f(384, 3, 1, 1))
    ends = [_split(run, wide, (_f(384),)), _split(run, wide, deep)]
    return _mixed(run, wide, [(_f(320),), *ends, _pool(run, wide, 192)])


def _auxiliary(run: Interpreter, instance: Instance, value: Value) -> Value:
    value = through(run, instance, value, ("pool", "conv0", "conv1", "conv"))
    if "conv1" in instance.attrs:
        value = pooled(run, instance, value)
    return through(run, instance, flatten(run, instance, value), ("fc1", "relu", "dropout", "fc2", "fc"))


AUX = BlockClass("torchvision.models.inception.InceptionAux", _auxiliary)
AUXILIARY = ("AuxLogits", "aux1", "aux2")

_FIRST = (_f(32, 3, 2), _f(32, 3), _f(64, 3, 1, 1))
_V3 = ("stem", "maxpool1", "Conv2d_3b_1x1", "Conv2d_4a_3x3", "maxpool2", "Mixed_5b", "Mixed_5c", "Mixed_5d", "Mixed_6a",
       "Mixed_6b", "Mixed_6c", "Mixed_6d", "Mixed_6e")  # fmt: skip
_V3_END = ("Mixed_7a", "Mixed_7b", "Mixed_7c")


def _fill_v3(run: Interpreter, instance: Instance, classes: Value, dropout: Value) -> None:
    put(run, instance, {
        "stem": sequential(run, _chain(run, 3, _FIRST)), "maxpool1": _largest(run),
        "Conv2d_3b_1x1": _basic(run, 64, _f(80)), "Conv2d_4a_3x3": _basic(run, 80, _f(192, 3)), "maxpool2": _largest(run),
        "Mixed_5b": _a(run, 192, 32), "Mixed_5c": _a(run, 256, 64), "Mixed_5d": _a(run, 288, 64),
        "Mixed_6a": _mixed(run, 288, [(_f(384, 3, 2),), (_f(64), _f(96, 3, 1, 1), _f(96, 3, 2)), _largest(run)]),
        "Mixed_6b": _c(run, 768, 128), "Mixed_6c": _c(run, 768, 160), "Mixed_6d": _c(run, 768, 160),
        "Mixed_6e": _c(run, 768, 192),
        "AuxLogits": block(run, AUX, {
            "pool": layer(run, "AvgPool2d", 5, stride=3), "conv0": _basic(run, 768, _f(128)),
            "conv1": _basic(run, 128, _f(768, 5)), "fc": layer(run, "Linear", 768, classes),
        }),
        "Mixed_7a": _mixed(run, 768, [
            (_f(192), _f(320, 3, 2)), (_f(192), _seven(192, _WIDE), _seven(192, _TALL), _f(192, 3, 2)), _largest(run),
        ]),
        "Mixed_7b": _e(run, 1280), "Mixed_7c": _e(run, 2048), "avgpool": layer(run, "AdaptiveAvgPool2d", (1, 1)),
        "dropout": layer(run, "Dropout", p=dropout), "fc": layer(run, "Linear", 2048, classes),
    })  # fmt: skip


def _forward_v3(run: Interpreter, instance: Instance, value: Value) -> Value:
    value = through(run, instance, value, _V3)
    auxiliary = _aside(run, instance, value, "AuxLogits")
    value = through(run, instance, through(run, instance, value, _V3_END), ("avgpool", "dropout"))
    logits = through(run, instance, flatten(run, instance, value), ("fc",))
    return logits if auxiliary is None else NamedValues.of({"logits": logits, "aux_logits": auxiliary})


def _aside(run: Interpreter, instance: Instance, value: Value, name: str) -> Value | None:
    """What an auxiliary head makes of it, in training and if it is there."""
    head = instance.attrs.get(name)
    if not isinstance(head, Instance) or instance.data.state.get("training") is False:
        return None
    return through(run, instance, value, (name,))


_GOOGLENET = (
    ("inception3a", 192, (64, 96, 128, 16, 32, 32)), ("inception3b", 256, (128, 128, 192, 32, 96, 64)),
    ("maxpool3", 0, ()),
    ("inception4a", 480, (192, 96, 208, 16, 48, 64)), ("inception4b", 512, (160, 112, 224, 24, 64, 64)),
    ("inception4c", 512, (128, 128, 256, 24, 64, 64)), ("inception4d", 512, (112, 144, 288, 32, 64, 64)),
    ("inception4e", 528, (256, 160, 320, 32, 128, 128)), ("maxpool4", 0, ()),
    ("inception5a", 832, (256, 160, 320, 32, 128, 128)), ("inception5b", 832, (384, 192, 384, 48, 128, 128)),
)  # fmt: skip


def _fill_googlenet(run: Interpreter, instance: Instance, classes: Value, dropout: Value) -> None:
    put(run, instance, {
        "conv1": _basic(run, 3, _f(64, 7, 2, 3)), "maxpool1": _ceiled(run, 3), "conv2": _basic(run, 64, _f(64)),
        "conv3": _basic(run, 64, _f(192, 3, 1, 1)), "maxpool2": _ceiled(run, 3),
    })  # fmt: skip
    for name, wide, widths in _GOOGLENET:
        made = _ceiled(run, 2 if name == "maxpool4" else 3)
        if widths:
            one, three_in, three, five_in, five, pool = widths
            made = _mixed(run, wide, [
                (_f(one),), (_f(three_in), _f(three, 3, 1, 1)), (_f(five_in), _f(five, 3, 1, 1)),
                _pool(run, wide, pool, "MaxPool2d"),
            ])  # fmt: skip
        put(run, instance, {name: made})
    heads = {name: _googlenet_head(run, wide, classes) for name, wide in (("aux1", 512), ("aux2", 528))}
    put(run, instance, {
        **heads, "avgpool": layer(run, "AdaptiveAvgPool2d", (1, 1)), "dropout": layer(run, "Dropout", p=dropout),
        "fc": layer(run, "Linear", 1024, classes),
    })  # fmt: skip


def _ceiled(run: Interpreter, kernel: int) -> Value:
    return layer(run, "MaxPool2d", kernel, stride=2, ceil_mode=True)


def _googlenet_head(run: Interpreter, wide: int, classes: Value) -> Value:
    return block(run, AUX, {
        "pool": layer(run, "AdaptiveAvgPool2d", (4, 4)), "conv": _basic(run, wide, _f(128)),
        "fc1": layer(run, "Linear", 2048, 1024), "relu": relu(run), "dropout": layer(run, "Dropout", p=0.7),
        "fc2": layer(run, "Linear", 1024, classes),
    })  # fmt: skip


def _forward_googlenet(run: Interpreter, instance: Instance, value: Value) -> Value:
    value = through(run, instance, value, ("conv1", "maxpool1", "conv2", "conv3", "maxpool2"))
    found: dict[str, Value | None] = {}
    for name, _, _ in _GOOGLENET:
        value = through(run, instance, value, (name,))
        if name == "inception4a":
            found["aux_logits1"] = _aside(run, instance, value, "aux1")
        if name == "inception4d":
            found["aux_logits2"] = _aside(run, instance, value, "aux2")
    value = through(run, instance, value, ("avgpool", "dropout"))
    logits = through(run, instance, flatten(run, instance, value), ("fc",))
    first, second = found["aux_logits1"], found["aux_logits2"]
    if first is None or second is None:
        return logits
    return NamedValues.of({"logits": logits, "aux_logits2": second, "aux_logits1": first})


def _init(run: Interpreter, instance: Instance) -> None:
    _truncated(run, instance, 0.01 if instance.data.name == "googlenet" else 0.1)
    head = instance.attrs.get("AuxLogits")
    if isinstance(head, Instance):
        for name, std in (("conv1", 0.01), ("fc", 0.001)):
            part = head.attrs[name]
            assert isinstance(part, Instance)
            _truncated(run, part, std)


def _truncated(run: Interpreter, instance: Instance, std: float) -> None:
    for kind in ("conv", "linear"):
        for module in layers_of(instance, kind):
            start(run, module, "weight", "trunc_normal", mean=0.0, std=std, low=-2.0, high=2.0)


_OPTIONS = frozenset({"aux_logits", "init_weights", "transform_input", "dropout"})
NETWORKS = {
    "inception_v3": Listed(_fill_v3, _forward_v3, _init, _OPTIONS, 0.5),
    "googlenet": Listed(_fill_googlenet, _forward_googlenet, _init, _OPTIONS, 0.2),
}
