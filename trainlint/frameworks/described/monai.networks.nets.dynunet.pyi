"""The U-Net of MONAI (1.x) whose kernels and strides are given by level."""

import torch
import torch.nn.functional as F
from monai.networks.blocks import UnetBasicBlock, UnetOutBlock, UnetResBlock, UnetUpBlock
from torch import nn

class DynUNet(nn.Module):
    def __init__(
        self,
        spatial_dims,
        in_channels,
        out_channels,
        kernel_size,
        strides,
        upsample_kernel_size,
        filters=None,
        dropout=None,
        norm_name=("INSTANCE", {"affine": True}),
        act_name=("leakyrelu", {"inplace": True, "negative_slope": 0.01}),
        deep_supervision=False,
        deep_supr_num=1,
        res_block=False,
        trans_bias=False,
    ):
        super().__init__()
        dims, most = spatial_dims, 320 if spatial_dims == 3 else 512
        wide = filters or [min(2 ** (5 + number), most) for number in range(len(strides))]
        block = UnetResBlock if res_block else UnetBasicBlock
        self.deep_supervision = deep_supervision
        ends = [in_channels, *wide]
        self.downs = nn.ModuleList(
            [
                block(dims, ends[n], wide[n], kernel_size[n], strides[n], norm_name, act_name, dropout)
                for n in range(len(strides))
            ]
        )
        self.upsamples = nn.ModuleList(
            [
                UnetUpBlock(
                    dims,
                    wide[n + 1],
                    wide[n],
                    kernel_size[n + 1],
                    1,
                    upsample_kernel_size[n],
                    norm_name,
                    act_name,
                    dropout,
                    trans_bias,
                )
                for n in reversed(range(len(strides) - 1))
            ]
        )
        self.output_block = UnetOutBlock(dims, wide[0], out_channels)
        self.heads = nn.ModuleList()
        if deep_supervision:
            self.heads.extend([UnetOutBlock(dims, wide[n + 1], out_channels) for n in range(deep_supr_num)])

    def forward(self, x):
        kept, made = [], []
        for down in self.downs:
            x = down(x)
            kept.append(x)
        for number, up in enumerate(self.upsamples):
            x = up(x, kept[len(kept) - 2 - number])
            made.append(x)
        out = self.output_block(x)
        if not (self.training and self.deep_supervision):
            return out
        outs = [out]
        for number, head in enumerate(self.heads):
            outs.append(F.interpolate(head(made[len(made) - 2 - number]), out.shape[2:]))
        return torch.stack(outs, dim=1)

class DynUnet(DynUNet): ...
