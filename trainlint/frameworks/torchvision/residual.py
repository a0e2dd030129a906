"""torchvision.models.ResNet and its blocks as classes: code builds a ResNet of its own block and depths, or extends the
class and replaces parts of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.frameworks.torch.module import NN_MODULE, ModuleClass
from trainlint.frameworks.torchvision.layers.build import (
    conv,
    first_of,
    flatten,
    he,
    layer,
    mark,
    put,
    relu,
    sequential,
    through,
)
from trainlint.frameworks.torchvision.layers.resnet import (
    BASIC,
    BOTTLENECK,
    basic_block,
    bottleneck_block,
    shortcut,
)
from trainlint.frameworks.torchvision.library import LIBRARY
from trainlint.semantics.objects import Instance
from trainlint.semantics.outside import Native
from trainlint.semantics.sequences import ListValue, TupleValue
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_PLANES = ("inplanes", "planes", "stride", "downsample", "groups", "base_width", "dilation", "norm_layer")
_BODY = ("conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3", "layer4", "avgpool")
_STATED = {"inplanes": 64, "groups": 1, "base_width": 64, "dilation": 1}


class ResidualBlock(ModuleClass):
    """`BasicBlock(inplanes, planes, stride, downsample)`, `Bottleneck(...)`: made by code, or extended by it."""

    __slots__ = ("expansion",)

    def __init__(self, name: str, expansion: int) -> None:
        super().__init__(f"torchvision.models.resnet.{name}", (NN_MODULE,))
        self.expansion = expansion

    def get_attr(self, run: Interpreter, name: str) -> Value:
        return Const(self.expansion) if name == "expansion" else super().get_attr(run, name)

    def class_attribute(self, run: Interpreter, cls: Value, name: str) -> Value | None:
        return Const(self.expansion) if name == "expansion" else None

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        given = args.bind(*_PLANES)
        wide, planes = (_whole(given.get(name)) for name in ("inplanes", "planes"))
        stride, groups, base = (
            _whole(given.get(n)) or d for n, d in (("stride", 1), ("groups", 1), ("base_width", 64))
        )
        down = given.get("downsample", Const(None))
        if wide is None or planes is None:
            return
        whole = (
            basic_block(run, wide, planes, stride, down)
            if self.expansion == 1
            else bottleneck_block(run, wide, planes, stride, down, groups, base)
        )
        run.write(whole.data.state, "prototype", True)  # only its layers are taken
        put(run, instance, dict(whole.attrs))

    def forward(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        kind = BASIC if self.expansion == 1 else BOTTLENECK
        return kind.forward(run, instance, args)


class ResNetClass(ModuleClass):
    """`ResNet(block, layers, num_classes)`; `_make_layer` too, which code that extends the class calls."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        given = args.bind("block", "layers", "num_classes", "zero_init_residual", "groups", "width_per_group")
        wide = {**_STATED, "groups": given.get("groups"), "base_width": given.get("width_per_group")}
        for name, value in wide.items():
            stated = value if isinstance(value, Value) else Const(_STATED[name])
            run.set_instance_attribute(instance, name, stated)
        put(run, instance, {
            "conv1": conv(run, 3, 64, 7, 2, 3), "bn1": layer(run, "BatchNorm2d", 64), "relu": relu(run),
            "maxpool": layer(run, "MaxPool2d", kernel_size=3, stride=2, padding=1),
        })  # fmt: skip
        block, depths = given.get("block", Unknown("a block")), given.get("layers", Unknown("depths"))
        known = list(depths.elements) if isinstance(depths, (ListValue, TupleValue)) else []
        for number in range(4):
            depth = known[number] if number < len(known) else Unknown("a depth")
            stage = _stage(run, instance, block, Const(64 * 2**number), depth, Const(2 if number else 1))
            put(run, instance, {f"layer{number + 1}": stage})
        classes = given.get("num_classes", Const(1000))
        head = layer(run, "Linear", instance.attrs["inplanes"], classes)
        put(run, instance, {"avgpool": layer(run, "AdaptiveAvgPool2d", (1, 1)), "fc": head})
        if instance.cls is self:
            mark(run, instance)
        he(run, instance)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        if name == "_make_layer":
            return Native(f"ResNet.{name}", lambda r, args: _make_layer(r, instance, args))
        if name == "_forward_impl":
            return Native(f"ResNet.{name}", lambda r, args: self.forward(r, instance, args))
        return super().attribute(run, instance, name)

    def forward(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        value = through(run, instance, first_of(args), _BODY)
        return through(run, instance, flatten(run, instance, value), ("fc",))


def _whole(value: Value | None) -> int | None:
    return value.value if isinstance(value, Const) and type(value.value) is int else None


def _make_layer(run: Interpreter, instance: Instance, args: Args) -> Value:
    given = args.bind("block", "planes", "blocks", "stride", "dilate")
    block, planes, depth = (given.get(n, Unknown(n)) for n in ("block", "planes", "blocks"))
    return _stage(run, instance, block, planes, depth, given.get("stride", Const(1)))


def _stage(
    run: Interpreter, instance: Instance, block: Value, planes: Value, depth: Value, stride: Value
) -> Value:
    """So many blocks one after the other, the first of which may narrow the picture."""
    wide = _whole(instance.attrs.get("inplanes"))
    each, count, step = _whole(planes), _whole(depth), _whole(stride)
    growth = _whole(run.get_attr(block, "expansion"))
    if wide is None or each is None or count is None or step is None or growth is None:
        run.set_instance_attribute(instance, "inplanes", Unknown("the width of a stage"))
        return Unknown("a stage of a ResNet")
    down = shortcut(run, wide, each * growth, step) if step != 1 or wide != each * growth else Const(None)
    groups, base = (instance.attrs.get(name, Const(_STATED[name])) for name in ("groups", "base_width"))
    blocks: list[Value] = []
    for number in range(count):
        first: list[Value] = [stride, down] if number == 0 else [Const(1), Const(None)]
        blocks.append(run.call(block, _block_args([Const(wide), planes, *first], groups, base)))
        wide = each * growth
    run.set_instance_attribute(instance, "inplanes", Const(wide))
    return sequential(run, blocks)


def _block_args(given: list[Value], groups: Value, base: Value) -> Args:
    """Older versions of the library, for which code wrote its blocks, give no groups where there is one."""
    grouped = not all(_whole(v) == d for v, d in ((groups, 1), (base, 64)))
    return Args([*given, groups, base] if grouped else given)


LIBRARY.add(ResidualBlock("BasicBlock", 1), "torchvision.models.BasicBlock")
LIBRARY.add(ResidualBlock("Bottleneck", 4), "torchvision.models.Bottleneck")
LIBRARY.add(ResNetClass("torchvision.models.ResNet", (NN_MODULE,)))
