"""Ultralytics' training arguments (`yolo cfg=...`, `model.train(cfg=...)`) and the hyperparameters of YOLOv5 and v7.

Keys: ultralytics/cfg/default.yaml of 8.4, and the files hyp.*.yaml of yolov5 7.0.
"""

from __future__ import annotations

from trainlint.configs.documents import Reading
from trainlint.configs.schemas.names import words
from trainlint.configs.schemas.schema import Reader, Schema, first, keys_of, text_of
from trainlint.facts.options import OptionTable
from trainlint.semantics.sequences import DictValue
from trainlint.source.tree import ConfigNode

KEYS = words(
    """
    task mode model data epochs time patience batch imgsz save save_period cache device workers project name exist_ok
    pretrained cls_remap optimizer verbose seed deterministic single_cls rect cos_lr close_mosaic resume amp fraction
    profile freeze multi_scale compile channels_last overlap_mask mask_ratio dropout val split save_json conf iou max_det
    quantize half dnn plots nms source vid_stride stream_buffer visualize augment agnostic_nms classes retina_masks embed
    show save_frames save_txt save_conf save_crop show_labels show_conf show_boxes line_width format keras optimize int8
    dynamic simplify opset workspace lr0 lrf momentum weight_decay warmup_epochs warmup_momentum warmup_bias_lr
    distill_model dis box cls cls_pw dfl pose kobj rle angle dlog dgrad dlam nbs hsv_h hsv_s hsv_v degrees translate
    scale shear perspective flipud fliplr bgr mosaic mixup cutmix copy_paste copy_paste_mode auto_augment erasing
    crop_fraction cfg tracker save_dir save_hybrid label_smoothing
    """
)
HYPERPARAMETERS = words(
    """
    obj obj_pw iou_t anchor_t anchors fl_gamma paste_in loss_ota giou theta giou_loss_ratio
    """
)
"""Of yolov5, yolov6 and yolov7, which ultralytics does not take."""
TABLE = OptionTable("ultralytics", KEYS, foreign=HYPERPARAMETERS)
_OWN = words(
    """
    lr0 lrf imgsz warmup_bias_lr warmup_momentum close_mosaic mosaic mixup copy_paste hsv_h hsv_s fliplr flipud cos_lr
    overlap_mask mask_ratio nbs dfl
    """
)


def fits(node: ConfigNode) -> bool:
    """Four keys of its own at the top level, `lr0` or `imgsz` among them."""
    keys = keys_of(node)
    return len(keys & _OWN) >= 4 and bool(keys & {"lr0", "imgsz"})


def read(reader: Reader, root: DictValue) -> None:
    """Optimizer (chosen by the trainer unless named), rate, batches, precision. Gradients are clipped at 10.0."""
    rate, named = first(root, "lr0"), text_of(first(root, "optimizer"))
    if not frozenset(root.strings()) & HYPERPARAMETERS:
        reader.options(root)
    if named is not None and named != "auto" and rate is not None:
        given = {
            key: value for key in ("momentum", "weight_decay") if (value := first(root, key)) is not None
        }
        if named.lower() not in ("sgd", "rmsprop"):
            given.pop("momentum", None)  # Adam's first beta
        reader.optimizer(named, {**given, "lr": rate}, first(root, "optimizer"))
    reader.batches(first(root, "batch"))
    reader.mixed_precision(first(root, "amp"))


SCHEMA = Schema("ultralytics", fits, read, Reading("pyyaml"), "torch", TABLE, "the Ultralytics trainer")
