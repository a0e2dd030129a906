"""Blocks of MONAI's U-Nets (1.x): two convolutions, with or without a way around them."""

import torch
from monai.networks.blocks import act_layer, moves, norm_layer, plain
from torch import nn

class UnetResBlock(nn.Module):
    def __init__(
        self,
        spatial_dims,
        in_channels,
        out_channels,
        kernel_size,
        stride,
        norm_name,
        act_name=("leakyrelu", {"inplace": True, "negative_slope": 0.01}),
        dropout=None,
    ):
        super().__init__()
        self.conv1 = plain(spatial_dims, in_channels, out_channels, kernel_size, stride)
        self.conv2 = plain(spatial_dims, out_channels, out_channels, kernel_size)
        self.lrelu = act_layer(act_name)
        self.norm1 = norm_layer(norm_name, spatial_dims, out_channels)
        self.norm2 = norm_layer(norm_name, spatial_dims, out_channels)
        self.downsample = in_channels != out_channels or moves(stride)
        if self.downsample:
            self.conv3 = plain(spatial_dims, in_channels, out_channels, 1, stride)
            self.norm3 = norm_layer(norm_name, spatial_dims, out_channels)

    def forward(self, inp):
        out = self.lrelu(self.norm1(self.conv1(inp)))
        out = self.norm2(self.conv2(out))
        kept = self.norm3(self.conv3(inp)) if self.downsample else inp
        return self.lrelu(out + kept)

class UnetBasicBlock(nn.Module):
    def __init__(
        self,
        spatial_dims,
        in_channels,
        out_channels,
        kernel_size,
        stride,
        norm_name,
        act_name=("leakyrelu", {"inplace": True, "negative_slope": 0.01}),
        dropout=None,
    ):
        super().__init__()
        self.conv1 = plain(spatial_dims, in_channels, out_channels, kernel_size, stride)
        self.conv2 = plain(spatial_dims, out_channels, out_channels, kernel_size)
        self.lrelu = act_layer(act_name)
        self.norm1 = norm_layer(norm_name, spatial_dims, out_channels)
        self.norm2 = norm_layer(norm_name, spatial_dims, out_channels)

    def forward(self, inp):
        out = self.lrelu(self.norm1(self.conv1(inp)))
        return self.lrelu(self.norm2(self.conv2(out)))

class UnetUpBlock(nn.Module):
    def __init__(
        self,
        spatial_dims,
        in_channels,
        out_channels,
        kernel_size,
        stride,
        upsample_kernel_size,
        norm_name,
        act_name=("leakyrelu", {"inplace": True, "negative_slope": 0.01}),
        dropout=None,
        trans_bias=False,
        res_block=False,
    ):
        super().__init__()
        self.transp_conv = plain(
            spatial_dims,
            in_channels,
            out_channels,
            upsample_kernel_size,
            upsample_kernel_size,
            trans_bias,
            True,
        )
        block = UnetResBlock if res_block else UnetBasicBlock
        self.conv_block = block(
            spatial_dims, 2 * out_channels, out_channels, kernel_size, 1, norm_name, act_name, dropout
        )

    def forward(self, inp, skip):
        return self.conv_block(torch.cat((self.transp_conv(inp), skip), dim=1))

class UnetOutBlock(nn.Module):
    def __init__(self, spatial_dims, in_channels, out_channels, dropout=None):
        super().__init__()
        self.conv = plain(spatial_dims, in_channels, out_channels, 1, bias=True)

    def forward(self, inp):
        return self.conv(inp)
