"""Names of segmentation_models_pytorch."""

from __future__ import annotations

from trainlint.semantics.library import TableLibrary

PACKAGE = "segmentation_models_pytorch"
LIBRARY = TableLibrary(PACKAGE, usual={"smp": PACKAGE}, observers=(f"{PACKAGE}.metrics",))
for _part in [
    "unet",
    "unetplusplus",
    "manet",
    "linknet",
    "fpn",
    "pspnet",
    "deeplabv3",
    "pan",
    "upernet",
    "segformer",
]:
    LIBRARY.alias(f"{PACKAGE}.decoders.{_part}", PACKAGE)
for _part in ["dice", "jaccard", "tversky", "focal", "lovasz", "soft_bce", "soft_ce", "mcc", "constants"]:
    LIBRARY.alias(f"{PACKAGE}.losses.{_part}", f"{PACKAGE}.losses")
