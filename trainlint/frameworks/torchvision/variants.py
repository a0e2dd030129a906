"""Arguments of torchvision's factories that exchange parts of a network after its usual layers are known: another norm, and
strides that become dilations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.graph import Op
from trainlint.frameworks.torch.tree import children, walk
from trainlint.semantics.objects import Instance
from trainlint.semantics.sequences import ListValue, TupleValue
from trainlint.semantics.values import Args, Const, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

OPTIONS: dict[str, frozenset[str]] = {
    **dict.fromkeys(("resnet", "resnext", "wide"), frozenset({"norm_layer", "replace_stride_with_dilation"})),
    **dict.fromkeys(("mobilenet", "regnet", "efficientnet"), frozenset({"norm_layer"})),
}
"""By the beginning of a network's name."""
FIRST_DILATED = 2
"""The first stage of a ResNet of which the stride may be replaced."""


def options_of(name: str) -> frozenset[str]:
    """What of these arguments the factory of a network takes."""
    return next((found for prefix, found in OPTIONS.items() if name.startswith(prefix)), frozenset())


def exchange(run: Interpreter, instance: Instance, args: Args) -> None:
    """Make a network what its arguments say."""
    norm = args.keywords.get("norm_layer")
    if norm is not None and not _is_none(norm):
        _put_norms(run, instance, norm)
    dilated = args.keywords.get("replace_stride_with_dilation")
    if isinstance(dilated, ListValue | TupleValue):
        _dilate(run, instance, [value.truth(run) for value in dilated.elements])


def _is_none(value: Value) -> bool:
    return isinstance(value, Const) and value.value is None


def _put_norms(run: Interpreter, instance: Instance, norm: Value) -> None:
    """`norm_layer(width)` in the place of each batch norm."""
    for _, part in list(walk(instance)):
        for name, child in children(part).items():
            if child.data.op is Op.NORM:
                width = child.data.options["num_features"].value
                run.write(child.data.state, "prototype", True)
                run.set_instance_attribute(part, name, run.call(norm, Args([Const(width)])))


def _dilate(run: Interpreter, instance: Instance, replaced: list[bool | None]) -> None:
    """As `ResNet._make_layer` does: a stage whose stride is replaced keeps the size, and looks further instead."""
    dilation = 1
    for number, replaces in enumerate(replaced):
        stage = instance.attrs.get(f"layer{number + FIRST_DILATED}")
        if replaces is None or not isinstance(stage, Instance):
            return
        before = dilation
        dilation *= 2 if replaces else 1
        for place, block in enumerate(children(stage).values()):
            inner, down = block.attrs.get("conv2"), block.attrs.get("downsample")
            wide = before if place == 0 else dilation
            if isinstance(inner, Instance):
                run.set_instance_attribute(inner, "dilation", _pair(wide))
                run.set_instance_attribute(inner, "padding", _pair(wide))
            if place == 0 and replaces:
                for layer in (inner, down.attrs.get("0") if isinstance(down, Instance) else None):
                    if isinstance(layer, Instance):
                        run.set_instance_attribute(layer, "stride", _pair(1))


def _pair(number: int) -> Value:
    return TupleValue([Const(number), Const(number)])
