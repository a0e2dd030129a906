"""Networks of MONAI (1.x) as its sources make them; those that are not here stay unknown."""

import torch
import torch.nn.functional as F
from monai.networks.blocks import (
    Convolution,
    ResidualUnit,
    TransformerBlock,
    UnetBasicBlock,
    UnetOutBlock,
    UnetResBlock,
    UnetUpBlock,
    act_layer,
    conv,
    norm_layer,
    plain,
)
from torch import nn

_UPSAMPLED = ("linear", "bilinear", "trilinear")
_POOLS = (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d)
_AVERAGES = (nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d)
_ADAPTIVE = (nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d, nn.AdaptiveAvgPool3d)

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

def _he(layer):
    nn.init.kaiming_normal_(layer.weight)
    return layer

class _DenseLayer(nn.Module):
    def __init__(self, dims, wide, growth, size, dropout, act, norm):
        super().__init__()
        self.layers = nn.Sequential(
            norm_layer(norm, dims, wide),
            act_layer(act),
            _he(conv(dims, wide, size * growth, 1, bias=False)),
            norm_layer(norm, dims, size * growth),
            act_layer(act),
            _he(conv(dims, size * growth, growth, 3, padding=1, bias=False)),
            nn.Dropout(dropout),
        )

    def forward(self, x):
        return torch.cat([x, self.layers(x)], 1)

class DenseNet(nn.Module):
    _blocks = (6, 12, 24, 16)

    def __init__(
        self,
        spatial_dims,
        in_channels,
        out_channels,
        init_features=64,
        growth_rate=32,
        block_config=None,
        pretrained=False,
        progress=True,
        bn_size=4,
        act=("relu", {"inplace": True}),
        norm="batch",
        dropout_prob=0.0,
    ):
        super().__init__()
        dims, wide = spatial_dims, init_features
        parts = [
            _he(conv(dims, in_channels, wide, 7, stride=2, padding=3, bias=False)),
            norm_layer(norm, dims, wide),
            act_layer(act),
            _POOLS[dims - 1](kernel_size=3, stride=2, padding=1),
        ]
        counts = block_config or self._blocks
        for number, count in enumerate(counts):
            block = []
            for _ in range(count):
                block.append(_DenseLayer(dims, wide, growth_rate, bn_size, dropout_prob, act, norm))
                wide += growth_rate
            parts += [nn.Sequential(*block), norm_layer(norm, dims, wide)]
            if number < len(counts) - 1:
                parts += [act_layer(act), _he(conv(dims, wide, wide // 2, 1, bias=False))]
                parts.append(_AVERAGES[dims - 1](kernel_size=2, stride=2))
                wide //= 2
        self.features = nn.Sequential(*parts)
        self.class_layers = nn.Sequential(
            act_layer(act), _ADAPTIVE[dims - 1](1), nn.Flatten(1), nn.Linear(wide, out_channels)
        )
        if pretrained:
            self.features.load_state_dict(torch.hub.load_state_dict_from_url("densenet"))

    def forward(self, x):
        return self.class_layers(self.features(x))

class DenseNet121(DenseNet): ...

class DenseNet169(DenseNet):
    _blocks = (6, 12, 32, 32)

class DenseNet201(DenseNet):
    _blocks = (6, 12, 48, 32)

class DenseNet264(DenseNet):
    _blocks = (6, 12, 64, 48)

class ViT(nn.Module):
    def __init__(
        self,
        in_channels,
        img_size,
        patch_size,
        hidden_size=768,
        mlp_dim=3072,
        num_layers=12,
        num_heads=12,
        proj_type="conv",
        pos_embed_type="learnable",
        classification=False,
        num_classes=2,
        dropout_rate=0.0,
        spatial_dims=3,
        post_activation="Tanh",
        qkv_bias=False,
        save_attn=False,
    ):
        super().__init__()
        self.patch_embeddings = conv(spatial_dims, in_channels, hidden_size, patch_size, stride=patch_size)
        self.position_embeddings = nn.Parameter(
            nn.init.trunc_normal_(torch.zeros(1, 1, hidden_size), std=0.02)
        )
        self.dropout = nn.Dropout(dropout_rate)
        self.blocks = nn.ModuleList(
            [
                TransformerBlock(hidden_size, mlp_dim, num_heads, dropout_rate, qkv_bias)
                for _ in range(num_layers)
            ]
        )
        self.norm, self.classification = nn.LayerNorm(hidden_size), classification
        if classification:
            self.cls_token = nn.Parameter(torch.zeros(1, 1, hidden_size))
            head = nn.Linear(hidden_size, num_classes)
            self.classification_head = nn.Sequential(head, nn.Tanh()) if post_activation == "Tanh" else head

    def forward(self, x):
        x = self.patch_embeddings(x).flatten(2).transpose(-1, -2)
        x, states = self.dropout((x + self.position_embeddings)[torch.arange(2)]), []
        for block in self.blocks:
            x = block(x)
            states.append(x)
        x = self.norm(x)
        return (self.classification_head(x[:, 0]) if self.classification else x), states

class _PrUpBlock(nn.Module):
    def __init__(self, dims, wide, out, count, norm, conv_block, res_block):
        super().__init__()
        self.transp_conv_init = plain(dims, wide, out, 2, 2, False, True)
        self.blocks = nn.ModuleList()
        for _ in range(count):
            self.blocks.append(plain(dims, out, out, 2, 2, False, True))
            if conv_block:
                block = UnetResBlock if res_block else UnetBasicBlock
                self.blocks.append(block(dims, out, out, 3, 1, norm))

    def forward(self, x):
        x = self.transp_conv_init(x)
        for block in self.blocks:
            x = block(x)
        return x

class UNETR(nn.Module):
    def __init__(
        self,
        in_channels,
        out_channels,
        img_size,
        feature_size=16,
        hidden_size=768,
        mlp_dim=3072,
        num_heads=12,
        proj_type="conv",
        norm_name="instance",
        conv_block=True,
        res_block=True,
        dropout_rate=0.0,
        spatial_dims=3,
        qkv_bias=False,
        save_attn=False,
        pos_embed="conv",
    ):
        super().__init__()
        dims, wide = spatial_dims, feature_size
        self.vit = ViT(
            in_channels,
            img_size,
            16,
            hidden_size,
            mlp_dim,
            12,
            num_heads,
            dropout_rate=dropout_rate,
            spatial_dims=dims,
            qkv_bias=qkv_bias,
        )
        block = UnetResBlock if res_block else UnetBasicBlock
        self.encoder1 = block(dims, in_channels, wide, 3, 1, norm_name)
        rest = (norm_name, conv_block, res_block)
        self.encoder2 = _PrUpBlock(dims, hidden_size, wide * 2, 2, *rest)
        self.encoder3 = _PrUpBlock(dims, hidden_size, wide * 4, 1, *rest)
        self.encoder4 = _PrUpBlock(dims, hidden_size, wide * 8, 0, *rest)
        self.decoder5 = UnetUpBlock(dims, hidden_size, wide * 8, 3, 1, 2, norm_name, res_block=res_block)
        self.decoder4 = UnetUpBlock(dims, wide * 8, wide * 4, 3, 1, 2, norm_name, res_block=res_block)
        self.decoder3 = UnetUpBlock(dims, wide * 4, wide * 2, 3, 1, 2, norm_name, res_block=res_block)
        self.decoder2 = UnetUpBlock(dims, wide * 2, wide, 3, 1, 2, norm_name, res_block=res_block)
        self.out = UnetOutBlock(dims, wide, out_channels)

    def proj_feat(self, x):
        return x.transpose(1, 2)[torch.arange(2)]

    def forward(self, x_in):
        x, states = self.vit(x_in)
        enc1 = self.encoder1(x_in)
        enc2 = self.encoder2(self.proj_feat(states[3]))
        enc3 = self.encoder3(self.proj_feat(states[6]))
        enc4 = self.encoder4(self.proj_feat(states[9]))
        dec3 = self.decoder5(self.proj_feat(x), enc4)
        dec1 = self.decoder3(self.decoder4(dec3, enc3), enc2)
        return self.out(self.decoder2(dec1, enc1))

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
