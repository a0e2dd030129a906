"""torchvision.models.detection: detectors around a backbone that the program gives (torchvision 0.29)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.frameworks.torchvision.bodies import resnet_body
from trainlint.frameworks.torchvision.detecting import (
    BOX_HEAD,
    DETECTION,
    MASKS,
    PREDICTOR,
    PROPOSALS,
    ROI_HEADS,
    DetectorClass,
    with_levels,
)
from trainlint.frameworks.torchvision.layers.build import block, layer, mark, put, relu, sequential, start
from trainlint.frameworks.torchvision.library import LIBRARY
from trainlint.frameworks.torchvision.models import NETWORKS, _pretrained
from trainlint.semantics.objects import Instance
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

HIDDEN, POOLED = 1024, 7
"""Width of the box head's layers, and the side of the regions that it is given by default."""


class AroundClass(DetectorClass):
    """`FasterRCNN(backbone, num_classes)`, `MaskRCNN(backbone, num_classes)`, with heads that may be given."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        given = args.bind("backbone", "num_classes")
        backbone = given.get("backbone", Unknown("the backbone"))
        wide, classes = run.get_attr(backbone, "out_channels"), given.get("num_classes", Unknown("classes"))
        known = isinstance(wide, Const) and isinstance(wide.value, int)
        wide = wide if known else Unknown("the channels of the backbone")
        flat = Const(wide.value * POOLED**2) if isinstance(wide, Const) else Unknown("a region's features")
        own_pool = "box_roi_pool" in args.keywords or args.open
        predictor = PREDICTOR, Args([Const(HIDDEN), classes])
        heads = {
            "box_head": _given(args, "box_head") or _box_head(run, Unknown("a region") if own_pool else flat),
            "box_predictor": _given(args, "box_predictor") or run.call(*predictor),
        }
        if self.masks:
            heads["mask_head"] = _given(args, "mask_head") or _mask_head(run, wide)
            heads["mask_predictor"] = _given(args, "mask_predictor") or run.call(
                MASKS, Args([Const(256), Const(256), classes])
            )
        regions = _given(args, "rpn_head") or _regions_head(run, wide)
        put(run, instance, {"backbone": backbone, "rpn": regions, "roi_heads": block(run, ROI_HEADS, heads)})


def _given(args: Args, name: str) -> Value | None:
    value = args.keywords.get(name)
    return value if isinstance(value, Instance) else None


def _box_head(run: Interpreter, flat: Value) -> Instance:
    made = block(run, BOX_HEAD, {
        "fc6": layer(run, "Linear", flat, HIDDEN), "fc7": layer(run, "Linear", HIDDEN, HIDDEN), "relu": relu(run),
    })  # fmt: skip
    mark(run, made)
    return made


def _mask_head(run: Interpreter, wide: Value) -> Value:
    layers: list[Value] = []
    for width in (wide, Const(256), Const(256), Const(256)):
        layers += [layer(run, "Conv2d", width, 256, 3, padding=1), relu(run)]
    made = sequential(run, layers)
    if isinstance(made, Instance):
        mark(run, made)
    return made


def _regions_head(run: Interpreter, wide: Value) -> Instance:
    """RPNHead: how many anchors there are is the generator's."""
    anchors, boxes = Unknown("anchors"), Unknown("four numbers an anchor")
    made = block(run, PROPOSALS, {
        "conv": layer(run, "Conv2d", wide, wide, 3, padding=1), "relu": relu(run),
        "cls_logits": layer(run, "Conv2d", wide, anchors, 1), "bbox_pred": layer(run, "Conv2d", wide, boxes, 1),
    })  # fmt: skip
    for name in ("conv", "cls_logits", "bbox_pred"):
        part = made.attrs[name]
        if isinstance(part, Instance):
            start(run, part.data, "weight", "normal", mean=0.0, std=0.01)
            start(run, part.data, "bias", "zeros")
    mark(run, made)
    return made


for _name, _masks in (("FasterRCNN", False), ("MaskRCNN", True)):
    _module = "mask_rcnn" if _masks else "faster_rcnn"
    LIBRARY.add(AroundClass(_name, _masks), f"{DETECTION}.{_module}.{_name}")


@LIBRARY.function(f"{DETECTION}.backbone_utils.resnet_fpn_backbone")
def resnet_with_levels(run: Interpreter, args: Args) -> Value:
    """`resnet_fpn_backbone(backbone_name, weights, norm_layer=FrozenBatchNorm2d, trainable_layers=3)`"""
    given = args.bind("backbone_name", "second")
    chosen, second = given.get("backbone_name"), given.get("second")
    name = chosen.value if isinstance(chosen, Const) else None
    if not isinstance(name, str) or name not in NETWORKS or not name.startswith(("res", "wide")):
        return Unknown("a backbone with a pyramid of features")
    weights: dict[str, Value] = {
        key: args.keywords[key] for key in ("weights", "pretrained") if key in args.keywords
    }
    if second is not None:
        weights["pretrained" if isinstance(second, Const) and type(second.value) is bool else "weights"] = (
            second
        )
    widths = (64, 128, 256, 512) if name in ("resnet18", "resnet34") else (256, 512, 1024, 2048)
    made = with_levels(
        run, resnet_body(run, name, _pretrained(run, weights), "norm_layer" not in args.keywords), widths
    )
    mark(run, made)
    return made
