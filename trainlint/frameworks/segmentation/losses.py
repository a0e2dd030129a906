"""Losses of masks, of segmentation_models_pytorch 0.6."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.frameworks.segmentation.library import LIBRARY, PACKAGE
from trainlint.frameworks.torch.losses import LossClass, apply
from trainlint.semantics.objects import Instance
from trainlint.semantics.values import Args, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter


class MaskLoss(LossClass):
    """A loss of masks: what it takes and which task it is for may be arguments."""

    __slots__ = ()

    def forward(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        options = dict(instance.data.options)
        takes, task = self.takes, self.task
        if "from_logits" in options:
            flag = options["from_logits"].value
            takes = {True: "logits", False: "probabilities"}.get(flag) if isinstance(flag, bool) else None
        if "mode" in options:
            modes = {"binary": "binary", "multilabel": "binary", "multiclass": "multiclass"}
            task = modes.get(str(options["mode"].value), "other")
        given = args.bind("y_pred", "y_true")
        data = {new: given[old] for old, new in (("y_pred", "input"), ("y_true", "target")) if old in given}
        return apply(run, self.qualname, takes, task, data, options, instance.location, instance.origin)


_REGIONS = "mode, classes=None, log_loss=False, from_logits=True, smooth=0.0, ignore_index=None, eps=1e-07"
_LOSSES: tuple[tuple[str, str | None, str, str], ...] = (
    ("DiceLoss", None, "other", f"{_REGIONS}, class_weights=None"),
    ("JaccardLoss", None, "other", f"{_REGIONS}, class_weights=None"),
    ("TverskyLoss", None, "other", f"{_REGIONS}, alpha=0.5, beta=0.5, gamma=1.0, class_weights=None"),
    ("FocalLoss", None, "other",
     "mode, alpha=None, gamma=2.0, ignore_index=None, from_logits=True, eps=1e-07, reduction='mean', normalized=False,"
     " reduced_threshold=None, class_weights=None"),
    ("LovaszLoss", None, "other", "mode, per_image=False, ignore_index=None, from_logits=True"),
    ("SoftBCEWithLogitsLoss", "logits", "binary",
     "weight=None, ignore_index=-100, reduction='mean', smooth_factor=None, pos_weight=None"),
    ("SoftCrossEntropyLoss", "logits", "multiclass",
     "reduction='mean', smooth_factor=None, ignore_index=-100, dim=1"),
    ("MCCLoss", "probabilities", "binary", "eps=1e-05"),
)  # fmt: skip
for _name, _takes, _task, _options in _LOSSES:
    LIBRARY.add(MaskLoss(f"{PACKAGE}.losses.{_name}", _takes, _task, "y_pred, y_true", _options))
for _name in ("binary", "multiclass", "multilabel"):
    LIBRARY.constant(f"{PACKAGE}.losses.{_name.upper()}_MODE", _name)
