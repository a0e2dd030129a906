"""monai.losses: losses of masks, whose options say what they take. Defaults are those of version 1.3.

Source: https://docs.monai.io/en/stable/losses.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.frameworks.torch.losses import LossClass, apply
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.objects import Instance
from trainlint.semantics.values import Args, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LIBRARY = TableLibrary("monai")
for _part in ("dice", "focal_loss", "tversky"):
    LIBRARY.alias(f"monai.losses.{_part}", "monai.losses")


class OverlapLoss(LossClass):
    """A loss of regions, with the activation that it applies itself: `sigmoid`, `softmax` or `other_act`."""

    __slots__ = ()

    def forward(self, run: Interpreter, instance: Instance, args: Args) -> Value:
        options = dict(instance.data.options)
        flags = [options[name].value for name in ("sigmoid", "softmax") if name in options]
        own = options.get("other_act")
        takes = self.takes
        if takes is None and own is not None and own.known and own.value is None:
            plain = all(flag is False for flag in flags)
            takes = "logits" if True in flags else "probabilities" if plain else None
        data = args.bind("input", "target")
        return apply(run, self.qualname, takes, self.task, data, options, instance.location, instance.origin)


_FIRST = "include_background=True, to_onehot_y=False"
_ACTIVATED = f"{_FIRST}, sigmoid=False, softmax=False, other_act=None"
_SMOOTH = "reduction='mean', smooth_nr=1e-05, smooth_dr=1e-05, batch=False"
_DICE = f"{_ACTIVATED}, squared_pred=False, jaccard=False, {_SMOOTH}"
_LOSSES: tuple[tuple[str, str | None, str], ...] = (
    ("DiceLoss", None, f"{_DICE}, weight=None"),
    ("GeneralizedDiceLoss", None, f"{_ACTIVATED}, w_type='square', {_SMOOTH}"),
    ("TverskyLoss", None, f"{_ACTIVATED}, alpha=0.5, beta=0.5, {_SMOOTH}"),
    ("DiceCELoss", "logits", f"{_DICE}, ce_weight=None, weight=None, lambda_dice=1.0, lambda_ce=1.0"),
    ("DiceFocalLoss", "logits",
     f"{_DICE}, gamma=2.0, focal_weight=None, weight=None, lambda_dice=1.0, lambda_focal=1.0"),
    ("FocalLoss", "logits", f"{_FIRST}, gamma=2.0, alpha=None, weight=None, reduction='mean', use_softmax=False"),
)  # fmt: skip
for _name, _takes, _options in _LOSSES:
    LIBRARY.add(OverlapLoss(f"monai.losses.{_name}", _takes, "other", "input, target", _options))
