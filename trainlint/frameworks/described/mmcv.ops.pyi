"""Operations of mmcv.ops that are modules (2.x; 1.x alike): what pools regions has no weights."""

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import nn

class RoIAlign(nn.Module):
    def __init__(
        self,
        output_size,
        spatial_scale=1.0,
        sampling_ratio=0,
        pool_mode="avg",
        aligned=True,
        use_torchvision=False,
    ):
        super().__init__()
        self.output_size, self.spatial_scale, self.sampling_ratio = output_size, spatial_scale, sampling_ratio

    def forward(self, input, rois):
        return F.adaptive_avg_pool2d(input, self.output_size)

class RoIPool(nn.Module):
    def __init__(self, output_size, spatial_scale=1.0):
        super().__init__()
        self.output_size, self.spatial_scale = output_size, spatial_scale

    def forward(self, input, rois):
        return F.adaptive_max_pool2d(input, self.output_size)

class RoIAlignRotated(RoIAlign):
    def __init__(self, output_size, spatial_scale, sampling_ratio=0, aligned=True, clockwise=False):
        super().__init__(output_size, spatial_scale, sampling_ratio)

class DeformConv2d(nn.Conv2d):
    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size,
        stride=1,
        padding=0,
        dilation=1,
        groups=1,
        deform_groups=1,
        bias=False,
        im2col_step=32,
    ):
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias=False
        )

    def forward(self, x, offset):
        return super().forward(x)

class DeformConv2dPack(nn.Module):
    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size,
        stride=1,
        padding=0,
        dilation=1,
        groups=1,
        deform_groups=1,
        bias=False,
        im2col_step=32,
    ):
        super().__init__()
        self.conv = nn.Conv2d(
            in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias=False
        )
        self.conv_offset = nn.Conv2d(
            in_channels, deform_groups * 2 * kernel_size * kernel_size, kernel_size, stride, padding, dilation
        )

    def forward(self, x):
        self.conv_offset(x)
        return self.conv(x)

class ModulatedDeformConv2d(nn.Conv2d):
    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size,
        stride=1,
        padding=0,
        dilation=1,
        groups=1,
        deform_groups=1,
        bias=True,
    ):
        super().__init__(in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias)

    def forward(self, x, offset, mask):
        return super().forward(x)

class ModulatedDeformConv2dPack(nn.Module):
    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size,
        stride=1,
        padding=0,
        dilation=1,
        groups=1,
        deform_groups=1,
        bias=True,
    ):
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias)
        self.conv_offset = nn.Conv2d(
            in_channels, deform_groups * 3 * kernel_size * kernel_size, kernel_size, stride, padding, dilation
        )

    def forward(self, x):
        self.conv_offset(x)
        return self.conv(x)

class MultiScaleDeformableAttention(BaseModule):
    def __init__(
        self,
        embed_dims=256,
        num_heads=8,
        num_levels=4,
        num_points=4,
        im2col_step=64,
        dropout=0.1,
        batch_first=False,
        norm_cfg=None,
        init_cfg=None,
        value_proj_ratio=1.0,
    ):
        super().__init__(init_cfg)
        self.embed_dims, self.num_heads, self.batch_first = embed_dims, num_heads, batch_first
        self.dropout = nn.Dropout(dropout)
        self.sampling_offsets = nn.Linear(embed_dims, num_heads * num_levels * num_points * 2)
        self.attention_weights = nn.Linear(embed_dims, num_heads * num_levels * num_points)
        self.value_proj = nn.Linear(embed_dims, int(embed_dims * value_proj_ratio))
        self.output_proj = nn.Linear(int(embed_dims * value_proj_ratio), embed_dims)
        nn.init.zeros_(self.sampling_offsets.weight)
        nn.init.zeros_(self.attention_weights.weight)
        nn.init.xavier_uniform_(self.value_proj.weight)
        nn.init.xavier_uniform_(self.output_proj.weight)

    def forward(
        self,
        query,
        key=None,
        value=None,
        identity=None,
        query_pos=None,
        key_padding_mask=None,
        reference_points=None,
        spatial_shapes=None,
        level_start_index=None,
        **kwargs,
    ):
        values = self.value_proj(query if value is None else value)
        places = self.sampling_offsets(query)
        weights = torch.softmax(self.attention_weights(query), dim=-1)
        out = self.output_proj(torch.sum(values * places * weights, dim=-1))
        return self.dropout(out) + (query if identity is None else identity)

class CARAFE(nn.Module):
    def __init__(self, kernel_size, group_size, scale_factor):
        super().__init__()
        self.scale_factor = scale_factor

    def forward(self, features, masks):
        return F.interpolate(features, scale_factor=self.scale_factor)

class Voxelization(nn.Module):
    def __init__(self, voxel_size, point_cloud_range, max_num_points, max_voxels=20000, deterministic=True):
        super().__init__()
        self.voxel_size, self.max_num_points = voxel_size, max_num_points

class DynamicScatter(nn.Module):
    def __init__(self, voxel_size, point_cloud_range, average_points):
        super().__init__()

def point_sample(input, points, align_corners=False, **kwargs):
    return F.grid_sample(input, points, align_corners=align_corners)

class Correlation(nn.Module):
    """Products of each place of one map with its neighbours in another: (N, patch, patch, H, W)."""

    def __init__(self, kernel_size=1, max_displacement=1, stride=1, padding=0, dilation=1, dilation_patch=1):
        super().__init__()
        self.kernel_size, self.max_displacement, self.stride = kernel_size, max_displacement, stride
        self.padding, self.dilation, self.dilation_patch = padding, dilation, dilation_patch
        self.patch_size = max_displacement * 2 + 1

    def forward(self, input1, input2):
        products = (input1 * input2).sum(1)
        n, height, width = products.shape
        return products.view(n, 1, 1, height, width).expand(
            n, self.patch_size, self.patch_size, height, width
        )
