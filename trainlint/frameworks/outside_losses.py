"""Losses of packages around torch: pairs and classes of embeddings, likeness of pictures, masks.

Sources: pytorch_metric_learning 2.9, lpips 0.1, piq 0.8 and kornia 0.9 as their documentation lists them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.frameworks.signature import signature
from trainlint.frameworks.torch.layers import add_parameter
from trainlint.frameworks.torch.losses import LossClass, loss_function
from trainlint.semantics.library import TableLibrary
from trainlint.semantics.objects import Instance
from trainlint.semantics.values import Args

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

LIBRARY = TableLibrary("pytorch_metric_learning", "lpips", "piq", "kornia")
LIBRARY.alias("lpips.lpips", "lpips")

# -- pytorch_metric_learning: of embeddings and labels, with miners, distances and reducers that are not followed

METRIC = "pytorch_metric_learning.losses"
_OWN = "collect_stats=None, reducer=None, distance=None, embedding_regularizer=None, embedding_reg_weight=1"
_PAIRS = (
    "AngularLoss", "CircleLoss", "ContrastiveLoss", "DynamicSoftMarginLoss", "FastAPLoss", "GeneralizedLiftedStructureLoss",
    "HistogramLoss", "InstanceLoss", "IntraPairVarianceLoss", "LiftedStructureLoss", "MarginLoss", "MultiSimilarityLoss",
    "NCALoss", "NPairsLoss", "NTXentLoss", "PNPLoss", "RankedListLoss", "SignalToNoiseRatioContrastiveLoss", "SmoothAPLoss",
    "SupConLoss", "TripletMarginLoss", "TupletMarginLoss", "VICRegLoss",
)  # fmt: skip
_CLASSES = {
    "ArcFaceLoss": "W", "CosFaceLoss": "W", "LargeMarginSoftmaxLoss": "W", "NormalizedSoftmaxLoss": "W", "SphereFaceLoss": "W",
    "SubCenterArcFaceLoss": "W", "ProxyAnchorLoss": "proxies", "ProxyNCALoss": "proxies", "SoftTripleLoss": "fc",
}  # fmt: skip
"""Losses that learn a vector for each class, and the name of these."""


class ClassesLoss(LossClass):
    """A loss with weights of its own, for which programs make an optimizer."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        super().construct(run, instance, args)
        add_parameter(run, instance, _CLASSES[self.qualname.rsplit(".", 1)[-1]], None)


_TAKEN = "embeddings, labels, indices_tuple, ref_emb, ref_labels"
for _name in _PAIRS:
    LIBRARY.add(LossClass(f"{METRIC}.{_name}", None, "other", _TAKEN, _OWN))
for _name in _CLASSES:
    _sizes = f"num_classes=None, embedding_size=None, {_OWN}"
    LIBRARY.add(ClassesLoss(f"{METRIC}.{_name}", None, "other", _TAKEN, _sizes))

# -- likeness of pictures

LIBRARY.add(
    LossClass(
        "lpips.LPIPS", "values", "other", "in0, in1",
        "pretrained=True, net='alex', version='0.1', lpips=True, spatial=False, pnet_rand=False, pnet_tune=False",
    )
)  # fmt: skip
_LIKENESS: dict[str, str] = {
    "SSIMLoss": "kernel_size=11, kernel_sigma=1.5, k1=0.01, k2=0.03, downsample=True, reduction='mean', data_range=1.0",
    "MultiScaleSSIMLoss": "kernel_size=11, kernel_sigma=1.5, k1=0.01, k2=0.03, scale_weights=None, reduction='mean'",
    "InformationWeightedSSIMLoss": "data_range=1.0, kernel_size=11, kernel_sigma=1.5, *, reduction='mean'",
    "GMSDLoss": "reduction='mean', data_range=1.0",
    "MultiScaleGMSDLoss": "reduction='mean', data_range=1.0, scale_weights=None, chromatic=False",
    "VIFLoss": "sigma_n_sq=2.0, data_range=1.0, reduction='mean'",
    "ContentLoss": "feature_extractor='vgg16', *, distance='mse', reduction='mean'",
    "StyleLoss": "feature_extractor='vgg16', *, distance='mse', reduction='mean'",
    "LPIPS": "replace_pooling=False, distance='mse', reduction='mean'",
    "DISTS": "reduction='mean'",
    "FSIMLoss": "reduction='mean', data_range=1.0, chromatic=True",
    "VSILoss": "reduction='mean'",
    "MDSILoss": "data_range=1.0, reduction='mean'",
    "HaarPSILoss": "reduction='mean', data_range=1.0",
    "SRSIMLoss": "reduction='mean', data_range=1.0",
    "DSSLoss": "reduction='mean', data_range=1.0",
    "PieAPP": "reduction='mean', data_range=1.0, stride=27, enable_grad=False",
}
for _name, _options in _LIKENESS.items():
    LIBRARY.add(LossClass(f"piq.{_name}", "values", "other", "x, y", _options))
for _name in ("TVLoss", "BRISQUELoss"):
    LIBRARY.add(LossClass(f"piq.{_name}", "values", "other", "x", "*, reduction='mean'"))

# -- kornia: those of masks apply softmax or sigmoid themselves

_KORNIA: tuple[tuple[str, str, str, str], ...] = (
    ("DiceLoss", "dice_loss", "logits", "average='micro', eps=1e-08, weight=None, ignore_index=-100"),
    ("FocalLoss", "focal_loss", "logits", "alpha=None, gamma=2.0, reduction='none', weight=None, ignore_index=-100"),
    ("BinaryFocalLossWithLogits", "binary_focal_loss_with_logits", "logits",
     "alpha=0.25, gamma=2.0, reduction='none', pos_weight=None, weight=None"),
    ("TverskyLoss", "tversky_loss", "logits", "alpha=None, beta=None, eps=1e-08, ignore_index=-100"),
    ("LovaszHingeLoss", "lovasz_hinge_loss", "logits", ""),
    ("LovaszSoftmaxLoss", "lovasz_softmax_loss", "logits", "weight=None"),
    ("PSNRLoss", "psnr_loss", "values", "max_val=None"),
    ("CharbonnierLoss", "charbonnier_loss", "values", "reduction='none'"),
    ("WelschLoss", "welsch_loss", "values", "reduction='none'"),
    ("CauchyLoss", "cauchy_loss", "values", "reduction='none'"),
    ("GemanMcclureLoss", "geman_mcclure_loss", "values", "reduction='none'"),
    ("SSIMLoss", "ssim_loss", "values", "window_size=None, max_val=1.0, eps=1e-12, reduction='mean', padding='same'"),
    ("MS_SSIMLoss", "", "values", "sigmas=None, data_range=1.0, K=(0.01, 0.03), alpha=0.025, compensation=200.0, reduction='mean'"),
)  # fmt: skip
"""Class, function, what the first argument must be, options."""
for _name, _function, _takes, _options in _KORNIA:
    LIBRARY.add(LossClass(f"kornia.losses.{_name}", _takes, "other", "pred, target", _options))
    if _function:
        signature(f"pred, target, {_options}")  # a faulty entry shows at once
        loss_function(LIBRARY, f"kornia.losses.{_function}", _takes, "other", "pred, target", _options)
