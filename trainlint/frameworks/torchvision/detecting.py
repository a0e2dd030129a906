"""torchvision.models.detection: a ResNet's true layers, and the heads that code replaces.

Widths are those of the library's source. What a detector does between its layers (anchors, matching, sampling) is
not followed: in training it returns its losses by name, otherwise a list of detections.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.graph import Op
from trainlint.frameworks.torch.module import NN_MODULE, ModuleClass
from trainlint.frameworks.torch.pretrained import take
from trainlint.frameworks.torch.tensor import TORCH
from trainlint.frameworks.torchvision.bodies import classes_of, resnet_body, weights_of
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
    shape_of,
    start,
    through,
    zero_biases,
)
from trainlint.frameworks.torchvision.library import LIBRARY
from trainlint.semantics.objects import Instance
from trainlint.semantics.sequences import DictValue, ListValue
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

DETECTION = "torchvision.models.detection"


class PredictorClass(ModuleClass):
    """`FastRCNNPredictor(in_channels, num_classes)`: scores and boxes."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        given = args.bind("in_channels", "num_classes")
        wide, classes = (given.get(n, Unknown(n)) for n in ("in_channels", "num_classes"))
        boxes: Value = Unknown("four numbers a class")
        if isinstance(classes, Const) and isinstance(classes.value, int):
            boxes = Const(4 * classes.value, classes.origin)
        scores = layer(run, "Linear", wide, classes)
        put(run, instance, {"cls_score": scores, "bbox_pred": layer(run, "Linear", wide, boxes)})

    def forward(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        value = first_of(args)
        parts = [through(run, instance, value, (name,)) for name in ("cls_score", "bbox_pred")]
        return operation(run, instance, Op.CONCAT, "cat", parts)


class MaskPredictorClass(ModuleClass):
    """`MaskRCNNPredictor(in_channels, dim_reduced, num_classes)`"""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        given = args.bind("in_channels", "dim_reduced", "num_classes")
        wide, inner, classes = (
            given.get(n, Unknown(n)) for n in ("in_channels", "dim_reduced", "num_classes")
        )
        put(run, instance, {
            "conv5_mask": layer(run, "ConvTranspose2d", wide, inner, 2, stride=2), "relu": relu(run),
            "mask_fcn_logits": layer(run, "Conv2d", inner, classes, 1),
        })  # fmt: skip
        for name in ("conv", "conv_transpose"):
            for module in layers_of(instance, name):
                start(run, module, "weight", "he", mode="fan_out", nonlinearity="relu", distribution="normal")
            zero_biases(run, instance, name)

    def forward(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        return through(run, instance, first_of(args), ("conv5_mask", "relu", "mask_fcn_logits"))


class PointPredictorClass(ModuleClass):
    """`KeypointRCNNPredictor(in_channels, num_keypoints)`"""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        given = args.bind("in_channels", "num_keypoints")
        wide, points = (given.get(n, Unknown(n)) for n in ("in_channels", "num_keypoints"))
        lowres = layer(run, "ConvTranspose2d", wide, points, 4, stride=2, padding=1)
        put(run, instance, {"kps_score_lowres": lowres})
        for module in layers_of(instance, "conv_transpose"):
            start(run, module, "weight", "he", mode="fan_out", nonlinearity="relu", distribution="normal")
        zero_biases(run, instance, "conv_transpose")

    def forward(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        return through(run, instance, first_of(args), ("kps_score_lowres",))


POINTS = PointPredictorClass(f"{DETECTION}.keypoint_rcnn.KeypointRCNNPredictor", (NN_MODULE,))
LIBRARY.add(POINTS)
PREDICTOR = PredictorClass(f"{DETECTION}.faster_rcnn.FastRCNNPredictor", (NN_MODULE,))
MASKS = MaskPredictorClass(f"{DETECTION}.mask_rcnn.MaskRCNNPredictor", (NN_MODULE,))
LIBRARY.add(PREDICTOR)
LIBRARY.add(MASKS)


def _pyramid_levels(run: Interpreter, instance: Instance, value: Value) -> Value:
    value = through(run, instance, value, ("body",))
    shape = shape_of(value, 4)
    wide = (None, None, None, None) if shape else None
    for level in reversed(range(4)):
        inner = operation(run, instance, Op.INDEX, "stage", [value], wide)
        level_value = through(run, instance, inner, (f"inner{level}", f"outer{level}"))
    return level_value


def _regions(run: Interpreter, instance: Instance, value: Value) -> Value:
    value = through(run, instance, value, ("conv", "relu"))
    parts = [through(run, instance, value, (name,)) for name in ("cls_logits", "bbox_pred")]
    return operation(run, instance, Op.CONCAT, "cat", parts)


def _box_features(run: Interpreter, instance: Instance, value: Value) -> Value:
    flat = operation(run, instance, Op.RESHAPE, "flatten", [value])
    return through(run, instance, flat, ("fc6", "relu", "fc7", "relu"))


def one_level(features: Value) -> Value:
    """One of the levels that a backbone returns by name."""
    levels = [value for _, value in features.cells.values()] if isinstance(features, DictValue) else []
    return levels[0] if levels else features


def _predicted(run: Interpreter, instance: Instance, value: Value) -> Value:
    aligned = operation(run, instance, Op.INDEX, "roi_align", [value])
    found = [through(run, instance, aligned, ("box_head", "box_predictor"))]
    for part in ("mask", "keypoint"):
        if isinstance(instance.attrs.get(f"{part}_predictor"), Instance):
            found.append(through(run, instance, aligned, (f"{part}_head", f"{part}_predictor")))
    return ListValue(found)


LEVELS = BlockClass("torchvision.models.detection.backbone_utils.BackboneWithFPN", _pyramid_levels)
PROPOSALS = BlockClass("torchvision.models.detection.rpn.RPNHead", _regions)
BOX_HEAD = BlockClass("torchvision.models.detection.faster_rcnn.TwoMLPHead", _box_features)
ROI_HEADS = BlockClass("torchvision.models.detection.roi_heads.RoIHeads", _predicted)
BOX_LOSSES = ("loss_classifier", "loss_box_reg", "loss_objectness", "loss_rpn_box_reg")


def with_levels(run: Interpreter, body: Value, widths: tuple[int, ...] = (256, 512, 1024, 2048)) -> Instance:
    """BackboneWithFPN: a pyramid of 256 channels over the four stages of a ResNet."""
    levels: dict[str, Value] = {"body": body}
    for n, wide in enumerate(widths):
        levels[f"inner{n}"] = conv(run, wide, 256, 1, bias=True)
        levels[f"outer{n}"] = conv(run, 256, 256, 3, padding=1, bias=True)
    made = block(run, LEVELS, levels)
    run.write(made.attrs, "out_channels", Const(256))
    return made


class DetectorClass(ModuleClass):
    """`fasterrcnn_resnet50_fpn(...)`, `maskrcnn_resnet50_fpn(...)`, `keypointrcnn_resnet50_fpn(...)`"""

    __slots__ = ("masks", "points")

    def __init__(self, name: str, masks: bool, points: bool = False) -> None:
        super().__init__(f"{DETECTION}.{name}", (NN_MODULE,), None, name)
        self.masks, self.points = masks, points

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        whole, body = weights_of(run, args)
        classes = classes_of(args, 2 if self.points else 91)
        # torchvision's first versions freeze the batch norms wherever any weights are loaded, the body's by default
        frozen = not self.qualname.endswith("_v2") and (whole is not False or body is not False)
        regions = block(run, PROPOSALS, {
            "conv": conv(run, 256, 256, 3, padding=1, bias=True), "relu": relu(run),
            "cls_logits": conv(run, 256, 3, 1, bias=True), "bbox_pred": conv(run, 256, 12, 1, bias=True),
        })  # fmt: skip
        box = block(run, BOX_HEAD, {
            "fc6": layer(run, "Linear", 256 * 49, 1024), "fc7": layer(run, "Linear", 1024, 1024), "relu": relu(run),
        })  # fmt: skip
        heads = {"box_head": box, "box_predictor": run.call(PREDICTOR, Args([Const(1024), classes]))}
        if self.masks:
            layers = [
                each for _ in range(4) for each in (conv(run, 256, 256, 3, padding=1, bias=True), relu(run))
            ]
            heads["mask_head"] = sequential(run, layers)
            heads["mask_predictor"] = run.call(MASKS, Args([Const(256), Const(256), classes]))
        if self.points:
            layers = []
            for wide in (256, *[512] * 7):
                layers += [conv(run, wide, 512, 3, padding=1, bias=True), relu(run)]
            heads["keypoint_head"] = sequential(run, layers)
            points = Args([Const(512), args.keywords.get("num_keypoints", Const(17))])
            heads["keypoint_predictor"] = run.call(POINTS, points)
        put(run, instance, {
            "backbone": with_levels(run, resnet_body(run, "resnet50", body, frozen)), "rpn": regions, "roi_heads": block(run, ROI_HEADS, heads),
        })  # fmt: skip
        mark(run, instance)
        if whole is not False:
            take(run, instance, whole, published=True)

    def forward(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        pictures = operation(run, instance, Op.BATCH, "pictures", [first_of(args)])
        features = one_level(run.call(instance.attrs["backbone"], Args([pictures])))
        regions = run.call(instance.attrs["rpn"], Args([features]))
        heads = run.call(instance.attrs["roi_heads"], Args([features]))
        found = list(heads.elements) if isinstance(heads, ListValue) else []
        more = [n for n, there in (("loss_mask", self.masks), ("loss_keypoint", self.points)) if there]
        names = (*BOX_LOSSES, *more)
        return loss_parts(run, instance, args, names, [regions, *found])


def loss_parts(
    run: Interpreter, instance: Instance, args: Args, names: tuple[str, ...], parts: list[Value]
) -> Value:
    """What a detector returns: its losses by name where it is given targets, otherwise a list of detections."""
    given = args.bind("images", "targets").get("targets")
    if given is None or (isinstance(given, Const) and given.value is None):
        return ListValue([Unknown("the detections of a picture")], open=True)
    return DictValue.of({name: _loss(run, instance, name, parts) for name in names})


def _loss(run: Interpreter, instance: Instance, name: str, parts: list[Value]) -> Value:
    nodes = tuple(run.as_node(part) for part in parts)
    attached = run.grad_enabled is not False
    node = run.node(Op.UNKNOWN, name, nodes, shape=(), location=instance.location, attached=attached)
    return Tensor(node, TORCH)


for _name, _masks in (
    ("fasterrcnn_resnet50_fpn", False), ("fasterrcnn_resnet50_fpn_v2", False), ("maskrcnn_resnet50_fpn", True),
    ("maskrcnn_resnet50_fpn_v2", True),
):  # fmt: skip
    _module = "mask_rcnn" if _masks else "faster_rcnn"
    LIBRARY.add(DetectorClass(_name, _masks), f"{DETECTION}.{_module}.{_name}")
_KEYPOINTS = "keypointrcnn_resnet50_fpn"
LIBRARY.add(DetectorClass(_KEYPOINTS, False, True), f"{DETECTION}.keypoint_rcnn.{_KEYPOINTS}")
