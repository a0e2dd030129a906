"""torchvision.models.detection.RetinaNet: one stage, of which the heads stand on each level (torchvision 0.29)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from trainlint.facts.graph import Op
from trainlint.frameworks.torch.module import NN_MODULE, ModuleClass
from trainlint.frameworks.torch.pretrained import take
from trainlint.frameworks.torchvision.bodies import classes_of, resnet_body, weights_of
from trainlint.frameworks.torchvision.detecting import DETECTION, loss_parts, one_level
from trainlint.frameworks.torchvision.layers.build import (
    BlockClass,
    block,
    conv,
    first_of,
    layer,
    layers_of,
    mark,
    operation,
    put,
    relu,
    sequential,
    start,
    through,
)
from trainlint.frameworks.torchvision.library import LIBRARY
from trainlint.semantics.objects import Instance
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

MODULE = f"{DETECTION}.retinanet"
ANCHORS = 9
"""Three sizes in three shapes, at each place."""
STAGES = ((0, 512), (1, 1024), (2, 2048))
"""The stages of the ResNet that the pyramid stands on, and their channels."""


def _levels(run: Interpreter, instance: Instance, value: Value) -> Value:
    value = through(run, instance, value, ("body",))
    for level, _ in reversed(STAGES):
        inner = operation(run, instance, Op.INDEX, "stage", [value])
        found = through(run, instance, inner, (f"inner{level}", f"outer{level}"))
    return through(run, instance, found, ("p6", "p7"))


def _both(run: Interpreter, instance: Instance, value: Value) -> Value:
    parts = [through(run, instance, value, (name,)) for name in ("classification_head", "regression_head")]
    return operation(run, instance, Op.CONCAT, "cat", parts)


LEVELS = BlockClass(f"{DETECTION}.backbone_utils.BackboneWithFPN", _levels)
HEAD = BlockClass(f"{MODULE}.RetinaNetHead", _both)


class PartClass(ModuleClass):
    """`RetinaNetClassificationHead(in_channels, num_anchors, num_classes)` and its twin for boxes: four convolutions, and
    the one that answers."""

    __slots__ = ("answer", "classifies")

    def __init__(self, name: str, answer: str, classifies: bool) -> None:
        super().__init__(f"{MODULE}.{name}", (NN_MODULE,))
        self.answer, self.classifies = answer, classifies

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        given = args.bind("in_channels", "num_anchors", "num_classes", "prior_probability=", "norm_layer=")
        wide, anchors = (given.get(name, Unknown(name)) for name in ("in_channels", "num_anchors"))
        each = given.get("num_classes", Unknown("num_classes")) if self.classifies else Const(4)
        outputs = run.operate("*", anchors, each)
        normal = given.get("norm_layer")
        layers: list[Value] = []
        for _ in range(4):
            layers.append(layer(run, "Conv2d", wide, wide, 3, padding=1, bias=normal is None))
            layers += [run.call(normal, Args([wide]))] if normal is not None else []
            layers.append(relu(run))
        put(
            run,
            instance,
            {"conv": sequential(run, layers), self.answer: layer(run, "Conv2d", wide, outputs, 3, padding=1)},
        )
        for name in ("num_classes", "num_anchors"):
            run.write(instance.attrs, name, given.get(name, Unknown(name)))
        for module in layers_of(instance, "conv"):
            start(run, module, "weight", "normal", mean=0.0, std=0.01)
            start(run, module, "bias", "zeros")
        answer = instance.attrs[self.answer]
        if self.classifies and isinstance(answer, Instance):
            start(run, answer.data, "bias", "constant", value=-math.log(99))
        mark(run, instance)

    def forward(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        return through(run, instance, first_of(args), ("conv", self.answer))


CLASSES = PartClass("RetinaNetClassificationHead", "cls_logits", True)
BOXES = PartClass("RetinaNetRegressionHead", "bbox_reg", False)
LIBRARY.add(CLASSES)
LIBRARY.add(BOXES)


def _head(run: Interpreter, wide: Value, anchors: Value, classes: Value) -> Instance:
    return block(run, HEAD, {
        "classification_head": run.call(CLASSES, Args([wide, anchors, classes])),
        "regression_head": run.call(BOXES, Args([wide, anchors])),
    })  # fmt: skip


class RetinaClass(ModuleClass):
    """`RetinaNet(backbone, num_classes)`: in training it returns its losses by name, otherwise a list of detections."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        given = args.bind("backbone", "num_classes")
        backbone = given.get("backbone", Unknown("the backbone"))
        own, anchors = args.keywords.get("head"), "anchor_generator" in args.keywords or args.open
        wide, count = (
            run.get_attr(backbone, "out_channels"),
            Unknown("anchors") if anchors else Const(ANCHORS),
        )
        made = own if isinstance(own, Instance) else None
        head = made or _head(run, wide, count, given.get("num_classes", Unknown("classes")))
        put(run, instance, {"backbone": backbone, "head": head})

    def forward(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        pictures = operation(run, instance, Op.BATCH, "pictures", [first_of(args)])
        features = one_level(run.call(instance.attrs["backbone"], Args([pictures])))
        found = run.call(instance.attrs["head"], Args([features]))
        return loss_parts(run, instance, args, ("classification", "bbox_regression"), [found])


class ReadyClass(RetinaClass):
    """`retinanet_resnet50_fpn(...)`"""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        whole, body = weights_of(run, args)
        frozen = whole is not False or body is not False
        levels: dict[str, Value] = {"body": resnet_body(run, "resnet50", body, frozen)}
        for level, wide in STAGES:
            levels[f"inner{level}"] = conv(run, wide, 256, 1, bias=True)
            levels[f"outer{level}"] = conv(run, 256, 256, 3, padding=1, bias=True)
        for name in ("p6", "p7"):
            levels[name] = conv(run, 256, 256, 3, 2, 1, bias=True)
        backbone = block(run, LEVELS, levels)
        run.write(backbone.attrs, "out_channels", Const(256))
        head = _head(run, Const(256), Const(ANCHORS), classes_of(args, 91))
        put(run, instance, {"backbone": backbone, "head": head})
        mark(run, instance)
        if whole is not False:
            take(run, instance, whole, published=True)


LIBRARY.add(RetinaClass(f"{DETECTION}.RetinaNet", (NN_MODULE,), None, "RetinaNet"), f"{MODULE}.RetinaNet")
LIBRARY.add(
    ReadyClass(f"{DETECTION}.retinanet_resnet50_fpn", (NN_MODULE,), None, "retinanet_resnet50_fpn"),
    f"{MODULE}.retinanet_resnet50_fpn",
)
