"""Networks of MONAI (1.x) as its sources make them; those that are not here stay unknown."""

import torch
from monai.networks.blocks import Convolution, ResidualUnit, act_layer, conv, norm_layer, plain
from torch import nn

_UPSAMPLED = ("linear", "bilinear", "trilinear")
_POOLS = (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d)

class UNet(nn.Module):
    def __init__(
        self,
        spatial_dims=None,
        in_channels=None,
        out_channels=None,
        channels=None,
        strides=None,
        kernel_size=3,
        up_kernel_size=3,
        num_res_units=0,
        act="PRELU",
        norm="INSTANCE",
        dropout=0.0,
        bias=True,
        adn_ordering="NDA",
        dimensions=None,
    ):
        super().__init__()
        self.dimensions = spatial_dims or dimensions
        self.kernel_size, self.up_kernel_size, self.num_res_units = kernel_size, up_kernel_size, num_res_units
        self.options = {
            "act": act,
            "norm": norm,
            "dropout": dropout,
            "bias": bias,
            "adn_ordering": adn_ordering,
        }
        ends = [in_channels, *channels[:-1]]
        outs = [out_channels, *channels[:-2]]
        levels = range(len(channels) - 1)
        self.downs = nn.ModuleList(
            [self._down(ends[number], channels[number], strides[number]) for number in levels]
        )
        self.bottom = self._down(channels[-2], channels[-1], 1)
        self.ups = nn.ModuleList(
            [
                self._up(
                    channels[number] + channels[number + 1]
                    if number == len(channels) - 2
                    else channels[number] * 2,
                    outs[number],
                    strides[number],
                    number == 0,
                )
                for number in reversed(levels)
            ]
        )

    def _down(self, wide, out, strides):
        if self.num_res_units > 0:
            return ResidualUnit(
                self.dimensions, wide, out, strides, self.kernel_size, self.num_res_units, **self.options
            )
        return Convolution(self.dimensions, wide, out, strides, self.kernel_size, **self.options)

    def _up(self, wide, out, strides, is_top):
        up = Convolution(
            self.dimensions,
            wide,
            out,
            strides,
            self.up_kernel_size,
            conv_only=is_top and self.num_res_units == 0,
            is_transposed=True,
            **self.options,
        )
        if self.num_res_units == 0:
            return up
        unit = ResidualUnit(
            self.dimensions, out, out, 1, self.kernel_size, 1, last_conv_only=is_top, **self.options
        )
        return nn.Sequential(up, unit)

    def forward(self, x):
        kept = []
        for down in self.downs:
            x = down(x)
            kept.append(x)
        x = self.bottom(x)
        for number, up in enumerate(self.ups):
            x = up(torch.cat([kept[len(kept) - 1 - number], x], dim=1))
        return x

class Unet(UNet): ...

class _TwoConv(nn.Sequential):
    def __init__(self, dims, wide, out, act, norm, bias, dropout):
        options = {"act": act, "norm": norm, "dropout": dropout, "bias": bias, "padding": 1}
        super().__init__(Convolution(dims, wide, out, **options), Convolution(dims, out, out, **options))

class _UpCat(nn.Module):
    def __init__(self, dims, wide, kept, out, act, norm, bias, dropout, upsample, halves):
        super().__init__()
        up = wide // 2 if halves else wide
        if upsample == "deconv":
            self.upsample = plain(dims, wide, up, 2, 2, True, True)
        else:
            self.upsample = nn.Sequential(
                conv(dims, wide, up, 1), nn.Upsample(scale_factor=2, mode=_UPSAMPLED[dims - 1])
            )
        self.convs = _TwoConv(dims, kept + up, out, act, norm, bias, dropout)

    def forward(self, x, kept):
        return self.convs(torch.cat([kept, self.upsample(x)], dim=1))

class BasicUNet(nn.Module):
    def __init__(
        self,
        spatial_dims=3,
        in_channels=1,
        out_channels=2,
        features=(32, 32, 64, 128, 256, 32),
        act=("LeakyReLU", {"negative_slope": 0.1, "inplace": True}),
        norm=("instance", {"affine": True}),
        bias=True,
        dropout=0.0,
        upsample="deconv",
        dimensions=None,
    ):
        super().__init__()
        dims, fea = dimensions or spatial_dims, features
        rest = (act, norm, bias, dropout)
        self.conv_0 = _TwoConv(dims, in_channels, fea[0], *rest)
        pool = _POOLS[dims - 1]
        self.down_1 = nn.Sequential(pool(2), _TwoConv(dims, fea[0], fea[1], *rest))
        self.down_2 = nn.Sequential(pool(2), _TwoConv(dims, fea[1], fea[2], *rest))
        self.down_3 = nn.Sequential(pool(2), _TwoConv(dims, fea[2], fea[3], *rest))
        self.down_4 = nn.Sequential(pool(2), _TwoConv(dims, fea[3], fea[4], *rest))
        self.upcat_4 = _UpCat(dims, fea[4], fea[3], fea[3], *rest, upsample, True)
        self.upcat_3 = _UpCat(dims, fea[3], fea[2], fea[2], *rest, upsample, True)
        self.upcat_2 = _UpCat(dims, fea[2], fea[1], fea[1], *rest, upsample, True)
        self.upcat_1 = _UpCat(dims, fea[1], fea[0], fea[5], *rest, upsample, False)
        self.final_conv = conv(dims, fea[5], out_channels, 1)

    def forward(self, x):
        x0 = self.conv_0(x)
        x1 = self.down_1(x0)
        x2 = self.down_2(x1)
        x3 = self.down_3(x2)
        u4 = self.upcat_4(self.down_4(x3), x3)
        u2 = self.upcat_2(self.upcat_3(u4, x2), x1)
        return self.final_conv(self.upcat_1(u2, x0))

class BasicUnet(BasicUNet): ...

class _ResBlock(nn.Module):
    def __init__(self, dims, wide, norm, act):
        super().__init__()
        self.norm1, self.norm2 = norm_layer(norm, dims, wide), norm_layer(norm, dims, wide)
        self.act = act_layer(act)
        self.conv1, self.conv2 = plain(dims, wide, wide), plain(dims, wide, wide)

    def forward(self, x):
        out = self.conv1(self.act(self.norm1(x)))
        return self.conv2(self.act(self.norm2(out))) + x

class SegResNet(nn.Module):
    def __init__(
        self,
        spatial_dims=3,
        init_filters=8,
        in_channels=1,
        out_channels=2,
        dropout_prob=None,
        act=("RELU", {"inplace": True}),
        norm=("GROUP", {"num_groups": 8}),
        norm_name="",
        num_groups=8,
        use_conv_final=True,
        blocks_down=(1, 2, 2, 4),
        blocks_up=(1, 1, 1),
        upsample_mode="nontrainable",
    ):
        super().__init__()
        dims, self.use_conv_final = spatial_dims, use_conv_final
        self.convInit = plain(dims, in_channels, init_filters)
        self.dropout = nn.Dropout(dropout_prob) if dropout_prob is not None else nn.Identity()
        self.down_layers, self.up_layers, self.up_samples = nn.ModuleList(), nn.ModuleList(), nn.ModuleList()
        for number, count in enumerate(blocks_down):
            wide = init_filters * 2**number
            first = plain(dims, wide // 2, wide, 3, 2) if number > 0 else nn.Identity()
            self.down_layers.append(
                nn.Sequential(first, *[_ResBlock(dims, wide, norm, act) for _ in range(count)])
            )
        for number, count in enumerate(blocks_up):
            wide = init_filters * 2 ** (len(blocks_up) - number)
            if upsample_mode == "deconv":
                up = plain(dims, wide // 2, wide // 2, 2, 2, True, True)
            else:
                up = nn.Upsample(scale_factor=2, mode=_UPSAMPLED[dims - 1])
            self.up_samples.append(nn.Sequential(plain(dims, wide, wide // 2, 1), up))
            self.up_layers.append(
                nn.Sequential(*[_ResBlock(dims, wide // 2, norm, act) for _ in range(count)])
            )
        self.conv_final = nn.Sequential(
            norm_layer(norm, dims, init_filters),
            act_layer(act),
            plain(dims, init_filters, out_channels, 1, bias=True),
        )

    def forward(self, x):
        x, kept = self.dropout(self.convInit(x)), []
        for down in self.down_layers:
            x = down(x)
            kept.append(x)
        for number, (up, layer) in enumerate(zip(self.up_samples, self.up_layers)):
            x = layer(up(x) + kept[len(kept) - 2 - number])
        return self.conv_final(x) if self.use_conv_final else x
