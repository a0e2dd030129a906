"""Words by which configs of mmcv and mmengine name layers of torch.nn and mmcv.ops, besides the names of classes.

Source: mmcv's documentation ("CNN") and its reference of mmcv.cnn.
"""

from __future__ import annotations

CONVOLUTIONS = {
    "Conv": "Conv2d", "Conv1d": "Conv1d", "Conv2d": "Conv2d", "Conv3d": "Conv3d",
    "DCN": "mmcv.ops.DeformConv2dPack", "DCNv2": "mmcv.ops.ModulatedDeformConv2dPack",
}  # fmt: skip
NORMS = {
    "BN": "BatchNorm2d", "BN1d": "BatchNorm1d", "BN2d": "BatchNorm2d", "BN3d": "BatchNorm3d", "SyncBN": "SyncBatchNorm",
    "MMSyncBN": "SyncBatchNorm", "GN": "GroupNorm", "LN": "LayerNorm", "IN": "InstanceNorm2d", "IN1d": "InstanceNorm1d",
    "IN2d": "InstanceNorm2d", "IN3d": "InstanceNorm3d",
}  # fmt: skip
ACTIVATIONS = {"Swish": "SiLU", "HSwish": "Hardswish", "HSigmoid": "Hardsigmoid"}
UPSAMPLES = {
    "deconv": "ConvTranspose2d",
    "deconv3d": "ConvTranspose3d",
    "nearest": "Upsample",
    "bilinear": "Upsample",
}
PADDINGS = {"zero": "ZeroPad2d", "reflect": "ReflectionPad2d", "replicate": "ReplicationPad2d"}
WORDS = CONVOLUTIONS | NORMS | ACTIVATIONS | UPSAMPLES | PADDINGS
"""All that mmcv registers under a word of its own: a name in torch.nn, or a dotted one."""
