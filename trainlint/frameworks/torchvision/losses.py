"""Losses of torchvision.ops."""

from __future__ import annotations

from trainlint.frameworks.torch.losses import loss_function
from trainlint.frameworks.torchvision.library import LIBRARY

_BOXES = "boxes1, boxes2"

loss_function(
    LIBRARY,
    "torchvision.ops.sigmoid_focal_loss",
    "logits",
    "binary",
    "inputs, targets",
    "alpha=0.25, gamma=2, reduction='none'",
)
LIBRARY.alias("torchvision.ops.focal_loss", "torchvision.ops")
for _name in ("generalized_box_iou_loss", "complete_box_iou_loss", "distance_box_iou_loss"):
    loss_function(
        LIBRARY, f"torchvision.ops.{_name}", "values", "other", _BOXES, "reduction='none', eps=1e-07"
    )
